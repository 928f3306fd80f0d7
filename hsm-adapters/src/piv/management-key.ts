import { createCipheriv, createDecipheriv } from "node:crypto";

import { bytesOfHex, equalBytes, textOfUtf8 } from "@yinxin/crypto/bytes";

import { KeyStoreError } from "../key-store/index.ts";
import { pinFile } from "../pin/index.ts";
import { exchangeChecked, instructions } from "./apdu.ts";
import type { CardChannel } from "./apdu.ts";
import { statusOf } from "./card-error.ts";
import { keyReferences } from "./piv-slots.ts";
import { findTlv, tlv } from "./tlv.ts";

/** The ciphers of a card management key, with PIV's numbers (SP 800-78-4 §6.2, table 6-2). */
const ciphers = {
  "3des": { identifier: 0x03, cipher: "des-ede3-ecb", keyOctets: 24, blockOctets: 8 },
  "aes-128": { identifier: 0x08, cipher: "aes-128-ecb", keyOctets: 16, blockOctets: 16 },
  "aes-192": { identifier: 0x0a, cipher: "aes-192-ecb", keyOctets: 24, blockOctets: 16 },
  "aes-256": { identifier: 0x0c, cipher: "aes-256-ecb", keyOctets: 32, blockOctets: 16 },
} as const;

export type ManagementAlgorithm = keyof typeof ciphers;
export const managementAlgorithms = Object.keys(ciphers) as readonly ManagementAlgorithm[];

/** Where the card management key is: whoever has it makes keys and writes certificates. */
export interface ManagementKeyConfig {
  /** A file with the key in hexadecimal, mode 0400. */
  readonly file: string;
  readonly algorithm: ManagementAlgorithm;
}

/** The key that cards leave the factory with; a tool that accepts it lets everybody write to the card. */
const factoryKey = bytesOfHex("010203040506070801020304050607080102030405060708");

/**
 * Proves to the card that we have its management key, and lets the card prove it to us: mutual authentication by a witness and
 * a challenge (SP 800-73-4 Part 2 Appendix A.1).
 *
 * @throws KeyStoreError `not-permitted` if the key is not the card's, `pin-default` for the one from the factory, what the file's
 *   reading says.
 */
export async function authenticateManagement(
  channel: CardChannel,
  { file, algorithm }: ManagementKeyConfig,
  randomBytes: (length: number) => Uint8Array,
): Promise<void> {
  const key = await readManagementKey(file, algorithm);
  try {
    const { blockOctets } = ciphers[algorithm];
    const witness = await authenticate(channel, algorithm, tlv(0x80));
    const encrypted = valueOf(witness, 0x80, blockOctets);
    const challenge = randomBytes(blockOctets);
    const answer = await authenticate(
      channel,
      algorithm,
      tlv(0x80, transform("decrypt", algorithm, key, encrypted)),
      tlv(0x81, challenge),
    ).catch((cause: unknown) => {
      throw isRefusal(cause) ? notTheKey(file, cause) : cause;
    });
    const proof = valueOf(answer, 0x82, blockOctets);
    if (!equalBytes(proof, transform("encrypt", algorithm, key, challenge))) throw notTheKey(file);
  } finally {
    key.fill(0);
  }
}

function authenticate(
  channel: CardChannel,
  algorithm: ManagementAlgorithm,
  ...members: readonly Uint8Array[]
): Promise<Uint8Array> {
  return exchangeChecked(channel, {
    name: "GENERAL AUTHENTICATE with the management key",
    instruction: instructions.generalAuthenticate,
    parameters: [ciphers[algorithm].identifier, keyReferences.management],
    data: tlv(0x7c, ...members),
  });
}

function valueOf(answer: Uint8Array, tag: number, length: number): Uint8Array {
  const value = findTlv(findTlv(answer, 0x7c) ?? new Uint8Array(), tag);
  if (value?.length === length) return value;
  throw new KeyStoreError("device-error", "the card's proof for its management key is not of that cipher");
}

function transform(
  direction: "encrypt" | "decrypt",
  algorithm: ManagementAlgorithm,
  key: Uint8Array,
  block: Uint8Array,
): Uint8Array {
  const create = direction === "encrypt" ? createCipheriv : createDecipheriv;
  // One block: there is nothing that a mode of operation could hide.
  return create(ciphers[algorithm].cipher, key, null).setAutoPadding(false).update(block);
}

async function readManagementKey(file: string, algorithm: ManagementAlgorithm): Promise<Uint8Array> {
  const text = (await pinFile(file).read()) ?? new Uint8Array();
  try {
    const key = bytesOfHex(textOfUtf8(text));
    if (key.length !== ciphers[algorithm].keyOctets)
      throw new RangeError("not the length of this cipher's key");
    if (equalBytes(key, factoryKey)) {
      throw new KeyStoreError(
        "pin-default",
        "the card still has the management key of the factory: change it first",
      );
    }
    return key;
  } catch (cause) {
    if (cause instanceof KeyStoreError) throw cause;
    // The cause would show the key.
    throw new KeyStoreError(
      "configuration-malformed",
      `${file} does not hold a key for ${algorithm} in hexadecimal`,
    );
  } finally {
    text.fill(0);
  }
}

/** The card's word on the proof; anything else is about the connection to the card. */
function isRefusal(cause: unknown): boolean {
  return statusOf(cause) !== undefined && cause instanceof KeyStoreError && cause.code !== "session-lost";
}

function notTheKey(file: string, cause?: unknown): KeyStoreError {
  return new KeyStoreError("not-permitted", `the card refuses the management key in ${file}`, { cause });
}
