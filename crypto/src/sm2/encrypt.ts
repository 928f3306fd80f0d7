import { concatBytes, equalBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { platform } from "../platform/index.ts";
import { readSm2Cipher, Sm2CipherError, writeSm2Cipher } from "./cipher-encoding.ts";
import { currentEngine } from "./engine/index.ts";
import type { RandomBytes } from "./engine/index.ts";
import { readEcPrivateKey } from "./private-key.ts";
import { sm2Point } from "./z.ts";

/** A random number is out of range once in 2³²; a source that gives nothing else is broken. */
const triesPermitted = 16;

/**
 * Encrypts to an SM2 key (GB/T 32918.4-2016 §6.1, C1C3C2).
 *
 * @param publicKey SubjectPublicKeyInfo, DER.
 * @param random where k comes from; tests may pass one that repeats a published example.
 * @returns SM2Cipher of GB/T 35276-2017 §7.2, DER.
 * @throws RangeError if it is not an SM2 key on the curve, there is nothing to encrypt, or the source is broken.
 */
export function sm2Encrypt(
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  random: RandomBytes = platform.randomBytes,
): Uint8Array {
  if (plaintext.length === 0) throw new RangeError("SM2 does not encrypt an empty text");
  const recipient = sm2Point(publicKey);
  for (let tries = 0; tries < triesPermitted; tries += 1) {
    const k = random(32);
    try {
      const der = encryptWith(k, recipient, plaintext);
      if (der !== undefined) return der;
    } finally {
      k.fill(0);
    }
  }
  throw new RangeError("the random source gives no usable number");
}

/** Undefined if another k is needed: it is 0 or near n, or the key stream is all zero. */
function encryptWith(k: Uint8Array, recipient: Uint8Array, plaintext: Uint8Array): Uint8Array | undefined {
  const engine = currentEngine();
  const shared = engine.multiply("sm2", recipient, k);
  if (shared === undefined || !isBelowOrder(k)) return undefined;
  const point = engine.publicPoint("sm2", k);
  const stream = keyStream(shared, plaintext.length);
  if (stream.every((byte) => byte === 0)) return undefined;
  const text = stream.map((byte, index) => byte ^ (plaintext[index] ?? 0));
  const cipher = { point, hash: checkHash(shared, plaintext), text };
  shared.fill(0);
  return writeSm2Cipher(cipher);
}

// How n begins; a k that begins alike or higher is drawn anew, which happens once in 2³².
const orderStart = Uint8Array.of(0xff, 0xff, 0xff, 0xfe);

function isBelowOrder(k: Uint8Array): boolean {
  const index = orderStart.findIndex((byte, at) => k[at] !== byte);
  return index >= 0 && (k[index] ?? 0xff) < (orderStart[index] ?? 0);
}

/**
 * Opens an SM2Cipher (GB/T 32918.4-2016 §7.1).
 *
 * @param privateKey PKCS#8 of an SM2 key, DER.
 * @throws Sm2CipherError for every ciphertext that cannot be opened, and says no more.
 * @throws RangeError if it is not an SM2 key.
 */
export function sm2Decrypt(privateKey: Uint8Array, der: Uint8Array): Uint8Array {
  const { curve, d } = readEcPrivateKey(privateKey);
  if (curve !== "sm2") throw new RangeError("not an SM2 key");
  const { point, hash, text } = readSm2Cipher(der);
  const shared = sharedPoint(point, d);
  d.fill(0);
  const stream = keyStream(shared, text.length);
  const plaintext = stream.map((byte, index) => byte ^ (text[index] ?? 0));
  const isRight = equalBytes(checkHash(shared, plaintext), hash) && stream.some((byte) => byte !== 0);
  shared.fill(0);
  stream.fill(0);
  if (isRight) return plaintext;
  plaintext.fill(0);
  throw new Sm2CipherError();
}

function sharedPoint(point: Uint8Array, d: Uint8Array): Uint8Array {
  try {
    const shared = currentEngine().multiply("sm2", point, d);
    if (shared !== undefined) return shared;
  } catch (cause) {
    // The point is not on the curve: multiplying it would tell about the key.
    if (!(cause instanceof RangeError)) throw cause;
  }
  throw new Sm2CipherError();
}

/** The key derivation function over x2 ‖ y2 (GB/T 32918.4-2016 §5.4.3). */
function keyStream(shared: Uint8Array, length: number): Uint8Array {
  const stream = new Uint8Array(length);
  for (let start = 0, counter = 1; start < length; start += 32, counter += 1) {
    const count = Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter);
    stream.set(digest("SM3", shared, count).subarray(0, length - start), start);
  }
  return stream;
}

function checkHash(shared: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return digest("SM3", concatBytes(shared.subarray(0, 32), plaintext, shared.subarray(32)));
}
