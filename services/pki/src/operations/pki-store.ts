import type { AuditTrail } from "@yinxin/service-kit/audit";

import type { AuthorityAlgorithm, AuthorityId, AuthorityRecord } from "../domain/authority.ts";
import type { pkiEvents } from "../domain/pki-events.ts";
import type { EndEntityProfile } from "../domain/subject-rules.ts";

/** A serial number that is taken, before anything is signed with it. */
export interface CertificateReservation {
  /** Lower-case hexadecimal. */
  readonly serialNumber: string;
  readonly authorityId: AuthorityId;
  readonly profile: EndEntityProfile;
  readonly subject: string;
  /** Of the certificate request, `sm3:…`. */
  readonly requestDigest: string;
  readonly requestedBy: string;
  readonly reservedAt: Date;
}

export interface IssuedCertificate {
  readonly serialNumber: string;
  readonly authorityId: AuthorityId;
  /** DER. */
  readonly certificate: Uint8Array;
  readonly issuedAt: Date;
}

/** What one transaction can do. */
export interface PkiUnit {
  /** Whether the authority was added; false if there is one for this algorithm already. */
  addAuthority(authority: AuthorityRecord): Promise<boolean>;
  /** Puts the certificate to its reservation; false if that is not waiting for one. */
  completeCertificate(serialNumber: string, certificate: Uint8Array, issuedAt: Date): Promise<boolean>;
  readonly audit: ReturnType<AuditTrail<typeof pkiEvents>["in"]>;
}

/** The certificate authority's memory. */
export interface PkiStore {
  findAuthority(algorithm: AuthorityAlgorithm): Promise<AuthorityRecord | undefined>;
  /** Undefined also for a number that is only reserved: no certificate with it was ever given out. */
  findCertificate(serialNumber: string): Promise<IssuedCertificate | undefined>;
  /** Takes the number for good; it is durable when this resolves. Rejects if the number was taken before. */
  reserve(reservation: CertificateReservation): Promise<void>;
  /** All of `change` is stored when this resolves, nothing if it rejects. */
  transact<Result>(change: (unit: PkiUnit) => Promise<Result>): Promise<Result>;
}
