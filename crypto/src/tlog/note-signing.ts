import { base64Of, concatBytes } from "../bytes/index.ts";
import { signVerified } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { rawOfDerSignature } from "../sm2/index.ts";
import type { NoteKeyKind } from "./note-key-kinds.ts";
import { noteKeyKinds } from "./note-key-kinds.ts";
import { noteKeyOf } from "./note-key.ts";
import type { NoteKey } from "./note-key.ts";
import { checkNoteText, parseNote } from "./note.ts";
import { joinSignature, signedMessage, subtreeMessage } from "./signed-message.ts";
import type { SignatureParts, SubtreeStatement } from "./signed-message.ts";
import { TlogError } from "./tlog-error.ts";

/** A key that signs notes, and the name it does that under. */
export interface NoteSigner {
  readonly signer: Signer;
  readonly name: string;
}

/**
 * Signs a text under a name and returns the whole note, with an Ed25519 signature (0x01) or an SM2 one (0xff).
 *
 * @throws TlogError `note-text-malformed` if the text is empty, lacks its final newline or has control characters;
 *   `note-key-malformed` or `note-key-not-supported` for the name or the key; SignerError `signature-wrong`.
 */
export async function signNote(deps: NoteSigner, text: string): Promise<string> {
  checkNoteText(text);
  return `${text}\n${await noteSignatureLine(deps, text)}`;
}

/** The signature line alone, to stand under a note that others sign too. Errors as {@link signNote}. */
export async function noteSignatureLine(deps: NoteSigner, text: string): Promise<string> {
  checkNoteText(text);
  return signatureLine(deps, noteKeyOf(deps.name, deps.signer.publicKey), text, {});
}

/**
 * A witness's cosignature line over a checkpoint (C2SP tlog-cosignature): type 0x04 with an Ed25519 key, 0x06 with an
 * ML-DSA-44 key. That the checkpoint continues what the witness saw before is for the caller to have made sure of.
 *
 * @param at when the witness saw it; whole seconds are kept.
 * @throws TlogError `checkpoint-malformed`, `note-key-malformed` or `note-key-not-supported`; SignerError `signature-wrong`.
 */
export async function cosignatureLine(deps: NoteSigner, text: string, at: Date): Promise<string> {
  const kind = deps.signer.algorithm === "Ed25519" ? "cosignature-ed25519" : "cosignature-ml-dsa-44";
  const timestamp = Math.floor(at.getTime() / 1000);
  return signatureLine(deps, noteKeyOf(deps.name, deps.signer.publicKey, kind), text, { timestamp });
}

/**
 * A log's signature line over a checkpoint and, with it, the root of the same leaves in the tree under SM3: an SM2 signature
 * of type 0xff that carries the root. Whoever does not know the key passes it over like any other.
 *
 * @throws TlogError `checkpoint-malformed`, `note-key-malformed` or `note-key-not-supported`; SignerError `signature-wrong`.
 */
export async function sm3TreeSignatureLine(
  deps: NoteSigner,
  text: string,
  sm3Root: Uint8Array,
): Promise<string> {
  return signatureLine(deps, noteKeyOf(deps.name, deps.signer.publicKey, "sm3-tree"), text, { sm3Root });
}

/**
 * The bytes an ML-DSA-44 cosigner answers for a subtree: timestamp and signature (C2SP tlog-cosignature). Subtrees that do
 * not begin at 0 have no checkpoint, so there is no line to put this in.
 *
 * @throws TlogError `checkpoint-malformed` or `note-key-not-supported`; SignerError `signature-wrong`.
 */
export async function signSubtree(signer: Signer, statement: SubtreeStatement): Promise<Uint8Array> {
  if (signer.algorithm !== "ML-DSA-44") {
    throw new TlogError("note-key-not-supported", "subtrees are cosigned with ML-DSA-44 keys");
  }
  const value = await signVerified(signer, subtreeMessage(statement));
  return joinSignature({ timestamp: statement.timestamp, value });
}

/**
 * The note with these signature lines under it, each once.
 *
 * @throws TlogError `note-malformed` if the outcome is not a note.
 */
export function addSignatureLines(note: string, lines: readonly string[]): string {
  const present = new Set(note.slice(note.lastIndexOf("\n\n") + 2).split(/(?<=\n)/));
  const joined = note + [...new Set(lines)].filter((line) => !present.has(line)).join("");
  parseNote(joined);
  return joined;
}

async function signatureLine(
  { signer }: NoteSigner,
  key: NoteKey,
  text: string,
  parts: Omit<SignatureParts, "value">,
): Promise<string> {
  const signature = await signVerified(signer, signedMessage(key, text, parts));
  const bytes = joinSignature({ ...parts, value: fixedSignature(key.kind, signature) });
  return `— ${key.name} ${base64Of(concatBytes(key.keyId, bytes))}\n`;
}

/** SM2 signatures stand in notes as r ‖ s, so that one signature has one form; the others are so already. */
function fixedSignature(kind: NoteKeyKind, signature: Uint8Array): Uint8Array {
  return noteKeyKinds[kind].algorithm === "SM2" ? rawOfDerSignature(signature) : signature;
}
