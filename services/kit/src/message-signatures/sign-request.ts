import { base64Of, hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { rawEcdsaSignature, signVerified } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { rawOfDerSignature } from "@yinxin/crypto/sm2";

import { signatureBase, signatureLabel, signatureParametersText } from "./signature-parameters.ts";

/** Who signs requests: an officer's key and the digest of their certificate. */
export interface RequestSigner {
  readonly signer: Signer;
  /** `sm3:…` of the certificate: `certificateDigestOf`. */
  readonly keyId: string;
}

export interface RequestToSign {
  readonly method: string;
  /** The whole address, as the service's own base address begins. */
  readonly url: string;
  /** Exactly the bytes that are sent; none: an empty body. */
  readonly body?: Uint8Array;
}

/**
 * The headers that make a request an officer's (RFC 9421 §3.1): Content-Digest, Signature-Input, Signature. Good for a
 * minute, and once.
 *
 * @param random makes the nonce unguessable and unique.
 * @throws TypeError for what is no address; RangeError for a key that signs neither with ES256 nor with SM2; SignerError `signature-wrong`.
 */
export async function signRequest(
  { signer, keyId }: RequestSigner,
  { method, url, body = new Uint8Array() }: RequestToSign,
  { now, randomBytes }: { readonly now: Date; readonly randomBytes: (size: number) => Uint8Array },
): Promise<Record<"content-digest" | "signature-input" | "signature", string>> {
  const parameters = signatureParametersText({
    created: Math.floor(now.getTime() / 1000),
    keyId,
    nonce: hexOf(randomBytes(16)),
  });
  const contentDigest = contentDigestOf(body);
  // As every client writes it on the wire: `fetch` encodes what an address may not have.
  const targetUri = new URL(url).href;
  const base = signatureBase({ method: method.toUpperCase(), targetUri, contentDigest, parameters });
  const raw = rawOf(signer, await signVerified(signer, utf8Of(base)));
  return {
    "content-digest": contentDigest,
    "signature-input": `${signatureLabel}=${parameters}`,
    signature: `${signatureLabel}=:${base64Of(raw)}:`,
  };
}

/** `Content-Digest` of a body (RFC 9530 §2). */
export function contentDigestOf(body: Uint8Array): string {
  return `sha-256=:${base64Of(digest("SHA-256", body))}:`;
}

/** r ‖ s, as RFC 9421 §3.3.4 has it for ECDSA; for SM2 we do the same. */
function rawOf({ algorithm }: Signer, signature: Uint8Array): Uint8Array {
  if (algorithm === "SM2") return rawOfDerSignature(signature);
  const raw = algorithm === "ES256" ? rawEcdsaSignature("P-256", signature) : undefined;
  if (raw === undefined) throw new RangeError(`requests are not signed with ${algorithm}`);
  return raw;
}
