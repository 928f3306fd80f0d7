import { createCipheriv, createDecipheriv } from "node:crypto";

import { openSm4Gcm, sealSm4Gcm } from "@yinxin/crypto/sm4";

import type { BackupCipher } from "./backup-format.ts";

/** Of both ciphers. */
export const tagBytes = 16;

/** One chunk: which it is, and what is authenticated with it. */
export interface ChunkPlace {
  readonly number: number;
  readonly isLast: boolean;
  readonly associated: Uint8Array;
}

function nonceOf({ number, isLast }: ChunkPlace): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, number);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** The chunk encrypted, its tag behind it. */
export function sealChunk(
  cipher: BackupCipher,
  key: Uint8Array,
  plain: Uint8Array,
  place: ChunkPlace,
): Uint8Array {
  if (cipher === "sm4-gcm") return sealSm4Gcm(key, nonceOf(place), plain, place.associated);
  const aes = createCipheriv("aes-256-gcm", key, nonceOf(place)).setAAD(place.associated);
  return Buffer.concat([aes.update(plain), aes.final(), aes.getAuthTag()]);
}

/** Undefined if it is not what was written there. */
export function openChunk(
  cipher: BackupCipher,
  key: Uint8Array,
  sealed: Uint8Array,
  place: ChunkPlace,
): Uint8Array | undefined {
  if (sealed.length < tagBytes) return undefined;
  if (cipher === "sm4-gcm") return openSm4Gcm(key, nonceOf(place), sealed, place.associated);
  const text = sealed.subarray(0, sealed.length - tagBytes);
  const aes = createDecipheriv("aes-256-gcm", key, nonceOf(place), { authTagLength: tagBytes });
  aes.setAAD(place.associated).setAuthTag(sealed.subarray(text.length));
  const plain = aes.update(text);
  try {
    aes.final();
    return plain;
  } catch {
    // OpenSSL says no more than that the tag is wrong.
    return undefined;
  }
}
