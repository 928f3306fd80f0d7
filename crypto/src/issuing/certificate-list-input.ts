import type { RevocationReason } from "../revocation/index.ts";
import type { Signer } from "../signer/index.ts";
import type { Certificate, Name } from "../x509/index.ts";

/** What an authority says about revoked certificates. */
export interface CertificateListToIssue {
  /** Its certificate must allow cRLSign. */
  readonly issuer: { readonly signer: Signer; readonly certificate: Certificate };
  /** Grows with every list of one scope (RFC 5280 §5.2.3); below 2^159. */
  readonly number: bigint;
  /** In whole seconds; a fraction is dropped. */
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** In any order. */
  readonly revoked: readonly CertificateToRevoke[];
  /** Makes a delta list: the number of the full list that it starts from (RFC 5280 §5.2.4). */
  readonly baseNumber?: bigint;
  /** Absent: the list is about every certificate of its issuer, for every reason. */
  readonly scope?: CertificateListScope;
  /** Where the delta lists to this one are (RFC 5280 §5.2.6). */
  readonly deltaCrlUrls?: readonly string[];
  /** Certificates that expired since then are still listed (X.509 expiredCertsOnCRL). */
  readonly expiredSince?: Date;
}

/** RFC 5280 §5.2.5 */
export interface CertificateListScope {
  /** The addresses in the certificates' distribution points. */
  readonly urls?: readonly string[];
  /** At most one of the three kinds. */
  readonly only?: "users" | "authorities" | "attributes";
  readonly onlyReasons?: readonly RevocationReason[];
  /** Whether entries may name other issuers. */
  readonly isIndirect?: boolean;
}

export interface CertificateToRevoke {
  /** Lower-case hexadecimal of the INTEGER's octets, as `Certificate.serialNumber`. */
  readonly serialNumber: string;
  readonly revokedAt: Date;
  /** `unspecified` is left out of the encoding (RFC 5280 §5.3.1); `removeFromCRL` is for delta lists. */
  readonly reason?: RevocationReason;
  /** Since when the key may have been in wrong hands (RFC 5280 §5.3.2). */
  readonly invalidAt?: Date;
  /** In indirect lists: whose certificate it is, unless the list's issuer's. */
  readonly certificateIssuer?: Name;
}
