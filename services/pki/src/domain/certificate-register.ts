import type { RevocationReason } from "@yinxin/crypto/revocation";

import type { AuthorityId } from "./authority.ts";
import type { EndEntityProfile } from "./subject-rules.ts";

/** Everything that is certified here: end entities, and the authorities' own keys. */
export type RegisteredProfile = EndEntityProfile | "root-ca" | "issuing-ca" | "cross-ca";

/** A serial number that is taken, before anything is signed with it. */
export interface CertificateReservation {
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  readonly authorityId: AuthorityId;
  readonly profile: RegisteredProfile;
  readonly subject: string;
  /** Of the certificate request, or of the public key for an authority's own; `sm3:…`. */
  readonly requestDigest: string;
  readonly requestedBy: string;
  readonly reservedAt: Date;
  /** The ring and version of the key that signs it. */
  readonly issuer: { readonly purpose: string; readonly version: number };
}

/** Why a certificate is believed no longer. */
export interface Revocation {
  readonly revokedAt: Date;
  readonly reason: RevocationReason;
  /** Since when the key may have been in other hands; absent: not known to have been before `revokedAt`. */
  readonly invalidFrom?: Date;
}

export interface IssuedCertificate {
  readonly serialNumber: string;
  readonly authorityId: AuthorityId;
  readonly profile: RegisteredProfile;
  readonly issuer: CertificateReservation["issuer"];
  /** DER. */
  readonly certificate: Uint8Array;
  readonly issuedAt: Date;
  readonly revocation?: Revocation;
}

/** The reasons that an operator may give (RFC 5280 §5.3.1); a hold is not offered, since it could be taken back. */
export const revocationReasons = [
  "unspecified",
  "keyCompromise",
  "cACompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
  "privilegeWithdrawn",
] as const satisfies readonly RevocationReason[];

/** What a revocation list says of one certificate. */
export interface RevokedCertificate extends Revocation, Pick<IssuedCertificate, "serialNumber"> {}
