import { hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import type { Certificate } from "@yinxin/crypto/x509";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings, KeyUse, KeyVersion } from "@yinxin/service-kit/key-rings";

import type { AuthorityId } from "../domain/authority.ts";
import { createSerialNumber } from "../domain/serial-number.ts";
import type { PkiStore } from "./pki-store.ts";

export interface AuthorityCertificateDeps {
  readonly store: PkiStore;
  readonly rings: KeyRings;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Who issues what about whom, of the authorities' own keys. */
export interface AuthorityCertificate {
  readonly authorityId: AuthorityId;
  readonly profile: "root-ca" | "issuing-ca" | "cross-ca";
  /** The key that it is about. */
  readonly subject: Pick<KeyVersion, "keyId">;
  /** As text, for the register. */
  readonly subjectName: string;
  /** The key that signs it. */
  readonly issuer: KeyUse;
}

/** Takes a serial number for good, before anything is signed with it. */
export async function reserveOwn(
  { store, clock, randomBytes }: AuthorityCertificateDeps,
  wanted: AuthorityCertificate,
): Promise<Uint8Array> {
  const serialNumber = createSerialNumber(randomBytes);
  await store.reserve({
    serialNumber: hexOf(serialNumber),
    authorityId: wanted.authorityId,
    profile: wanted.profile,
    subject: wanted.subjectName,
    requestDigest: wanted.subject.keyId,
    requestedBy: "pki",
    reservedAt: clock.now(),
    issuer: { purpose: wanted.issuer.purpose, version: wanted.issuer.version },
  });
  return serialNumber;
}

/** Stores what was signed, each with its event and the use of the key, all of them or none. */
export async function storeOwn(
  { store, clock }: AuthorityCertificateDeps,
  issued: readonly (AuthorityCertificate & { readonly certificate: Certificate })[],
): Promise<void> {
  const occurredAt = clock.now();
  await store.transact(async (unit) => {
    for (const { authorityId, profile, subject, issuer, certificate } of issued) {
      if (!(await unit.completeCertificate(certificate.serialNumber, certificate.raw, occurredAt))) {
        throw new Error(`the reservation of serial number ${certificate.serialNumber} is gone`);
      }
      await unit.audit.append({
        action: "authority-certificate.issued",
        actor: "pki",
        subject: certificate.serialNumber,
        occurredAt,
        key: issuer,
        detail: {
          authority_id: authorityId,
          profile,
          key_id: subject.keyId,
          certificate_digest: digestText("SM3", digest("SM3", certificate.raw)),
          not_after: certificate.notAfter.toISOString(),
        },
      });
    }
  });
}
