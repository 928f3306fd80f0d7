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
import { noteKeyKinds } from "./note-key-kinds.ts";
import type { NoteKeyKind } from "./note-key-kinds.ts";
import { TlogError } from "./tlog-error.ts";

/** A key that signs notes, known under a name (C2SP signed-note, "Verifier keys"). */
export interface NoteKey {
  readonly name: string;
  /** What its signatures are over and look like. One key pair may sign in several kinds, under several ids. */
  readonly kind: NoteKeyKind;
  /** Four bytes: a hint to find the key by, and no more than that. */
  readonly keyId: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

export const keyIdBytes = 4;

const kinds = Object.keys(noteKeyKinds) as NoteKeyKind[];

/**
 * The key with this name.
 *
 * @param publicKey SubjectPublicKeyInfo, DER.
 * @param kind by default the one that signs whole notes with such a key: `ed25519` or `sm2`.
 * @throws TlogError `note-key-malformed` for a name with white space or "+"; `note-key-not-supported` for a key that does
 *   not sign so.
 */
export function noteKeyOf(name: string, publicKey: Uint8Array, kind?: NoteKeyKind): NoteKey {
  if (!isKeyName(name)) throw new TlogError("note-key-malformed", `"${name}" cannot name a key`);
  const chosen = kind ?? kinds.find((candidate) => octetsOf(publicKey, candidate) !== undefined);
  const octets = chosen && octetsOf(publicKey, chosen);
  if (chosen === undefined || octets === undefined) {
    throw new TlogError("note-key-not-supported", `this key does not sign notes${kind ? ` as ${kind}` : ""}`);
  }
  return { name, kind: chosen, keyId: keyIdOf(name, typedKey(chosen, octets)), publicKey };
}

/** `name+keyid+base64(type ‖ key)`: the text other people's tools take. */
export function encodeNoteKey({ name, kind, keyId, publicKey }: NoteKey): string {
  const octets = octetsOf(publicKey, kind);
  if (octets === undefined)
    throw new TlogError("note-key-not-supported", `this key does not sign as ${kind}`);
  return `${name}+${hexOf(keyId)}+${base64Of(typedKey(kind, octets))}`;
}

/**
 * @throws TlogError `note-key-malformed`, also if the key id is not that of name and key; `note-key-not-supported` for a
 *   type that is not in the table of kinds.
 */
export function parseNoteKey(text: string): NoteKey {
  // Base64 may hold "+" too, so only the first two divide the text.
  const [, name = "", idHex = "", encoded = ""] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text) ?? [];
  if (!isKeyName(name)) throw new TlogError("note-key-malformed", "not name+keyid+key");
  const typed = decodeBase64(encoded);
  if (typed === undefined || typed.length === 0) {
    throw new TlogError("note-key-malformed", "the key is not base64");
  }
  const { kind, octets } = readTyped(typed);
  const keyId = bytesOfHex(idHex);
  if (!equalBytes(keyId, keyIdOf(name, typed))) {
    throw new TlogError("note-key-malformed", "the key id does not belong to this name and key");
  }
  return { name, kind, keyId, publicKey: concatBytes(noteKeyKinds[kind].spkiPrefix, octets) };
}

function readTyped(typed: Uint8Array): { kind: NoteKeyKind; octets: Uint8Array } {
  const kind = kinds.find((candidate) => startsWith(typed, noteKeyKinds[candidate].type));
  if (kind === undefined) {
    throw new TlogError("note-key-not-supported", `keys of type ${String(typed[0])} are not supported`);
  }
  const { type, keyBytes, keyPrefix } = noteKeyKinds[kind];
  const octets = typed.subarray(type.length);
  if (octets.length !== keyBytes || !startsWith(octets, keyPrefix)) {
    throw new TlogError("note-key-malformed", `a key of ${kind} has ${String(keyBytes)} octets`);
  }
  return { kind, octets };
}

/** Not empty, and nothing in it that would end the name in a key or in a signature line. */
export function isKeyName(name: string): boolean {
  return /^[^\s+\p{Cc}]+$/u.test(name);
}

function keyIdOf(name: string, typed: Uint8Array): Uint8Array {
  return digest("SHA-256", utf8Of(`${name}\n`), typed).subarray(0, keyIdBytes);
}

function typedKey(kind: NoteKeyKind, octets: Uint8Array): Uint8Array {
  return concatBytes(noteKeyKinds[kind].type, octets);
}

/** The key as the kind's type writes it, or undefined if it is a key of another sort. */
function octetsOf(publicKey: Uint8Array, kind: NoteKeyKind): Uint8Array | undefined {
  const { spkiPrefix, keyPrefix, keyBytes } = noteKeyKinds[kind];
  const octets = publicKey.subarray(spkiPrefix.length);
  const isKey =
    startsWith(publicKey, spkiPrefix) && startsWith(octets, keyPrefix) && octets.length === keyBytes;
  return isKey ? octets : undefined;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && equalBytes(bytes.subarray(0, prefix.length), prefix);
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
