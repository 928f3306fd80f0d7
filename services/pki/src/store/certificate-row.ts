import { revocationReasonNumbers } from "@yinxin/crypto/revocation";
import type { RevocationReason } from "@yinxin/crypto/revocation";
import { z } from "zod";

import type { AuthorityId } from "../domain/authority.ts";
import type {
  CertificateReservation,
  IssuedCertificate,
  RegisteredProfile,
} from "../domain/certificate-register.ts";
import { endEntityProfiles } from "../domain/subject-rules.ts";
import type { PkiSchema } from "./pki-schema.ts";

const profileSchema = z.enum<readonly RegisteredProfile[]>([
  ...endEntityProfiles,
  "root-ca",
  "issuing-ca",
  "cross-ca",
]);
const reasonSchema = z.enum(Object.keys(revocationReasonNumbers) as RevocationReason[]);

/** What {@link issuedOf} reads. */
export const issuedColumns = [
  "serial_number",
  "authority_id",
  "profile",
  "issuer_purpose",
  "issuer_version",
  "certificate",
  "issued_at",
  "revoked_at",
  "revocation_reason",
  "invalid_from",
] as const satisfies readonly (keyof PkiSchema["certificates"])[];

type IssuedRow = Pick<PkiSchema["certificates"], (typeof issuedColumns)[number]>;

/** Undefined for a number that is only reserved. */
export function issuedOf(row: IssuedRow): IssuedCertificate | undefined {
  if (row.certificate === null || row.issued_at === null) return undefined;
  return {
    serialNumber: row.serial_number,
    authorityId: row.authority_id as AuthorityId,
    profile: profileSchema.parse(row.profile),
    issuer: { purpose: row.issuer_purpose, version: row.issuer_version },
    certificate: row.certificate,
    issuedAt: new Date(row.issued_at),
    ...revocationIn(row),
  };
}

/** Empty for a certificate that is not revoked. */
export function revocationIn(
  row: Pick<IssuedRow, "revoked_at" | "revocation_reason" | "invalid_from">,
): Pick<IssuedCertificate, "revocation"> {
  if (row.revoked_at === null) return {};
  return {
    revocation: {
      revokedAt: new Date(row.revoked_at),
      reason: reasonSchema.parse(row.revocation_reason),
      ...(row.invalid_from !== null && { invalidFrom: new Date(row.invalid_from) }),
    },
  };
}

/** A row without certificate. */
export function rowOfReservation(reservation: CertificateReservation): PkiSchema["certificates"] {
  return {
    serial_number: reservation.serialNumber,
    authority_id: reservation.authorityId,
    profile: reservation.profile,
    subject: reservation.subject,
    request_digest: reservation.requestDigest,
    requested_by: reservation.requestedBy,
    reserved_at: reservation.reservedAt.toISOString(),
    certificate: null,
    issued_at: null,
    issuer_purpose: reservation.issuer.purpose,
    issuer_version: reservation.issuer.version,
    revoked_at: null,
    revocation_reason: null,
    invalid_from: null,
    not_after: null,
  };
}
