import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import type { CertificateAuthority } from "@yinxin/service-kit/enrolment";
import type { KeyRings, OpenKey } from "@yinxin/service-kit/key-rings";
import { refuse } from "@yinxin/service-kit/problems";

import type { CertifiedPurpose, PurposeAlgorithm, StoredPurpose } from "../domain/purpose.ts";
import { ringOfPurpose, signingRing } from "../domain/signing-ring.ts";
import { certifyPurposeKey } from "./certify-purpose-key.ts";
import type { SigningStore } from "./signing-store.ts";

export interface CreatePurposeDeps {
  readonly store: SigningStore;
  readonly rings: Pick<KeyRings, "create" | "ring">;
  readonly authority: CertificateAuthority;
  readonly clock: Clock;
}

export interface CreatePurposeRequest {
  readonly name: string;
  readonly algorithm: PurposeAlgorithm;
  readonly actors: AuditActor;
  readonly requestId?: string;
}

/**
 * Creates a purpose: a key ring of its own and the certificate for its first key.
 *
 * What a failure on the way leaves is at most a ring whose first key may not sign; the next try takes it up.
 *
 * @throws Refusal `purpose-exists`, `certificate-not-issued`.
 */
export async function createPurpose(
  deps: CreatePurposeDeps,
  request: CreatePurposeRequest,
): Promise<CertifiedPurpose> {
  const { name, algorithm, actors, requestId } = request;
  if ((await deps.store.findPurpose(name)) !== undefined) throw purposeExists(name);
  const { use, version, signer } = await openNewRing(deps, request);
  const enrolled = await certifyPurposeKey(deps.authority, name, signer);
  const { raw: certificate, serialNumber } = enrolled.certificate;
  const chain = enrolled.chain.map(({ raw }) => raw);
  const createdAt = deps.clock.now();
  const [keyUri = ""] = version.keyUris;
  const purpose: StoredPurpose = { name, algorithm, keyUri, certificate, chain, createdAt };
  await deps.store.transact(async (unit) => {
    if (!(await unit.addPurpose(purpose))) throw purposeExists(name);
    await unit.rings.putCertificate(use, certificate, chain);
    // The request for the certificate was signed with the key: a use of it, before it is active.
    await unit.audit.append({
      action: "purpose.created",
      ...actors,
      subject: name,
      occurredAt: createdAt,
      key: use,
      ...(requestId !== undefined && { requestId }),
      detail: { algorithm, certificate_serial_number: serialNumber },
    });
    await unit.rings.move(use, "active", {
      at: createdAt,
      actor: actors.actor,
      reason: "the purpose was created",
    });
  });
  return purpose;
}

async function openNewRing(
  { rings }: CreatePurposeDeps,
  { name, algorithm, actors }: CreatePurposeRequest,
): Promise<OpenKey> {
  const begun = await rings.ring(ringOfPurpose(name));
  if (begun !== undefined && begun.algorithm !== algorithm) {
    throw refuse("purpose-exists", {
      zh: `用途 ${name} 已开始用 ${begun.algorithm} 建立；请用同一算法再试，或换一个名称。`,
      en: `The purpose ${name} was begun with ${begun.algorithm}: try again with it, or choose another name.`,
    });
  }
  return await rings.create(signingRing({ name, algorithm }), { actor: actors.actor });
}

function purposeExists(name: string): Error {
  return refuse("purpose-exists", {
    zh: `已有名为 ${name} 的签名用途。`,
    en: `There is already a purpose ${name}.`,
  });
}
