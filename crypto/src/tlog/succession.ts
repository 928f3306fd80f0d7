import { equalBytes } from "../bytes/index.ts";
import { leafHash } from "./hashing.ts";
import { judgeCheckpoint } from "./log-policy.ts";
import type { CheckpointProblem } from "./log-policy.ts";
import { encodeLogProof, parseLogProof } from "./log-proof.ts";
import type { LogProof } from "./log-proof.ts";
import { encodeNoteKey, parseNoteKey } from "./note-key.ts";
import type { NoteKey } from "./note-key.ts";
import { TlogError } from "./tlog-error.ts";
import { verifyInclusion } from "./verify-proof.ts";

/** What a log says in a leaf of its own before it signs with another key. */
export interface KeySuccessor {
  /** The log; both keys have this name. */
  readonly origin: string;
  readonly from: NoteKey;
  readonly to: NoteKey;
}

const statementType = "yinxin-log-key-successor";

/**
 * The members of the statement, to be written in canonical JSON: as a whole leaf, or as the member `detail` of one.
 *
 * @throws TlogError `note-key-malformed` if the keys do not both sign checkpoints under the log's name.
 */
export function keySuccessorStatement(successor: KeySuccessor): {
  readonly type: typeof statementType;
  readonly origin: string;
  readonly from_key: string;
  readonly to_key: string;
} {
  const { origin, from, to } = successor;
  if (!isSuccession(successor)) {
    throw new TlogError(
      "note-key-malformed",
      "both keys of a succession sign checkpoints under the log's name",
    );
  }
  return { type: statementType, origin, from_key: encodeNoteKey(from), to_key: encodeNoteKey(to) };
}

/** Entries of a log have a length of two octets. */
const maximumLeafBytes = 0xff_ff;

/** The statement in a leaf: the leaf is one, or its `detail` is. Undefined if there is none that can be read. */
export function parseKeySuccessor(leaf: Uint8Array): KeySuccessor | undefined {
  const statement = leaf.length > maximumLeafBytes ? undefined : statementIn(parsedOrUndefined(leaf));
  if (statement === undefined) return undefined;
  const { origin, from_key: fromText, to_key: toText } = statement;
  const from = keyOrUndefined(fromText);
  const to = keyOrUndefined(toText);
  if (typeof origin !== "string" || from === undefined || to === undefined) return undefined;
  const successor = { origin, from, to };
  return isSuccession(successor) ? successor : undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

function statementIn(leaf: JsonObject | undefined): JsonObject | undefined {
  return [leaf, objectOrUndefined(leaf?.["detail"])].find((value) => value?.["type"] === statementType);
}

/**
 * The proof that a key follows another: a C2SP tlog-proof whose extra data is the leaf and whose checkpoint the earlier key
 * signed.
 *
 * @throws TlogError `proof-malformed`, `note-malformed` or `checkpoint-malformed`.
 */
export function encodeSuccession(leaf: Uint8Array, proof: Omit<LogProof, "extra">): string {
  return encodeLogProof({ ...proof, extra: leaf });
}

export type SuccessionVerification =
  | { readonly result: "passed"; readonly successor: KeySuccessor; readonly index: number }
  | {
      readonly result: "failed";
      readonly problem:
        | "proof-malformed"
        | "statement-malformed"
        | "key-not-known"
        | "entry-not-included"
        | CheckpointProblem;
      readonly detail: string;
    };

/**
 * Whether the text proves that one of `known` named a successor inside its log: the statement names a known key, that very key
 * signed the checkpoint, and the leaf is under it. Only then may a verifier or a witness know the new key too.
 */
export function verifySuccession(text: string, known: readonly NoteKey[]): SuccessionVerification {
  const proof = proofOrProblem(text);
  if (typeof proof === "string") return failed("proof-malformed", proof);
  const leaf = proof.extra ?? new Uint8Array();
  const successor = parseKeySuccessor(leaf);
  if (successor === undefined) return failed("statement-malformed", "its extra data names no successor");
  if (!known.some((key) => isSameKey(key, successor.from))) {
    return failed("key-not-known", `${encodeNoteKey(successor.from)} is not a known key`);
  }
  const policy = { logs: [{ key: successor.from }], witnesses: [], groups: [], quorum: undefined };
  const judged = judgeCheckpoint(proof.checkpoint, policy);
  if (judged.result === "failed") return failed(judged.problem, judged.detail);
  const { size, root } = judged.checkpoint;
  const claim = { leafHash: leafHash(leaf), index: proof.index, size, proof: proof.hashes, root };
  if (!verifyInclusion(claim)) {
    return failed("entry-not-included", "the hashes do not lead from the statement to the root");
  }
  return { result: "passed", successor, index: proof.index };
}

/** Whether both are one key in one kind under one name. */
export function isSameKey(one: NoteKey, other: NoteKey): boolean {
  return one.name === other.name && one.kind === other.kind && equalBytes(one.publicKey, other.publicKey);
}

/** A cosigner's key signs no log's checkpoint, and an SM3 tree's key alone makes none believed. */
const kindsOfLogs: readonly NoteKey["kind"][] = ["ed25519", "sm2"];

function isSuccession({ origin, from, to }: KeySuccessor): boolean {
  const areOfLog = [from, to].every(({ name, kind }) => name === origin && kindsOfLogs.includes(kind));
  return areOfLog && !equalBytes(from.publicKey, to.publicKey);
}

function failed(
  problem: Extract<SuccessionVerification, { result: "failed" }>["problem"],
  detail: string,
): SuccessionVerification {
  return { result: "failed", problem, detail };
}

function proofOrProblem(text: string): LogProof | string {
  try {
    return parseLogProof(text);
  } catch (cause) {
    if (cause instanceof TlogError) return cause.message;
    throw cause;
  }
}

function keyOrUndefined(text: unknown): NoteKey | undefined {
  try {
    return typeof text === "string" ? parseNoteKey(text) : undefined;
  } catch (cause) {
    if (cause instanceof TlogError) return undefined;
    throw cause;
  }
}

function parsedOrUndefined(leaf: Uint8Array): JsonObject | undefined {
  try {
    return objectOrUndefined(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(leaf)));
  } catch {
    // SyntaxError of JSON, TypeError of UTF-8: a leaf may be anything.
    return undefined;
  }
}

function objectOrUndefined(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}
