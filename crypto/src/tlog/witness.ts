import { base64Of, equalBytes } from "../bytes/index.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { emptyRoot } from "./hashing.ts";
import { parseLeafCount } from "./leaf-count.ts";
import { decodeBase64 } from "./note-key.ts";
import type { NoteKey } from "./note-key.ts";
import { maximumNoteCharacters, verifyNote } from "./note.ts";
import { treeHashBytes } from "./tile.ts";
import { TlogError } from "./tlog-error.ts";
import { verifyConsistency } from "./verify-proof.ts";

/** The body of `POST /add-checkpoint`, well-formed and not yet believed (C2SP tlog-witness). */
export interface AddCheckpointRequest {
  /** The size that the log believes the witness has seen. */
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note, as it came. */
  readonly note: string;
  readonly checkpoint: Checkpoint;
}

/** What a witness knows about the log that the checkpoint names. */
export interface WitnessedLog {
  /** The keys whose signature under its checkpoints is believed. */
  readonly keys: readonly NoteKey[];
  /** The last checkpoint that this witness cosigned; absent before the first. */
  readonly latest?: Pick<Checkpoint, "size" | "root">;
}

/** An answer of C2SP tlog-witness. With 409, `size` is the body; of the others, `detail` may be. */
export type WitnessDecision =
  | { readonly status: 200; readonly checkpoint: Checkpoint; readonly text: string }
  | { readonly status: 409; readonly size: number; readonly detail: string }
  | { readonly status: 400 | 403 | 404 | 422; readonly detail: string };

/** C2SP tlog-witness: no tree that can be has a longer consistency proof. */
const maximumProofLines = 63;

/** @throws TlogError `proof-malformed` or `checkpoint-malformed`: answer 400. */
export function parseAddCheckpoint(body: string): AddCheckpointRequest {
  // The note itself is bounded again; this keeps a hostile body from being split into a million lines.
  if (body.length > maximumNoteCharacters) throw malformed("it is too long");
  const end = body.indexOf("\n\n");
  if (end === -1) throw malformed("no empty line follows the proof");
  const [oldLine = "", ...proofLines] = body.slice(0, end).split("\n");
  const oldSize = oldLine.startsWith("old ") ? parseLeafCount(oldLine.slice("old ".length)) : undefined;
  if (oldSize === undefined) throw malformed("it does not begin with the old size");
  if (proofLines.length > maximumProofLines) throw malformed("its proof has more than 63 hashes");
  const proof = proofLines.map((line) => {
    const hash = decodeBase64(line);
    if (hash?.length !== treeHashBytes) throw malformed("a line of its proof is not base64 of a hash");
    return hash;
  });
  const note = body.slice(end + 2);
  // A signature line that cannot be read is no signature of a trusted key: that is answered later, with 403.
  return { oldSize, proof, note, checkpoint: parseCheckpoint(note.slice(0, note.lastIndexOf("\n\n") + 1)) };
}

/**
 * What a witness answers (C2SP tlog-witness, "add-checkpoint"). A witness finds `log` by the origin of the checkpoint; it
 * must read `latest`, decide, and store the new checkpoint as one step, and only then cosign and answer: otherwise two
 * requests at once could take it back to the smaller tree.
 *
 * @param log undefined if the witness does not know a log of this origin.
 */
export function decideAddCheckpoint(
  request: AddCheckpointRequest,
  log: WitnessedLog | undefined,
): WitnessDecision {
  const { oldSize, note, checkpoint } = request;
  if (log === undefined) return { status: 404, detail: "unknown log" };
  const verified = verifyNote(note, log.keys);
  if (verified.result === "failed") return { status: 403, detail: `invalid signature: ${verified.detail}` };
  if (oldSize > checkpoint.size) {
    return { status: 400, detail: "the old size is larger than the checkpoint's" };
  }
  const recorded = log.latest?.size ?? 0;
  if (oldSize !== recorded) {
    return {
      status: 409,
      size: recorded,
      detail: "the old size is not that of the last cosigned checkpoint",
    };
  }
  if (!continues(request, log.latest)) {
    return { status: 422, detail: "the consistency proof does not lead to this checkpoint" };
  }
  return { status: 200, checkpoint, text: verified.text };
}

function continues(
  { oldSize, proof, checkpoint }: AddCheckpointRequest,
  latest: WitnessedLog["latest"],
): boolean {
  if (oldSize === 0 || latest === undefined) {
    // Everything continues the empty tree, and that tree has only one root.
    return proof.length === 0 && (checkpoint.size > 0 || equalBytes(checkpoint.root, emptyRoot()));
  }
  const { size, root } = checkpoint;
  return verifyConsistency({
    firstSize: oldSize,
    firstRoot: latest.root,
    secondSize: size,
    secondRoot: root,
    proof,
  });
}

/** The body that a log sends: the proof from what the witness has to the signed checkpoint. The inverse of {@link parseAddCheckpoint}. */
export function encodeAddCheckpoint({
  oldSize,
  proof,
  note,
}: Pick<AddCheckpointRequest, "oldSize" | "proof" | "note">): string {
  const body = [`old ${String(oldSize)}`, ...proof.map(base64Of), "", note].join("\n");
  parseAddCheckpoint(body);
  return body;
}

function malformed(detail: string): TlogError {
  return new TlogError("proof-malformed", `not a request to add a checkpoint: ${detail}`);
}
