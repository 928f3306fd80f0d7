import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { derEcdsaSignature, verifySignature } from "@yinxin/crypto/signer";
import { derOfRawSignature, SignatureEncodingError } from "@yinxin/crypto/sm2";
import type { Certificate } from "@yinxin/crypto/x509";

import type { SignatureHeaders } from "./read-signature-headers.ts";
import { signatureBase } from "./signature-parameters.ts";

/**
 * Whether the signature over method, address and body digest is that of the certificate's key (RFC 9421 §3.2). Whether the
 * body has that digest is {@link isBodyOf}'s question. Never throws for bad input.
 */
export function verifyRequestSignature(
  { parametersText, contentDigest, signature: raw }: SignatureHeaders,
  request: { readonly method: string; readonly targetUri: string },
  { publicKey, keyAlgorithm }: Certificate,
): boolean {
  if (keyAlgorithm !== "SM2" && keyAlgorithm !== "ES256") return false;
  const signature = derOf(keyAlgorithm, raw);
  const message = utf8Of(signatureBase({ ...request, contentDigest, parameters: parametersText }));
  return (
    signature !== undefined && verifySignature({ algorithm: keyAlgorithm, publicKey, message, signature })
  );
}

/** Whether a body is the one whose digest was signed. */
export function isBodyOf({ bodyDigest }: SignatureHeaders, body: Uint8Array): boolean {
  return equalBytes(digest("SHA-256", body), bodyDigest);
}

function derOf(algorithm: "SM2" | "ES256", raw: Uint8Array): Uint8Array | undefined {
  if (algorithm === "ES256") return derEcdsaSignature("P-256", raw);
  try {
    return derOfRawSignature(raw);
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) return undefined;
    throw cause;
  }
}
