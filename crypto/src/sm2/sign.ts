import { createPublicKey, createSign, createVerify, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { hexOf } from "../bytes/index.ts";
import { rawOfDerSignature, SignatureEncodingError } from "./encoding.ts";
import { sm2Z } from "./z.ts";

const order = BigInt("0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");

/** A fresh key: PKCS#8 and SubjectPublicKeyInfo, both DER. */
export function generateSm2Key(): { pkcs8: Uint8Array; spki: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "SM2" });
  return {
    pkcs8: new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
    spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  };
}

/**
 * Signs a message (GB/T 32918.2-2016 §6.1).
 *
 * @param privateKey imported from PKCS#8; a key as generated would silently make ECDSA.
 * @param publicKey its SubjectPublicKeyInfo, for Z.
 * @returns SEQUENCE { r, s }.
 */
export function sm2Sign(
  privateKey: KeyObject,
  publicKey: Uint8Array,
  message: Uint8Array,
  userId?: Uint8Array,
): Uint8Array {
  const signature = createSign("sm3").update(sm2Z(publicKey, userId)).update(message).sign(privateKey);
  return new Uint8Array(signature);
}

/**
 * Whether `signature` (SEQUENCE { r, s }, strict DER) is right for the message (GB/T 32918.2-2016 §7.1). A key that is
 * not a point of the curve, or a number outside 1…n−1, is a wrong signature and not an error.
 */
export function sm2Verify(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  userId?: Uint8Array,
): boolean {
  if (!isInRange(signature)) return false;
  const key = importPublicKey(publicKey);
  if (key === undefined) return false;
  // Z is what refuses a key of another curve: node:crypto would check ECDSA with it, without a word.
  const z = zOf(publicKey, userId);
  if (z === undefined) return false;
  return createVerify("sm3").update(z).update(message).verify(key, signature);
}

function isInRange(signature: Uint8Array): boolean {
  try {
    const raw = rawOfDerSignature(signature);
    const r = BigInt(`0x${hexOf(raw.subarray(0, 32))}`);
    const s = BigInt(`0x${hexOf(raw.subarray(32))}`);
    return r > 0n && r < order && s > 0n && s < order && r + s !== order;
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) return false;
    throw cause;
  }
}

function zOf(publicKey: Uint8Array, userId: Uint8Array | undefined): Uint8Array | undefined {
  try {
    return sm2Z(publicKey, userId);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

function importPublicKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    // node:crypto has no error class for "not a key"; whatever it says, nothing can be verified with these bytes.
    return undefined;
  }
}
