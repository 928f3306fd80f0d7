import { concatBytes, equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";

import { canonicalJson } from "./canonical-json.ts";

/** An event as the first audit trail stored it: a row linked to the row before. */
export interface ChainedRow {
  readonly sequence: number;
  readonly occurred_at: string;
  readonly action: string;
  readonly actor: string;
  readonly on_behalf_of: string | null;
  readonly subject: string;
  readonly detail: string;
  readonly previous_link: Uint8Array;
  readonly link: Uint8Array;
}

/** What the first event followed: no link of any event is all zero. */
export const firstLink: Uint8Array = new Uint8Array(32);

/** How far a chain was walked, and the first event at which it did not hold. */
export interface ChainWalk {
  readonly sequence: number;
  readonly link: Uint8Array;
  readonly brokenAt?: number;
}

/** The walk one event further. After a break it goes on from the link that is stored, and keeps the place of the break. */
export function walkChain(walk: ChainWalk, row: ChainedRow): ChainWalk {
  const isWhole =
    row.sequence === walk.sequence + 1 &&
    equalBytes(row.previous_link, walk.link) &&
    equalBytes(row.link, linkOf(walk.link, row));
  const brokenAt = walk.brokenAt ?? (isWhole ? undefined : walk.sequence + 1);
  return { sequence: row.sequence, link: row.link, ...(brokenAt !== undefined && { brokenAt }) };
}

/** The link of an event: SM3(the link before it ‖ the event in canonical JSON). */
export function linkOf(previous: Uint8Array, row: Omit<ChainedRow, "previous_link" | "link">): Uint8Array {
  const { sequence, occurred_at, action, actor, on_behalf_of, subject, detail } = row;
  const leaf = canonicalJson({ sequence, occurred_at, action, actor, on_behalf_of, subject, detail });
  return digest("SM3", concatBytes(previous, utf8Of(leaf)));
}
