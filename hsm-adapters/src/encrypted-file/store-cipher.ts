import { createCipheriv, createDecipheriv } from "node:crypto";

import { concatBytes } from "@yinxin/crypto/bytes";
import { openSm4Gcm, sealSm4Gcm } from "@yinxin/crypto/sm4";

/** The ciphers that a folder of keys can be made with. */
export const storeCipherNames = ["aes-256-gcm", "sm4-gcm"] as const;
export type StoreCipherName = (typeof storeCipherNames)[number];

/** Galois/Counter Mode with the sizes of NIST SP 800-38D §5.2.1: 96-bit nonce, 128-bit tag, which follows the ciphertext. */
export interface StoreCipher {
  readonly keyBytes: number;
  seal(key: Uint8Array, nonce: Uint8Array, secret: Uint8Array, associated: Uint8Array): Uint8Array;
  /** Undefined if anything is not as it was sealed. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array | undefined;
}

export const nonceBytes = 12;
const tagBytes = 16;

export const storeCiphers: Readonly<Record<StoreCipherName, StoreCipher>> = {
  "aes-256-gcm": { keyBytes: 32, seal: sealAes, open: openAes },
  // RFC 8998 §3.5.1
  "sm4-gcm": { keyBytes: 16, seal: sealSm4Gcm, open: openSm4Gcm },
};

export function isStoreCipherName(name: string): name is StoreCipherName {
  return storeCipherNames.some((known) => known === name);
}

function sealAes(key: Uint8Array, nonce: Uint8Array, secret: Uint8Array, associated: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated);
  return concatBytes(cipher.update(secret), cipher.final(), cipher.getAuthTag());
}

function openAes(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < tagBytes) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes })
    .setAAD(associated)
    .setAuthTag(sealed.subarray(-tagBytes));
  const secret = decipher.update(sealed.subarray(0, -tagBytes));
  try {
    decipher.final();
  } catch {
    // node:crypto has one plain Error for a wrong tag, and there is nothing else for `final` to find.
    secret.fill(0);
    return undefined;
  }
  return secret;
}
