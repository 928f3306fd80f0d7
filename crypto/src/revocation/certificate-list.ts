import type { SignatureScheme } from "../algorithms/index.ts";
import type { AuthorityKey, DistributionPoint, DistributionPointName, Name } from "../x509/index.ts";
import type { RevocationReason } from "./revocation-reason.ts";

/** A certificate revocation list (RFC 5280 §5). Byte members are views into `raw`. */
export interface CertificateList {
  readonly raw: Uint8Array;
  /** TBSCertList as it stands in `raw`: what the signature covers. */
  readonly tbs: Uint8Array;
  readonly version: 1 | 2;
  readonly issuer: Name;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  /** By serial number in lower-case hexadecimal; several entries where an indirect list has several issuers. */
  readonly entries: ReadonlyMap<string, readonly RevokedEntry[]>;
  readonly entryCount: number;
  readonly authorityKey?: AuthorityKey;
  readonly number?: bigint;
  /** Present in a delta list: the number of the list that it starts from (RFC 5280 §5.2.4). */
  readonly baseNumber?: bigint;
  readonly scope?: IssuingDistributionPoint;
  readonly freshestCrl?: readonly DistributionPoint[];
  /** Certificates that expired since this time are still listed (X.509 expiredCertsOnCRL). */
  readonly expiredSince?: Date;
  /** Of the list or of an entry: nobody may rely on a list with one (RFC 5280 §5.2, §5.3). */
  readonly unknownCriticalExtensions: readonly string[];
  readonly signatureScheme: SignatureScheme | undefined;
  readonly signatureAlgorithmOid: string;
  readonly signature: Uint8Array;
}

/** RFC 5280 §5.2.5 */
export interface IssuingDistributionPoint {
  readonly name?: DistributionPointName;
  readonly onlyUserCertificates: boolean;
  readonly onlyAuthorityCertificates: boolean;
  readonly onlyAttributeCertificates: boolean;
  /** Bits of ReasonFlags; absent: all reasons. */
  readonly onlySomeReasons?: number;
  readonly isIndirect: boolean;
  /** DER, to compare the scopes of a delta list and its base. */
  readonly raw: Uint8Array;
}

/** One revoked certificate. */
export interface RevokedEntry {
  readonly serialNumber: string;
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
  readonly invalidAt?: Date;
  /** Whose certificate it is: the list's issuer unless an indirect list says otherwise. */
  readonly certificateIssuers: readonly Name[];
}
