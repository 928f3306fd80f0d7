import {
  base64Of,
  bytesOfBase64,
  bytesOfHex,
  concatBytes,
  equalBytes,
  hexOf,
  utf8Of,
} from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { TlogError } from "./tlog-error.ts";

/** A key that signs notes, known under a name (C2SP signed-note, "Verifier keys"). */
export interface NoteKey {
  readonly name: string;
  /** Four bytes: a hint to find the key by, and no more than that. */
  readonly keyId: Uint8Array;
  /** SubjectPublicKeyInfo of an Ed25519 key, DER. */
  readonly publicKey: Uint8Array;
}

/** Ed25519 (RFC 8032) in C2SP signed-note. */
const ed25519Type = 0x01;

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 octets (RFC 8410 §4). */
const ed25519SpkiPrefix = bytesOfHex("302a300506032b6570032100");

export const keyIdBytes = 4;

/**
 * The key with this name.
 *
 * @param publicKey SubjectPublicKeyInfo, DER.
 * @throws TlogError `note-key-malformed` for a name with white space or "+"; `note-key-not-supported` unless Ed25519.
 */
export function noteKeyOf(name: string, publicKey: Uint8Array): NoteKey {
  if (!isKeyName(name)) throw new TlogError("note-key-malformed", `"${name}" cannot name a key`);
  return { name, keyId: keyIdOf(name, ed25519OctetsOf(publicKey)), publicKey };
}

/** `name+keyid+base64(type ‖ key)`: the text other people's tools take. */
export function encodeNoteKey(key: NoteKey): string {
  const typed = concatBytes(Uint8Array.of(ed25519Type), ed25519OctetsOf(key.publicKey));
  return `${key.name}+${hexOf(key.keyId)}+${base64Of(typed)}`;
}

/**
 * @throws TlogError `note-key-malformed`, also if the key id is not that of name and key; `note-key-not-supported` for a
 *   type other than Ed25519 (0x01).
 */
export function parseNoteKey(text: string): NoteKey {
  // Base64 may hold "+" too, so only the first two divide the text.
  const [, name = "", idHex = "", encoded = ""] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text) ?? [];
  if (!isKeyName(name)) throw new TlogError("note-key-malformed", "not name+keyid+key");
  const octets = ed25519OctetsOfTyped(decodeBase64(encoded) ?? new Uint8Array());
  const keyId = bytesOfHex(idHex);
  if (!equalBytes(keyId, keyIdOf(name, octets))) {
    throw new TlogError("note-key-malformed", "the key id does not belong to this name and key");
  }
  return { name, keyId, publicKey: concatBytes(ed25519SpkiPrefix, octets) };
}

function ed25519OctetsOfTyped(typed: Uint8Array): Uint8Array {
  const [type] = typed;
  if (type === undefined) throw new TlogError("note-key-malformed", "the key is not base64");
  if (type !== ed25519Type) {
    throw new TlogError("note-key-not-supported", `keys of type ${String(type)} are not supported`);
  }
  if (typed.length !== 33) throw new TlogError("note-key-malformed", "an Ed25519 key has 32 octets");
  return typed.subarray(1);
}

/** Not empty, and nothing in it that would end the name in a key or in a signature line. */
export function isKeyName(name: string): boolean {
  return /^[^\s+\p{Cc}]+$/u.test(name);
}

function keyIdOf(name: string, octets: Uint8Array): Uint8Array {
  return digest("SHA-256", utf8Of(`${name}\n`), Uint8Array.of(ed25519Type), octets).subarray(0, keyIdBytes);
}

function ed25519OctetsOf(publicKey: Uint8Array): Uint8Array {
  const prefix = publicKey.subarray(0, ed25519SpkiPrefix.length);
  if (publicKey.length !== ed25519SpkiPrefix.length + 32 || !equalBytes(prefix, ed25519SpkiPrefix)) {
    throw new TlogError("note-key-not-supported", "notes are signed with Ed25519 keys");
  }
  return publicKey.subarray(ed25519SpkiPrefix.length);
}

/** The bytes, or undefined if the text is not canonical base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return bytesOfBase64(text);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
