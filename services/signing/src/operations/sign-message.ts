import { equalBytes, hexOf } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { signVerified } from "@yinxin/crypto/signer";
import { parseCertificate } from "@yinxin/crypto/x509";
import type { AuditActor } from "@yinxin/service-kit/audit";
import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";

import type { Purpose } from "../domain/purpose.ts";
import type { PurposeKeys } from "./purpose-keys.ts";
import type { SignatureRecord, SigningStore } from "./signing-store.ts";

export interface SignMessageDeps {
  readonly store: SigningStore;
  readonly keys: PurposeKeys;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface SignMessageRequest {
  readonly purpose: string;
  readonly message: Uint8Array;
  readonly actors: AuditActor;
}

export interface SignedMessage {
  readonly record: SignatureRecord;
  readonly purpose: Purpose;
  /** SEQUENCE { r, s }. */
  readonly signature: Uint8Array;
}

/**
 * Signs a message with the key of a purpose. The signature leaves only after it was verified with the certificate's key
 * and its use is in the audit trail.
 *
 * @throws Refusal `purpose-not-found`, `purpose-expired`.
 */
export async function signMessage(
  deps: SignMessageDeps,
  request: SignMessageRequest,
): Promise<SignedMessage> {
  const purpose = await deps.store.findPurpose(request.purpose);
  if (purpose === undefined) throw purposeNotFound(request.purpose);
  const signedAt = deps.clock.now();
  const certificate = parseCertificate(purpose.certificate);
  if (signedAt > certificate.notAfter || signedAt < certificate.notBefore) throw purposeExpired(purpose.name);

  const signer = await deps.keys.open(purpose.keyUri);
  if (!equalBytes(signer.publicKey, certificate.publicKey)) {
    throw new Error(`the key of purpose ${purpose.name} is not the one in its certificate`);
  }
  const signature = await signVerified(signer, request.message);

  const record: SignatureRecord = {
    id: `sig_${hexOf(deps.randomBytes(16))}`,
    purpose: purpose.name,
    messageDigest: digestText("SM3", digest("SM3", request.message)),
    signedAt,
    ...request.actors,
  };
  await deps.store.transact(async (unit) => {
    await unit.addSignature(record);
    await unit.audit.append({
      action: "message.signed",
      ...request.actors,
      subject: record.id,
      occurredAt: signedAt,
      detail: { purpose: purpose.name, message_digest: record.messageDigest },
    });
  });
  return { record, purpose, signature };
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
