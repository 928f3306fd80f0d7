import { CompiledQuery, sql } from "kysely";
import type { Kysely, Transaction } from "kysely";

import type { AuditTables } from "./audit-tables.ts";

/** The columns by which events are looked for. */
const indexedColumns = [
  "leaf_index",
  "occurred_at",
  "action",
  "actor",
  "subject",
  "request_id",
  "key_purpose",
] as const satisfies readonly (keyof AuditTables["audit_index"])[];

/**
 * So many events are looked through one by one before they are taken into the index: each of its trees is then written once for
 * all of them, where writing six trees with every event cost as much as the event.
 */
export const indexedTogether = 256;
/** An index that fell behind catches up, without holding up the event that it follows. */
const indexedAtMost = 4 * indexedTogether;

const names = indexedColumns.join(", ");
const take = `insert into audit_index (${names}) select ${names} from audit_events
  where leaf_index > (select coalesce(max(leaf_index), -1) from audit_index) order by leaf_index limit ${String(indexedAtMost)}`;

/** Takes the events that follow those in the index into it, {@link indexedTogether} × 4 at most. @returns how many */
export async function indexEvents(tx: Kysely<AuditTables> | Transaction<AuditTables>): Promise<number> {
  const { numAffectedRows } = await tx.executeQuery(CompiledQuery.raw(take));
  return Number(numAffectedRows ?? 0);
}

/** Whether a row of the index says what its event says. */
const isOfEvent =
  sql.raw(`e.leaf_index = i.leaf_index and e.occurred_at = i.occurred_at and e.action = i.action
  and e.actor = i.actor and e.subject = i.subject and e.request_id is not distinct from i.request_id
  and e.key_purpose is not distinct from i.key_purpose`);

/**
 * `audit_index`, with one index for every filter of a search, all of which end in the place so that a page is read in order; and
 * `audit_search`, which reads as `audit_events` does and finds by it.
 *
 * The index only says where to look: a row of it that says other than its event finds nothing. What it leaves out is found by
 * {@link findIndexDifference}. Events that are not in it yet are those behind its last.
 */
export async function createAuditSearch(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("audit_index")
    .addColumn("leaf_index", "integer", (column) => column.primaryKey())
    .addColumn("occurred_at", "text", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("request_id", "text")
    .addColumn("key_purpose", "text")
    .execute();
  for (const column of ["subject", "actor", "action", "occurred_at"] as const) {
    await db.schema
      .createIndex(`audit_index_${column}`)
      .on("audit_index")
      .columns([column, "leaf_index"])
      .execute();
  }
  for (const column of ["request_id", "key_purpose"] as const) {
    await db.schema
      .createIndex(`audit_index_${column}`)
      .on("audit_index")
      .columns([column, "leaf_index"])
      .where(column as never, "is not", null as never)
      .execute();
  }
  await sql`create view audit_search as
    select i.leaf_index, i.occurred_at, i.action, i.actor, e.on_behalf_of, i.subject, i.request_id, i.key_purpose, e.key_version,
      e.detail, e.leaf_hash
    from audit_index i join audit_events e on ${isOfEvent}
    union all
    select leaf_index, occurred_at, action, actor, on_behalf_of, subject, request_id, key_purpose, key_version, detail, leaf_hash
    from audit_events where leaf_index > (select coalesce(max(leaf_index), -1) from audit_index)`.execute(db);
}

/** The index ends where the log does, at the latest: what a log that was cut once had, its successor must not inherit. */
export async function endIndexAt(tx: Kysely<AuditTables>, size: number): Promise<void> {
  await tx.deleteFrom("audit_index").where("leaf_index", ">=", size).execute();
}

/**
 * What searches pass over or would find beyond the log, if anything; for whoever has proved the events. It reads each event once,
 * in one question.
 */
export async function findIndexDifference(db: Kysely<AuditTables>): Promise<string | undefined> {
  const { rows } = await sql<{ place: number | null; indexed: number | null; last: number | null }>`
    select
      (select e.leaf_index from audit_events e left join audit_index i on ${isOfEvent}
        where i.leaf_index is null and e.leaf_index <= (select max(leaf_index) from audit_index)
        order by e.leaf_index limit 1) as place,
      (select max(leaf_index) from audit_index) as indexed,
      (select max(leaf_index) from audit_events) as last`.execute(db);
  const { place, indexed, last } = rows[0] ?? { place: null, indexed: null, last: null };
  if (place !== null) return `searches do not find event ${String(place)}`;
  return (indexed ?? -1) > (last ?? -1)
    ? `the index of searches goes on to event ${String(indexed)}, which is not there`
    : undefined;
}
