import { equalBytes, hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { signVerified } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings, KeyVersion, OpenKey } from "@yinxin/service-kit/key-rings";
import { refuse } from "@yinxin/service-kit/problems";

import type { CertifiedPurpose, Purpose, PurposeCertificate } from "../domain/purpose.ts";
import { ringOfPurpose } from "../domain/signing-ring.ts";
import type { SignatureRecord, SigningStore } from "./signing-store.ts";

export interface SignMessageDeps {
  readonly store: SigningStore;
  readonly rings: Pick<KeyRings, "withKey">;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface SignMessageRequest {
  readonly purpose: string;
  readonly message: Uint8Array;
  readonly actors: AuditActor;
  readonly requestId?: string;
}

export interface SignedMessage {
  readonly record: SignatureRecord;
  readonly purpose: CertifiedPurpose;
  /** SEQUENCE { r, s }. */
  readonly signature: Uint8Array;
}

/**
 * Signs a message with the key of a purpose. The signature leaves only after it was verified with the certificate's key
 * and its use is in the audit trail, in a transaction that a suspended key does not get through.
 *
 * @throws Refusal `purpose-not-found`, `purpose-expired`, `key-suspended`, `key-not-active`, `key-frozen`, `key-limit-reached`.
 */
export async function signMessage(
  deps: SignMessageDeps,
  request: SignMessageRequest,
): Promise<SignedMessage> {
  const purpose = await deps.store.findPurpose(request.purpose);
  if (purpose === undefined) throw purposeNotFound(request.purpose);
  return await deps.rings.withKey(ringOfPurpose(purpose.name), (key) =>
    signWith(deps, purpose, key, request),
  );
}

async function signWith(
  { store, clock, randomBytes }: SignMessageDeps,
  { name, algorithm, createdAt }: Purpose,
  { use, version, signer }: OpenKey,
  { message, actors, requestId }: SignMessageRequest,
): Promise<SignedMessage> {
  const signedAt = clock.now();
  const certified = certificateOf(name, version, signedAt);
  const signature = await signVerified(signer, message);
  const record: SignatureRecord = {
    id: `sig_${hexOf(randomBytes(16))}`,
    purpose: name,
    keyVersion: use.version,
    messageDigest: digestText("SM3", digest("SM3", message)),
    signedAt,
    ...actors,
  };
  await store.transact(async (unit) => {
    await unit.addSignature(record);
    await unit.audit.append({
      action: "message.signed",
      ...actors,
      subject: record.id,
      occurredAt: signedAt,
      key: use,
      ...(requestId !== undefined && { requestId }),
      detail: { purpose: name, message_digest: record.messageDigest },
    });
  });
  return { record, purpose: { name, algorithm, createdAt, ...certified }, signature };
}

/** @throws Refusal `purpose-expired`; Error if the version has no certificate, or that of another key. */
function certificateOf(name: string, version: KeyVersion, at: Date): PurposeCertificate {
  if (version.certificate === undefined) throw new Error(`the key of purpose ${name} has no certificate`);
  const certificate = parseCertificate(version.certificate);
  if (at > certificate.notAfter || at < certificate.notBefore) throw purposeExpired(name);
  if (!equalBytes(version.publicKey, certificate.publicKey)) {
    throw new Error(`the key of purpose ${name} is not the one in its certificate`);
  }
  return { certificate: version.certificate, chain: version.chain ?? [] };
}

function purposeNotFound(name: string): Error {
  return refuse("purpose-not-found", {
    zh: `没有名为 ${name} 的签名用途。`,
    en: `There is no purpose ${name}.`,
  });
}

function purposeExpired(name: string): Error {
  return refuse("purpose-expired", {
    zh: `用途 ${name} 的证书不在有效期内。`,
    en: `The certificate of purpose ${name} is not valid now.`,
  });
}
