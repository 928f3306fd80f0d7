import type { PublicKeyInfo } from "../algorithms/index.ts";
import { rawOfDerSignature, SignatureEncodingError } from "../sm2/index.ts";
import { verifyDigest } from "../sm2/engine/index.ts";

/** Whether SEQUENCE { r, s } in strict DER is an SM2 signature of e = SM3(Z ‖ M) (GB/T 32918.2-2016 §7.1). */
export function verifySm2Digest(key: PublicKeyInfo, digest: Uint8Array, signature: Uint8Array): boolean {
  const isPoint = key.algorithm === "SM2" && key.key.length === 65 && key.key[0] === 0x04;
  if (!isPoint || digest.length !== 32) return false;
  try {
    return verifyDigest("sm2", key.key.subarray(1), digest, rawOfDerSignature(signature));
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) return false;
    throw cause;
  }
}
