import type { GeneralName } from "./general-name.ts";
import type { Name } from "./name.ts";

/** RFC 5280 §4.2.1.10. The minimum is 0 and the maximum absent, always. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/** RFC 5280 §4.2.1.4 */
export interface PolicyInformation {
  readonly oid: string;
  readonly qualifiers: readonly PolicyQualifier[];
}

export interface PolicyQualifier {
  /** `1.3.6.1.5.5.7.2.1` for a CPS pointer, `1.3.6.1.5.5.7.2.2` for a notice to users. */
  readonly oid: string;
  /** DER of the qualifier. */
  readonly value: Uint8Array;
}

/** RFC 5280 §4.2.1.5 */
export interface PolicyMapping {
  readonly issuerDomainPolicy: string;
  readonly subjectDomainPolicy: string;
}

/** RFC 5280 §4.2.1.11: after how many further certificates each begins to hold. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy?: number;
  readonly inhibitPolicyMapping?: number;
}

/** Where a list is found: RFC 5280 §4.2.1.13 DistributionPointName. */
export type DistributionPointName =
  | { readonly kind: "full"; readonly names: readonly GeneralName[] }
  /** DER of the RelativeDistinguishedName, which completes the name of the list's issuer. */
  | { readonly kind: "relative"; readonly raw: Uint8Array };

/** RFC 5280 §4.2.1.13 */
export interface DistributionPoint {
  readonly name?: DistributionPointName;
  /** Bits as in ReasonFlags (bit 1 is keyCompromise …); absent: all. */
  readonly reasons?: number;
  /** Who signs the list if it is not the certificate's issuer. */
  readonly crlIssuer?: readonly GeneralName[];
}

/** RFC 5280 §4.2.2.1 */
export interface AccessDescription {
  /** `1.3.6.1.5.5.7.48.1` OCSP, `1.3.6.1.5.5.7.48.2` certificates of the issuer. */
  readonly method: string;
  readonly location: GeneralName;
}

/** RFC 5280 §4.2.1.1 */
export interface AuthorityKey {
  readonly keyIdentifier?: Uint8Array;
  readonly issuer?: readonly GeneralName[];
  /** Lower-case hexadecimal, as a certificate's `serialNumber`. */
  readonly serialNumber?: string;
}

/** The directory names among general names. */
export function directoryNamesOf(names: readonly GeneralName[]): readonly Name[] {
  return names.flatMap((name) => (name.kind === "directory" ? [name.name] : []));
}
