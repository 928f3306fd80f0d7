import type { KeyObject } from "node:crypto";

import { digest } from "../digest/index.ts";
import { platform } from "../platform/index.ts";
import { derOfRawSignature, rawOfDerSignature, SignatureEncodingError } from "./encoding.ts";
import { currentEngine, verifyDigest } from "./engine/index.ts";
import type { EcEngine, EcPrivateKey } from "./engine/index.ts";
import { pooledRandom } from "./pooled-random.ts";
import { readEcPrivateKey, writeSm2Key } from "./private-key.ts";
import { sm2Point, sm2Z } from "./z.ts";

/** A fresh key: PKCS#8 and SubjectPublicKeyInfo, both DER. */
export function generateSm2Key(): { pkcs8: Uint8Array; spki: Uint8Array } {
  const engine = currentEngine();
  for (;;) {
    const d = platform.randomBytes(32);
    try {
      // Refuses what is not in 1…n−2, which happens once in 2³².
      engine.importPrivateKey("sm2", d).destroy();
      return writeSm2Key(d, engine.publicPoint("sm2", d));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
    } finally {
      d.fill(0);
    }
  }
}

// A key costs some inversions to import, so that it is done once per key and engine.
const imported = new WeakMap<KeyObject, { readonly engine: EcEngine; readonly key: EcPrivateKey }>();

/**
 * Signs a message (GB/T 32918.2-2016 §6.1) on the engine of this process.
 *
 * @param privateKey an SM2 key.
 * @param publicKey its SubjectPublicKeyInfo, for Z.
 * @returns SEQUENCE { r, s }.
 * @throws RangeError if one of the two is not an SM2 key.
 */
export function sm2Sign(
  privateKey: KeyObject,
  publicKey: Uint8Array,
  message: Uint8Array,
  userId?: Uint8Array,
): Uint8Array {
  const engine = currentEngine();
  const z = sm2Z(publicKey, userId);
  if (engine.sm2Messages !== undefined) {
    const d = scalarOf(privateKey);
    try {
      return derOfRawSignature(engine.sm2Messages.sign(d, sm2Point(publicKey), [z, message]));
    } finally {
      d.fill(0);
    }
  }
  return derOfRawSignature(importedKey(engine, privateKey).sign(digest("SM3", z, message), pooledRandom));
}

function importedKey(engine: EcEngine, privateKey: KeyObject): EcPrivateKey {
  const known = imported.get(privateKey);
  if (known?.engine === engine) return known.key;
  const d = scalarOf(privateKey);
  try {
    const key = engine.importPrivateKey("sm2", d);
    imported.set(privateKey, { engine, key });
    return key;
  } finally {
    d.fill(0);
  }
}

function scalarOf(privateKey: KeyObject): Uint8Array {
  const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" });
  try {
    const { curve, d } = readEcPrivateKey(pkcs8);
    if (curve !== "sm2") throw new RangeError("not an SM2 key");
    return d;
  } finally {
    pkcs8.fill(0);
  }
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
  const raw = rawOrUndefined(signature);
  // Z is what refuses a key of another curve: the engine sees two numbers only.
  const z = zOrUndefined(publicKey, userId);
  if (raw === undefined || z === undefined) return false;
  const point = sm2Point(publicKey);
  const { sm2Messages } = currentEngine();
  if (sm2Messages !== undefined) return sm2Messages.verify(point, [z, message], raw);
  return verifyDigest("sm2", point, digest("SM3", z, message), raw);
}

function rawOrUndefined(signature: Uint8Array): Uint8Array | undefined {
  try {
    return rawOfDerSignature(signature);
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) return undefined;
    throw cause;
  }
}

function zOrUndefined(publicKey: Uint8Array, userId: Uint8Array | undefined): Uint8Array | undefined {
  try {
    return sm2Z(publicKey, userId);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
