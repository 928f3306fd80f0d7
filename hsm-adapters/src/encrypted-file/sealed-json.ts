import { base64Of, bytesOfBase64, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";

import { nonceBytes, storeCiphers } from "./store-cipher.ts";
import type { StoreCipherName } from "./store-cipher.ts";

/** The key of a whole store, and what it encrypts with. */
export interface MasterKey {
  readonly cipher: StoreCipherName;
  readonly key: Uint8Array;
}

/** A secret that only the master key opens, bound to the words beside it. */
export interface Sealed {
  readonly nonce: string;
  readonly ciphertext: string;
}

/** Encrypts `secret`; opening it needs the same `header`. */
export function seal(
  { cipher, key }: MasterKey,
  randomBytes: (length: number) => Uint8Array,
  header: readonly string[],
  secret: Uint8Array,
): Sealed {
  const nonce = randomBytes(nonceBytes);
  const ciphertext = storeCiphers[cipher].seal(key, nonce, secret, utf8Of(JSON.stringify(header)));
  return { nonce: base64Of(nonce), ciphertext: base64Of(ciphertext) };
}

/** The secret, or undefined if key, header, nonce or ciphertext is not the one it was made with. */
export function unseal(
  { cipher, key }: MasterKey,
  header: readonly string[],
  sealed: Sealed,
): Uint8Array | undefined {
  const nonce = decode(sealed.nonce);
  const ciphertext = decode(sealed.ciphertext);
  if (nonce?.length !== nonceBytes || ciphertext === undefined) return undefined;
  return storeCiphers[cipher].open(key, nonce, ciphertext, utf8Of(JSON.stringify(header)));
}

/**
 * The members of a JSON object that has exactly these, all texts, or undefined. Files are read with the same suspicion as
 * requests: whoever can write to the folder must not reach more than the keys.
 */
export function readTextMembers<Name extends string>(
  bytes: Uint8Array,
  names: readonly Name[],
): Readonly<Record<Name, string>> | undefined {
  const parsed = parseJson(bytes);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const members = new Map(Object.entries(parsed));
  if (members.size !== names.length) return undefined;
  const texts = names.map((name) => [name, members.get(name)] as const);
  if (texts.some(([, text]) => typeof text !== "string")) return undefined;
  return Object.fromEntries(texts) as Record<Name, string>;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOfUtf8(bytes));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof TypeError) return undefined;
    throw cause;
  }
}

/** The bytes, or undefined if the text is not canonical base64. */
export function decode(text: string): Uint8Array | undefined {
  try {
    return bytesOfBase64(text);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
