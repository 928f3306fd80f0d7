import { utf8Of } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import { leafTextOf } from "../audit/audit-leaf.ts";
import type { AuditTables } from "../audit/audit-tables.ts";
import { auditPageMax, firstEventSince, lastEventBefore, searchAudit } from "../audit/index.ts";
import type { AuditQuery, AuditSearchResult } from "../audit/index.ts";
import { eventColumns } from "../audit/read-event-rows.ts";
import type { StoredEvent } from "../audit/read-event-rows.ts";
import { isWholeRange } from "./evidence-manifest.ts";
import type { EvidenceQuery } from "./evidence-manifest.ts";
import { partEventsMax } from "./evidence-members.ts";

/** Leaves of one part together, where they are unusually large. */
export const partBytesMax = 16 * 1024 * 1024;

/** The leaves of one part. */
export interface SelectedEvents {
  readonly indexes: readonly number[];
  readonly leaves: readonly Uint8Array[];
  /** Where the next part begins; absent on the last. */
  readonly next?: number;
}

interface Place {
  /** Events under the checkpoint; those after it are not selected. */
  readonly size: number;
  /** The place to begin at. */
  readonly after: number;
}

/** All events from `from` up to, not including, `to`. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The whole range that a query without other wishes asks for. One event more on either side, if the log has it, shows that nothing
 * of the time asked for lies beyond. Undefined if the query picks events by what they say.
 */
export async function wholeRangeOf(
  db: Kysely<AuditTables>,
  query: EvidenceQuery,
  size: number,
): Promise<IndexRange | undefined> {
  if (!isWholeRange(query)) return undefined;
  const { since, until, from_index: fromIndex, to_index: toIndex } = query;
  const within = (place: number): number => Math.max(0, Math.min(size, place));
  const first = since === undefined ? 0 : Math.min((await firstEventSince(db, since)) ?? size, size) - 1;
  const last = until === undefined ? size : ((await lastEventBefore(db, until, size)) ?? -1) + 2;
  const from = within(fromIndex ?? first);
  return { from, to: Math.max(from, within(toIndex ?? last)) };
}

/** The leaves of a range, as many as fit in a part. */
export async function selectRange(
  db: Kysely<AuditTables>,
  { from, to }: IndexRange,
  { size, after }: Place,
): Promise<SelectedEvents> {
  const first = Math.max(from, after);
  const end = Math.min(to, size);
  const count = Math.max(0, Math.min(end - first, partEventsMax));
  const indexes = Array.from({ length: count }, (_, at) => first + at);
  return await readLeaves(db, indexes, first + count < end ? first + count : undefined);
}

/** The leaves of every event that one of the searches finds, as many as fit in a part. */
export async function selectFound(
  db: Kysely<AuditTables>,
  searches: readonly AuditQuery[],
  { size, after }: Place,
): Promise<SelectedEvents> {
  const found = new Set<number>();
  for (const search of searches)
    for (const index of await searchedIndexes(db, search, after)) found.add(index);
  const indexes = [...found].filter((index) => index < size).sort((one, other) => one - other);
  return await readLeaves(db, indexes.slice(0, partEventsMax), indexes[partEventsMax]);
}

async function searchedIndexes(
  db: Kysely<AuditTables>,
  search: AuditQuery,
  after: number,
): Promise<readonly number[]> {
  const indexes: number[] = [];
  let from: number | undefined = after;
  while (from !== undefined && indexes.length <= partEventsMax) {
    const page: AuditSearchResult = await searchAudit(db, search, {
      from,
      order: "ascending",
      limit: auditPageMax,
    });
    indexes.push(...page.events.map(({ index }) => index));
    from = page.next;
  }
  return indexes;
}

/** As many places as both databases take in one question. */
const placesAtOnce = 500;

async function readLeaves(
  db: Kysely<AuditTables>,
  indexes: readonly number[],
  next: number | undefined,
): Promise<SelectedEvents> {
  const leaves: Uint8Array[] = [];
  let bytes = 0;
  for (let at = 0; at < indexes.length; at += placesAtOnce) {
    for (const row of await readRows(db, indexes.slice(at, at + placesAtOnce))) {
      const leaf = utf8Of(leafTextOf(row));
      bytes += leaf.length;
      if (bytes > partBytesMax && leaves.length > 0) {
        return { indexes: indexes.slice(0, leaves.length), leaves, next: row.leaf_index };
      }
      leaves.push(leaf);
    }
  }
  if (leaves.length < indexes.length) throw new Error("an event of the audit log is not there");
  return { indexes, leaves, ...(next !== undefined && { next }) };
}

async function readRows(
  db: Kysely<AuditTables>,
  indexes: readonly number[],
): Promise<readonly StoredEvent[]> {
  return await db
    .selectFrom("audit_events")
    .select(eventColumns)
    .where("leaf_index", "in", indexes)
    .orderBy("leaf_index")
    .execute();
}
