import { base64Of } from "../bytes/index.ts";
import { parseLeafCount } from "./leaf-count.ts";
import { decodeBase64 } from "./note-key.ts";
import { treeHashBytes } from "./tile.ts";
import { TlogError } from "./tlog-error.ts";

/** A log's statement of how many leaves it has and what their root is: the text of a note (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Names the log for good, like `example.org/ledger`; no scheme. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** @throws TlogError `checkpoint-malformed` if a member cannot be written; what is written, parses to the same. */
export function encodeCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${String(size)}\n${base64Of(root)}\n`;
  parseCheckpoint(text);
  return text;
}

/**
 * Reads a note's text. Extension lines are read over: C2SP tlog-checkpoint recommends none and gives them no meaning.
 *
 * @throws TlogError `checkpoint-malformed`.
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith("\n")) throw malformed("it does not end with a newline");
  const [origin = "", sizeText = "", rootText = "", ...extensions] = text.slice(0, -1).split("\n");
  if (!/^[^\p{Cc}]+$/u.test(origin)) throw malformed("it has no origin");
  const size = parseLeafCount(sizeText);
  if (size === undefined) throw malformed("its size is not a number of leaves");
  const root = decodeBase64(rootText);
  if (root?.length !== treeHashBytes) throw malformed("its root is not base64 of 32 bytes");
  if (extensions.includes("")) throw malformed("an extension line is empty");
  return { origin, size, root };
}

function malformed(detail: string): TlogError {
  return new TlogError("checkpoint-malformed", `not a checkpoint: ${detail}`);
}
