import { createCipheriv, createDecipheriv, getCiphers } from "node:crypto";

import { bytesOfHex, concatBytes, equalBytes } from "../bytes/index.ts";
import { createSm4Block } from "./sm4-block.ts";

/** No SM4 can be had: none computes the published answer. */
export class Sm4Error extends Error {
  readonly code = "sm4-self-test";
  constructor() {
    super("no implementation of SM4 computes the published answer");
    this.name = "Sm4Error";
  }
}

/** SM4 (GB/T 32907-2016) on whole blocks; a key has 16 bytes, as has a block. */
export interface Sm4Cipher {
  readonly name: "node" | "plain";
  /** Each block by itself; a multiple of 16 bytes. */
  encryptBlocks(key: Uint8Array, blocks: Uint8Array): Uint8Array;
  decryptBlocks(key: Uint8Array, blocks: Uint8Array): Uint8Array;
  /** Cipher block chaining without padding; a multiple of 16 bytes. */
  encryptChain(key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Uint8Array;
  decryptChain(key: Uint8Array, iv: Uint8Array, blocks: Uint8Array): Uint8Array;
  /** Counter mode, both ways; the counter has all 128 bits. */
  cryptCounter(key: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Uint8Array;
}

const blockBytes = 16;

function run(
  open: typeof createCipheriv | typeof createDecipheriv,
  mode: "sm4-ecb" | "sm4-cbc" | "sm4-ctr",
  key: Uint8Array,
  iv: Uint8Array | null,
  bytes: Uint8Array,
): Uint8Array {
  const cipher = open(mode, key, iv).setAutoPadding(false);
  return concatBytes(cipher.update(bytes), cipher.final());
}

/** SM4 of node:crypto. */
export const nodeSm4: Sm4Cipher = {
  name: "node",
  encryptBlocks: (key, blocks) => run(createCipheriv, "sm4-ecb", key, null, blocks),
  decryptBlocks: (key, blocks) => run(createDecipheriv, "sm4-ecb", key, null, blocks),
  encryptChain: (key, iv, blocks) => run(createCipheriv, "sm4-cbc", key, iv, blocks),
  decryptChain: (key, iv, blocks) => run(createDecipheriv, "sm4-cbc", key, iv, blocks),
  cryptCounter: (key, counter, bytes) => run(createCipheriv, "sm4-ctr", key, counter, bytes),
};

/** SM4 in plain code. */
export const plainSm4: Sm4Cipher = {
  name: "plain",
  encryptBlocks: (key, blocks) => mapBlocks(blocks, createSm4Block(key).encrypt),
  decryptBlocks: (key, blocks) => mapBlocks(blocks, createSm4Block(key).decrypt),
  encryptChain: (key, iv, blocks) => {
    const { encrypt } = createSm4Block(key);
    let last = iv;
    return mapBlocks(blocks, (block) => (last = encrypt(exclusiveOr(block, last))));
  },
  decryptChain: (key, iv, blocks) => {
    const { decrypt } = createSm4Block(key);
    let last = iv;
    return mapBlocks(blocks, (block) => {
      const text = exclusiveOr(decrypt(block), last);
      last = block;
      return text;
    });
  },
  cryptCounter: (key, counter, bytes) => {
    const { encrypt } = createSm4Block(key);
    const current = Uint8Array.from(counter);
    return mapBlocks(bytes, (piece) => {
      const stream = encrypt(current);
      increment(current);
      return exclusiveOr(piece, stream.subarray(0, piece.length));
    });
  },
};

function mapBlocks(bytes: Uint8Array, change: (block: Uint8Array) => Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += blockBytes) {
    result.set(change(bytes.subarray(start, start + blockBytes)), start);
  }
  return result;
}

function exclusiveOr(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((byte, index) => byte ^ (right[index] ?? 0));
}

function increment(counter: Uint8Array): void {
  for (let index = blockBytes - 1, carry = 1; index >= 0 && carry > 0; index -= 1) {
    const sum = (counter[index] ?? 0) + carry;
    counter[index] = sum;
    carry = sum >> 8;
  }
}

// GB/T 32907-2016 annex A.1: key and plaintext are the same.
const knownInput = bytesOfHex("0123456789abcdeffedcba9876543210");
const knownOutput = bytesOfHex("681edf34d206965e86b3e94f536e4246");

/** Whether an implementation computes the published answer, both ways. */
export function isRightSm4(cipher: Sm4Cipher): boolean {
  try {
    return (
      equalBytes(cipher.encryptBlocks(knownInput, knownInput), knownOutput) &&
      equalBytes(cipher.decryptBlocks(knownInput, knownOutput), knownInput)
    );
  } catch {
    // node:crypto throws for a cipher that its OpenSSL was built without; whatever it says, this one cannot be used.
    return false;
  }
}

let chosen: Sm4Cipher | undefined;

/**
 * The SM4 of this process: node:crypto's where it is, else plain code, after the published answer.
 *
 * @throws Sm4Error if neither computes it.
 */
export function currentSm4(): Sm4Cipher {
  const candidates = getCiphers().includes("sm4-ecb") ? [nodeSm4, plainSm4] : [plainSm4];
  chosen ??= candidates.find(isRightSm4);
  if (chosen === undefined) throw new Sm4Error();
  return chosen;
}
