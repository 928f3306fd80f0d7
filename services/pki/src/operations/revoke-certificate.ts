import { parseCertificate } from "@yinxin/crypto/x509";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";

import type { revocationReasons, Revocation } from "../domain/certificate-register.ts";
import type { PkiStore } from "./pki-store.ts";
import { certificateNotFound } from "./read-certificate.ts";

export interface RevokeCertificateDeps {
  readonly store: PkiStore;
  readonly clock: Clock;
}

export interface RevokeCertificateRequest {
  readonly serialNumber: string;
  readonly reason: (typeof revocationReasons)[number];
  /** Since when the key may have been in other hands (RFC 5280 §5.3.2). */
  readonly invalidFrom?: Date;
  readonly actors: AuditActor;
}

/**
 * Revokes a certificate for good. From then on every revocation list of its issuer names it: the next one that is asked for
 * is signed anew.
 *
 * @throws Refusal `certificate-not-found`, `certificate-revoked-already`
 */
export async function revokeCertificate(
  { store, clock }: RevokeCertificateDeps,
  { serialNumber, reason, invalidFrom, actors }: RevokeCertificateRequest,
): Promise<Revocation> {
  const issued = await store.findCertificate(serialNumber);
  if (issued === undefined) throw certificateNotFound(serialNumber);
  const { notAfter } = parseCertificate(issued.certificate);
  const revokedAt = clock.now();
  const revocation: Revocation = { revokedAt, reason, ...(invalidFrom !== undefined && { invalidFrom }) };
  await store.transact(async (unit) => {
    if (!(await unit.revokeCertificate(serialNumber, revocation, notAfter))) {
      throw refuse("certificate-revoked-already", `The certificate ${serialNumber} is revoked already.`);
    }
    await unit.audit.append({
      action: "certificate.revoked",
      ...actors,
      subject: serialNumber,
      occurredAt: revokedAt,
      detail: {
        authority_id: issued.authorityId,
        reason,
        ...(invalidFrom !== undefined && { invalid_from: invalidFrom.toISOString() }),
      },
    });
  });
  return revocation;
}
