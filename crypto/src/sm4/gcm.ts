import { concatBytes, equalBytes } from "../bytes/index.ts";

/** What Galois/Counter Mode needs of a cipher with blocks of 128 bits. */
export interface GcmCipher {
  encryptBlock(block: Uint8Array): Uint8Array;
  /** Counter mode from this block on; only the last 32 bits will ever have to count. */
  cryptCounter(counter: Uint8Array, bytes: Uint8Array): Uint8Array;
}

/** SP 800-38D §8.2.1: 96 bits, and never twice under one key. */
const nonceBytes = 12;
const tagBytes = 16;
/** SP 800-38D §5.2.1.1; the counter would come round after it. */
const longestText = 2 ** 36 - 32;

/**
 * Galois/Counter Mode (SP 800-38D §7.1).
 *
 * @returns the ciphertext with the tag of 16 bytes after it.
 * @throws RangeError if the nonce has not 12 bytes, or the text is longer than the mode permits.
 */
export function sealGcm(
  cipher: GcmCipher,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  checkLengths(nonce, plaintext);
  const ciphertext = cipher.cryptCounter(counterOf(nonce, 2), plaintext);
  return concatBytes(ciphertext, tagOf(cipher, nonce, ciphertext, associated));
}

/**
 * Opens what {@link sealGcm} made (SP 800-38D §7.2); undefined if the tag is wrong. Tags are compared in constant time, and
 * nothing is decrypted before.
 *
 * @throws RangeError as sealGcm does.
 */
export function openGcm(
  cipher: GcmCipher,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  checkLengths(nonce, sealed);
  if (sealed.length < tagBytes) return undefined;
  const ciphertext = sealed.subarray(0, sealed.length - tagBytes);
  const tag = tagOf(cipher, nonce, ciphertext, associated);
  if (!equalBytes(tag, sealed.subarray(ciphertext.length))) return undefined;
  return cipher.cryptCounter(counterOf(nonce, 2), ciphertext);
}

function checkLengths(nonce: Uint8Array, text: Uint8Array): void {
  if (nonce.length !== nonceBytes) throw new RangeError("a GCM nonce has 12 bytes");
  if (text.length > longestText) throw new RangeError("the text is too long for GCM");
}

function counterOf(nonce: Uint8Array, count: number): Uint8Array {
  return concatBytes(nonce, Uint8Array.of(0, 0, 0, count));
}

function tagOf(
  cipher: GcmCipher,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  associated: Uint8Array,
): Uint8Array {
  const mask = cipher.encryptBlock(counterOf(nonce, 1));
  const hash = ghash(cipher.encryptBlock(new Uint8Array(16)), associated, ciphertext);
  return hash.map((byte, index) => byte ^ (mask[index] ?? 0));
}

/** GHASH over both texts, each padded with zeros, and their lengths in bits (SP 800-38D §6.4). */
function ghash(key: Uint8Array, associated: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const h = wordsOf(key, 0);
  const state = new Int32Array(4);
  for (const text of [associated, ciphertext]) {
    for (let start = 0; start < text.length; start += 16) absorb(state, h, wordsOf(text, start));
  }
  const lengths = [associated.length, ciphertext.length];
  absorb(state, h, Int32Array.from(lengths.flatMap((length) => [Math.floor(length / 2 ** 29), length << 3])));
  const result = new Uint8Array(16);
  const view = new DataView(result.buffer);
  state.forEach((word, index) => {
    view.setInt32(index * 4, word);
  });
  return result;
}

function wordsOf(bytes: Uint8Array, start: number): Int32Array {
  const block = new Uint8Array(16);
  block.set(bytes.subarray(start, start + 16));
  const view = new DataView(block.buffer);
  return Int32Array.of(view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12));
}

/**
 * state = (state + block)·h in GF(2¹²⁸), bit by bit under masks (SP 800-38D §6.3): no branch and no table that would show h
 * or the text to whoever measures time.
 */
function absorb(state: Int32Array, h: Int32Array, block: Int32Array): void {
  let [v0 = 0, v1 = 0, v2 = 0, v3 = 0] = h;
  let [z0, z1, z2, z3] = [0, 0, 0, 0];
  for (let index = 0; index < 4; index += 1) {
    const word = (state[index] ?? 0) ^ (block[index] ?? 0);
    for (let bit = 31; bit >= 0; bit -= 1) {
      const isSet = -((word >>> bit) & 1);
      z0 ^= v0 & isSet;
      z1 ^= v1 & isSet;
      z2 ^= v2 & isSet;
      z3 ^= v3 & isSet;
      const carry = -(v3 & 1);
      v3 = (v3 >>> 1) | (v2 << 31);
      v2 = (v2 >>> 1) | (v1 << 31);
      v1 = (v1 >>> 1) | (v0 << 31);
      v0 = (v0 >>> 1) ^ (carry & 0xe1000000);
    }
  }
  state.set([z0, z1, z2, z3]);
}
