import { base64Of } from "../bytes/index.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { leafHash } from "./hashing.ts";
import { parseLeafCount } from "./leaf-count.ts";
import { judgeCheckpoint } from "./log-policy.ts";
import type { CheckpointJudgement, CheckpointProblem, LogPolicy } from "./log-policy.ts";
import { decodeBase64 } from "./note-key.ts";
import { maximumNoteCharacters, parseNote } from "./note.ts";
import { treeHashBytes } from "./tile.ts";
import { TlogError } from "./tlog-error.ts";
import { verifyInclusion } from "./verify-proof.ts";

/** All that it takes to believe offline that an entry is in a log, besides the entry and a policy (C2SP tlog-proof). */
export interface LogProof {
  readonly index: number;
  /** The leaf's sibling first (RFC 9162 §2.1.3). */
  readonly hashes: readonly Uint8Array[];
  /** The log's checkpoint with whatever cosignatures it has: a signed note. */
  readonly checkpoint: string;
  /** Whatever an application needs to rebuild the entry. Nothing vouches for it. */
  readonly extra?: Uint8Array;
}

const firstLine = "c2sp.org/tlog-proof@v1";

/** No tree within 2^48 leaves has a longer one. */
const maximumHashes = 48;

/** @throws TlogError `proof-malformed`, `note-malformed` or `checkpoint-malformed`; what is written, parses to the same. */
export function encodeLogProof({ index, hashes, checkpoint, extra }: LogProof): string {
  const text = [
    firstLine,
    ...(extra === undefined ? [] : [`extra ${base64Of(extra)}`]),
    `index ${String(index)}`,
    ...hashes.map(base64Of),
    "",
    checkpoint,
  ].join("\n");
  parseLogProof(text);
  return text;
}

/** @throws TlogError `proof-malformed`, `note-malformed` or `checkpoint-malformed`. */
export function parseLogProof(text: string): LogProof {
  if (text.length > maximumNoteCharacters) throw malformed("it is too long");
  const end = text.indexOf("\n\n");
  if (end === -1) throw malformed("no checkpoint follows an empty line");
  const [first, ...lines] = text.slice(0, end).split("\n");
  if (first !== firstLine) throw malformed(`it does not begin with ${firstLine}`);
  const extra = readExtra(valueAfter("extra ", lines[0]));
  if (extra !== undefined) lines.shift();
  const index = parseLeafCount(valueAfter("index ", lines.shift()) ?? "");
  if (index === undefined) throw malformed("it has no index");
  if (lines.length > maximumHashes) throw malformed("it has too many hashes");
  const checkpoint = text.slice(end + 2);
  parseCheckpoint(parseNote(checkpoint).text);
  return { index, hashes: lines.map(hashOf), checkpoint, ...(extra !== undefined && { extra }) };
}

function valueAfter(word: string, line: string | undefined): string | undefined {
  return line?.startsWith(word) === true ? line.slice(word.length) : undefined;
}

function readExtra(text: string | undefined): Uint8Array | undefined {
  const extra = text === undefined ? undefined : decodeBase64(text);
  if (text !== undefined && extra === undefined) throw malformed("its extra data is not base64");
  return extra;
}

/** What came of checking a proof of logging. */
export type LogProofVerification =
  | (Extract<CheckpointJudgement, { result: "passed" }> & { readonly index: number })
  | {
      readonly result: "failed";
      readonly problem: "proof-malformed" | "entry-not-included" | CheckpointProblem;
      readonly detail: string;
    };

/**
 * Whether the text proves that `entry` is in a log that the policy accepts, under a checkpoint that it accepts
 * (C2SP tlog-proof, C2SP tlog-policy). Reports the first step that fails: the form, the checkpoint, then the inclusion.
 */
export function verifyLogProof(text: string, entry: Uint8Array, policy: LogPolicy): LogProofVerification {
  const proof = parsedOrProblem(text);
  if ("detail" in proof) return { result: "failed", problem: "proof-malformed", detail: proof.detail };
  const judged = judgeCheckpoint(proof.checkpoint, policy);
  if (judged.result === "failed") return judged;
  if (!isIncluded(proof, entry, judged.checkpoint)) {
    const detail = "the hashes do not lead from the entry to the root";
    return { result: "failed", problem: "entry-not-included", detail };
  }
  return { ...judged, index: proof.index };
}

function isIncluded({ index, hashes }: LogProof, entry: Uint8Array, { size, root }: Checkpoint): boolean {
  return verifyInclusion({ leafHash: leafHash(entry), index, size, proof: hashes, root });
}

function parsedOrProblem(text: string): LogProof | { detail: string } {
  try {
    return parseLogProof(text);
  } catch (cause) {
    if (cause instanceof TlogError) return { detail: cause.message };
    throw cause;
  }
}

function hashOf(line: string): Uint8Array {
  const hash = decodeBase64(line);
  if (hash?.length !== treeHashBytes) throw malformed("a hash is not base64 of 32 bytes");
  return hash;
}

function malformed(detail: string): TlogError {
  return new TlogError("proof-malformed", `not a proof of logging: ${detail}`);
}
