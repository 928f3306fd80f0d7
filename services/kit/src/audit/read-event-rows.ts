import type { Kysely } from "kysely";

import type { AuditTables } from "./audit-tables.ts";

/** A row of the trail with the hash that stands beside it. */
export type StoredEvent = AuditTables["audit_events"];

/** Every column, by name: a row must not grow a column that a hash does not cover. */
export const eventColumns = [
  "leaf_index",
  "occurred_at",
  "action",
  "actor",
  "on_behalf_of",
  "subject",
  "request_id",
  "key_purpose",
  "key_version",
  "detail",
  "leaf_hash",
] as const satisfies readonly (keyof StoredEvent)[];

/** Enough that the questions cost little beside the hashing; a few megabytes at most. */
const rowsAtOnce = 2000;

/** The rows whose places are in [from, to), in order, in batches. Places without a row are passed over. */
export async function* readEventRows(
  db: Kysely<AuditTables>,
  { from, to }: { readonly from: number; readonly to: number },
): AsyncGenerator<readonly StoredEvent[]> {
  // The drivers' own rows: their Buffers are bytes, and copying every row costs as much as hashing it.
  const plain = db.withoutPlugins();
  let next = from;
  while (next < to) {
    const rows = await plain
      .selectFrom("audit_events")
      .select(eventColumns)
      .where("leaf_index", ">=", next)
      .where("leaf_index", "<", to)
      .orderBy("leaf_index")
      .limit(rowsAtOnce)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    next = last.leaf_index + 1;
  }
}
