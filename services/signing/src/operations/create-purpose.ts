import { hexOf } from "@yinxin/crypto/bytes";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import { enrolCertificate } from "@yinxin/service-kit/enrolment";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";
import { refuse } from "@yinxin/service-kit/problems";

import type { Purpose, PurposeAlgorithm } from "../domain/purpose.ts";
import type { PurposeKeys } from "./purpose-keys.ts";
import type { SigningStore } from "./signing-store.ts";

export interface CreatePurposeDeps {
  readonly store: SigningStore;
  readonly keys: PurposeKeys;
  readonly authority: CertificateAuthority;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface CreatePurposeRequest {
  readonly name: string;
  readonly algorithm: PurposeAlgorithm;
  readonly actors: AuditActor;
}

/**
 * Creates a purpose: a key of its own and the certificate for it.
 *
 * What a failure on the way leaves is at most a key that no purpose names and nobody can use.
 *
 * @throws Refusal `purpose-exists`, `certificate-not-issued`.
 */
export async function createPurpose(
  deps: CreatePurposeDeps,
  request: CreatePurposeRequest,
): Promise<Purpose> {
  const { name, algorithm, actors } = request;
  if ((await deps.store.findPurpose(name)) !== undefined) throw purposeExists(name);
  // The random part lets a second try work after one that was cut short.
  const keyUri = `file:purpose-${name}-${hexOf(deps.randomBytes(4))}`;
  const signer = await deps.keys.create(keyUri, algorithm);
  const { certificate, chain } = await enrolCertificate(deps.authority, {
    profile: "signer",
    subject: [
      { type: "C", value: "CN" },
      { type: "O", value: "Yinxin" },
      { type: "CN", value: `signing ${name}` },
    ],
    signer,
  });
  const createdAt = deps.clock.now();
  const purpose: Purpose = {
    name,
    algorithm,
    keyUri,
    certificate: certificate.raw,
    chain: chain.map(({ raw }) => raw),
    createdAt,
  };
  await deps.store.transact(async (unit) => {
    if (!(await unit.addPurpose(purpose))) throw purposeExists(name);
    await unit.audit.append({
      action: "purpose.created",
      ...actors,
      subject: name,
      occurredAt: createdAt,
      detail: { algorithm, certificate_serial_number: certificate.serialNumber },
    });
  });
  return purpose;
}

function purposeExists(name: string): Error {
  return refuse("purpose-exists", {
    zh: `已有名为 ${name} 的签名用途。`,
    en: `There is already a purpose ${name}.`,
  });
}
