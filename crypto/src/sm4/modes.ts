import { concatBytes } from "../bytes/index.ts";
import { openGcm, sealGcm } from "./gcm.ts";
import type { GcmCipher } from "./gcm.ts";
import { currentSm4 } from "./sm4-cipher.ts";

const blockBytes = 16;

function checkKey(key: Uint8Array): void {
  if (key.length !== 16) throw new RangeError("an SM4 key has 16 bytes");
}

function checkIv(iv: Uint8Array): void {
  if (iv.length !== blockBytes) throw new RangeError("this mode of SM4 starts from 16 bytes");
}

/** SM4-CBC (GB/T 17964-2021 §6) with the padding of RFC 5652 §6.3. @throws RangeError for keys and IVs not of 16 bytes. */
export function encryptSm4Cbc(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  checkKey(key);
  checkIv(iv);
  const padding = blockBytes - (plaintext.length % blockBytes);
  return currentSm4().encryptChain(key, iv, concatBytes(plaintext, new Uint8Array(padding).fill(padding)));
}

/**
 * Opens SM4-CBC; undefined if the padding is wrong. Whoever learns that from outside can read the text without the key, so
 * authenticate ciphertexts before they are opened.
 *
 * @throws RangeError for keys and IVs not of 16 bytes.
 */
export function decryptSm4Cbc(
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array | undefined {
  checkKey(key);
  checkIv(iv);
  if (ciphertext.length === 0 || ciphertext.length % blockBytes !== 0) return undefined;
  const padded = currentSm4().decryptChain(key, iv, ciphertext);
  const padding = padded[padded.length - 1] ?? 0;
  let wrong = Number(padding < 1) | Number(padding > blockBytes);
  for (let index = 1; index <= blockBytes; index += 1) {
    const isPadding = -Number(index <= padding);
    wrong |= isPadding & ((padded[padded.length - index] ?? 0) ^ padding);
  }
  return wrong === 0 ? padded.slice(0, padded.length - padding) : undefined;
}

/** SM4-CTR, both ways; the counter of 16 bytes must never repeat under one key. @throws RangeError for other lengths. */
export function cryptSm4Ctr(key: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Uint8Array {
  checkKey(key);
  checkIv(counter);
  return currentSm4().cryptCounter(key, counter, bytes);
}

/**
 * SM4-GCM (RFC 8998 §3.5.1): the ciphertext with its tag of 16 bytes.
 *
 * @param nonce 12 bytes, never twice under one key.
 * @throws RangeError for a key or nonce of another length.
 */
export function sealSm4Gcm(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array = new Uint8Array(),
): Uint8Array {
  return sealGcm(gcmCipherOf(key), nonce, plaintext, associated);
}

/** Opens SM4-GCM; undefined if anything was changed. @throws RangeError for a key or nonce of another length. */
export function openSm4Gcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array = new Uint8Array(),
): Uint8Array | undefined {
  return openGcm(gcmCipherOf(key), nonce, sealed, associated);
}

function gcmCipherOf(key: Uint8Array): GcmCipher {
  checkKey(key);
  const cipher = currentSm4();
  return {
    encryptBlock: (block) => cipher.encryptBlocks(key, block),
    cryptCounter: (counter, bytes) => cipher.cryptCounter(key, counter, bytes),
  };
}
