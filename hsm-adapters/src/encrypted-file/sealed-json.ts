import { createCipheriv, createDecipheriv } from "node:crypto";

import { base64Of, bytesOfBase64, concatBytes, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";

// AES-256-GCM with the sizes of NIST SP 800-38D §5.2.1: 96-bit nonce, 128-bit tag.
const cipherName = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** A secret that only the master key opens, bound to the words beside it. */
export interface Sealed {
  readonly nonce: string;
  readonly ciphertext: string;
}

/** Encrypts `secret`; opening it needs the same `header`. */
export function seal(
  masterKey: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
  header: readonly string[],
  secret: Uint8Array,
): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, masterKey, nonce).setAAD(utf8Of(JSON.stringify(header)));
  const ciphertext = concatBytes(cipher.update(secret), cipher.final(), cipher.getAuthTag());
  return { nonce: base64Of(nonce), ciphertext: base64Of(ciphertext) };
}

/** The secret, or undefined if key, header, nonce or ciphertext is not the one it was made with. */
export function unseal(
  masterKey: Uint8Array,
  header: readonly string[],
  sealed: Sealed,
): Uint8Array | undefined {
  const nonce = decode(sealed.nonce);
  const ciphertext = decode(sealed.ciphertext);
  if (nonce?.length !== nonceBytes || ciphertext === undefined || ciphertext.length < tagBytes)
    return undefined;
  const decipher = createDecipheriv(cipherName, masterKey, nonce, { authTagLength: tagBytes })
    .setAAD(utf8Of(JSON.stringify(header)))
    .setAuthTag(ciphertext.subarray(-tagBytes));
  const secret = decipher.update(ciphertext.subarray(0, -tagBytes));
  try {
    decipher.final();
  } catch {
    // node:crypto has one plain Error for a wrong tag, and there is nothing else for `final` to find.
    secret.fill(0);
    return undefined;
  }
  return secret;
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
