import { equalBytes } from "../bytes/index.ts";
import { verifySignature } from "../signer/index.ts";
import { derOfRawSignature } from "../sm2/index.ts";
import { noteKeyKinds } from "./note-key-kinds.ts";
import { decodeBase64, isKeyName, keyIdBytes } from "./note-key.ts";
import type { NoteKey } from "./note-key.ts";
import { signedMessage, splitSignature } from "./signed-message.ts";
import type { SignatureParts } from "./signed-message.ts";
import { TlogError } from "./tlog-error.ts";

/** A signature line, not yet believed. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** A text and its signature lines, well-formed and not yet believed (C2SP signed-note). */
export interface Note {
  /** With its final newline: what the signatures are over, in UTF-8. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** C2SP asks for at least 16; a checkpoint with more witnesses than this is an attack on the verifier's time. */
export const maximumNoteSignatures = 100;

/** A checkpoint has some 200 characters; other notes of the suite stay far below this too. */
export const maximumNoteCharacters = 1_000_000;

/** @throws TlogError `note-malformed`. */
export function parseNote(note: string): Note {
  if (note.length > maximumNoteCharacters) throw malformed("it is too long");
  if (hasForbiddenCharacter(note)) throw malformed("it has characters that no note has");
  const end = note.lastIndexOf("\n\n");
  if (end === -1 || !note.endsWith("\n")) throw malformed("no signatures follow an empty line");
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > maximumNoteSignatures) throw malformed("it has too many signatures");
  return { text: note.slice(0, end + 1), signatures: lines.map(parseSignatureLine) };
}

/** A signature that was found right. */
export interface VerifiedNoteSignature extends Omit<SignatureParts, "value"> {
  readonly key: NoteKey;
}

/** What came of checking a note. A good note names at least one key that was given. */
export type NoteVerification =
  | {
      readonly result: "passed";
      readonly text: string;
      readonly signedBy: readonly NoteKey[];
      /** Every right signature of a known key, in the order they stand; a witness may cosign twice. */
      readonly signatures: readonly VerifiedNoteSignature[];
    }
  | { readonly result: "failed"; readonly problem: NoteProblem; readonly detail: string };

export type NoteProblem = "note-malformed" | "note-signature-wrong" | "note-not-signed-by-known-key";

/**
 * Checks a note with the keys its reader knows. Signatures of other keys are ignored; one wrong signature under a known
 * key spoils the note, however many good ones stand beside it.
 */
export function verifyNote(note: string, keys: readonly NoteKey[]): NoteVerification {
  const parsed = parsedOrProblem(note);
  if ("problem" in parsed) return { result: "failed", ...parsed };
  const signatures: VerifiedNoteSignature[] = [];
  for (const { name, keyId, signature } of parsed.signatures) {
    for (const key of keys.filter((known) => known.name === name && equalBytes(known.keyId, keyId))) {
      const verified = verifyNoteSignature(key, parsed.text, signature);
      if (verified === undefined) {
        const detail = `the signature of ${name} is wrong`;
        return { result: "failed", problem: "note-signature-wrong", detail };
      }
      signatures.push(verified);
    }
  }
  if (signatures.length === 0) {
    return { result: "failed", problem: "note-not-signed-by-known-key", detail: "no known key signed it" };
  }
  const signedBy = [...new Set(signatures.map(({ key }) => key))];
  return { result: "passed", text: parsed.text, signedBy, signatures };
}

/** What the signature says if it is right; undefined if it is wrong, also because the text is nothing the key signs. */
function verifyNoteSignature(
  key: NoteKey,
  text: string,
  bytes: Uint8Array,
): VerifiedNoteSignature | undefined {
  const parts = splitSignature(key.kind, bytes);
  const message = parts && messageOrUndefined(key, text, parts);
  const signature = parts && signatureOf(key, parts.value);
  if (parts === undefined || message === undefined || signature === undefined) return undefined;
  const { algorithm } = noteKeyKinds[key.kind];
  if (!verifySignature({ algorithm, publicKey: key.publicKey, message, signature })) return undefined;
  const { timestamp, sm3Root } = parts;
  return { key, ...(timestamp !== undefined && { timestamp }), ...(sm3Root !== undefined && { sm3Root }) };
}

function messageOrUndefined(key: NoteKey, text: string, parts: SignatureParts): Uint8Array | undefined {
  try {
    return signedMessage(key, text, parts);
  } catch (cause) {
    if (cause instanceof TlogError) return undefined;
    throw cause;
  }
}

/** SM2 signatures stand in notes as r ‖ s of 64 bytes, and in nothing else. */
function signatureOf({ kind }: NoteKey, value: Uint8Array): Uint8Array | undefined {
  if (noteKeyKinds[kind].algorithm !== "SM2") return value;
  return value.length === 64 ? derOfRawSignature(value) : undefined;
}

function parsedOrProblem(note: string): Note | { problem: NoteProblem; detail: string } {
  try {
    return parseNote(note);
  } catch (cause) {
    if (cause instanceof TlogError) return { problem: "note-malformed", detail: cause.message };
    throw cause;
  }
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name, encoded, ...more] = line.split(" ");
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  if (dash !== "—" || name === undefined || !isKeyName(name) || bytes === undefined || more.length > 0) {
    throw malformed("a signature line is not “— name base64”");
  }
  if (bytes.length <= keyIdBytes) throw malformed("a signature line holds no signature");
  return { name, keyId: bytes.subarray(0, keyIdBytes), signature: bytes.subarray(keyIdBytes) };
}

/** @throws TlogError `note-text-malformed` if a note cannot have this text. */
export function checkNoteText(text: string): void {
  // An empty line inside is allowed; the last one is what divides the text from its signatures.
  const isText = text.endsWith("\n") && !hasForbiddenCharacter(text);
  if (!isText) {
    throw new TlogError(
      "note-text-malformed",
      "a note's text ends with a newline and has no other control character",
    );
  }
}

/** A control character other than newline, or half a surrogate pair, which UTF-8 cannot carry. */
function hasForbiddenCharacter(text: string): boolean {
  return /[^\P{Cc}\n]|\p{Cs}/u.test(text);
}

function malformed(detail: string): TlogError {
  return new TlogError("note-malformed", `not a signed note: ${detail}`);
}
