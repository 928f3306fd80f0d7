import type { AuditWriter } from "@yinxin/service-kit/audit";
import type { KeyRingsInTransaction } from "@yinxin/service-kit/key-rings";

import type { AuthorityAlgorithm, AuthorityId, AuthorityRecord } from "../domain/authority.ts";
import type {
  CertificateReservation,
  IssuedCertificate,
  RegisteredProfile,
  Revocation,
  RevokedCertificate,
} from "../domain/certificate-register.ts";
import type { pkiEvents } from "../domain/pki-events.ts";

/** A signed list of what an authority's certificates are believed no longer. */
export interface StoredCertificateList {
  readonly issuer: CertificateReservation["issuer"];
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** DER. */
  readonly list: Uint8Array;
}

/** What one transaction can do. */
export interface PkiUnit {
  /** Whether the authority was added; false if there is one for this algorithm already. */
  addAuthority(authority: AuthorityRecord): Promise<boolean>;
  /** Puts a certificate that was issued before there was a register of authorities' own into it; once. */
  addCertificate(reservation: CertificateReservation, certificate: Uint8Array): Promise<void>;
  /** Puts the certificate to its reservation; false if that is not waiting for one. */
  completeCertificate(serialNumber: string, certificate: Uint8Array, issuedAt: Date): Promise<boolean>;
  /**
   * False if there is no such certificate, or it is revoked already.
   *
   * @param notAfter when the certificate ends: lists name it until then, and once more.
   */
  revokeCertificate(serialNumber: string, revocation: Revocation, notAfter: Date): Promise<boolean>;
  /** False if a list with this number is there already. */
  addCertificateList(list: StoredCertificateList): Promise<boolean>;
  readonly rings: KeyRingsInTransaction;
  readonly audit: AuditWriter<typeof pkiEvents>;
}

/** The certificate authority's memory. */
export interface PkiStore {
  findAuthority(algorithm: AuthorityAlgorithm): Promise<AuthorityRecord | undefined>;
  /** Undefined also for a number that is only reserved: no certificate with it was ever given out. */
  findCertificate(serialNumber: string): Promise<IssuedCertificate | undefined>;
  /** The authority's own certificates of one kind that were issued and are not revoked, oldest first. */
  listOwnCertificates(
    authorityId: AuthorityId,
    profile: Extract<RegisteredProfile, "root-ca" | "issuing-ca" | "cross-ca">,
  ): Promise<readonly IssuedCertificate[]>;
  /**
   * What was issued under this ring and is revoked, in the order of the serial numbers.
   *
   * @param notBefore leaves out what had ended before this moment.
   */
  listRevoked(issuerPurpose: string, notBefore: Date | undefined): Promise<readonly RevokedCertificate[]>;
  /** The newest list that this version signed. */
  latestCertificateList(issuer: CertificateReservation["issuer"]): Promise<StoredCertificateList | undefined>;
  /** The highest number of any list under this ring; 0 if there is none. */
  lastListNumber(issuerPurpose: string): Promise<number>;
  /** Takes the number for good; it is durable when this resolves. Rejects if the number was taken before. */
  reserve(reservation: CertificateReservation): Promise<void>;
  /** All of `change` is stored when this resolves, nothing if it rejects. */
  transact<Result>(change: (unit: PkiUnit) => Promise<Result>): Promise<Result>;
}
