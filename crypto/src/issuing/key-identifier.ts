import { createPublicKey } from "node:crypto";

import { parsePublicKey, signatureAlgorithms } from "../algorithms/index.ts";
import type { PublicKeyInfo } from "../algorithms/index.ts";
import { DerError } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { IssuingError } from "./error.ts";

/**
 * Names a key: the leftmost 160 bits of the digest of the subjectPublicKey's octets (RFC 7093 §2 methods 1 to 3), with the
 * digest of the key's own algorithm, so SM3 for SM2.
 *
 * @throws IssuingError `public-key-unsupported` if it is not a key of the algorithm table that signatures can be
 *   verified with.
 */
export function keyIdentifierOf(publicKey: Uint8Array): Uint8Array {
  const { algorithm, key } = readKey(publicKey);
  if (algorithm === undefined)
    throw new IssuingError("public-key-unsupported", "this kind of key is not certified");
  return digest(signatureAlgorithms[algorithm].digest ?? "SHA-256", key).subarray(0, 20);
}

function readKey(publicKey: Uint8Array): PublicKeyInfo {
  try {
    const info = parsePublicKey(publicKey);
    const isCurvePoint = info.curveOid !== undefined;
    if (isCurvePoint && info.key[0] !== 0x04) {
      throw new IssuingError("public-key-unsupported", "the point of the key is not in uncompressed form");
    }
    // Refuses a point that is not on its curve. Node 20 knows no ML-DSA, whose every octet string of its length is a key.
    if (info.kind !== "ml-dsa") createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
    return info;
  } catch (cause) {
    if (cause instanceof IssuingError) throw cause;
    const message = cause instanceof DerError ? cause.message : "node:crypto does not take it";
    throw new IssuingError("public-key-unsupported", `the public key cannot be used: ${message}`, { cause });
  }
}
