import { CompiledQuery, sql } from "kysely";
import type { Kysely, SelectQueryBuilder } from "kysely";

import type { AuditTables } from "./audit-tables.ts";
import { eventColumns } from "./read-event-rows.ts";
import type { StoredEvent } from "./read-event-rows.ts";

/** The columns by which events are looked for; the rest is read from the event. */
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
 * So many events are taken into the index together: each of its trees is then written once for all of them, where writing six trees
 * with every event cost as much as the event. Until then they are looked through one by one.
 */
export const indexedTogether = 256;
/** An index that fell behind catches up, without holding up the event that it follows. */
const indexedAtMost = 4 * indexedTogether;

const names = indexedColumns.join(", ");
/** A row for an event that the log does not have yet would hide all that come before it. */
const lastIndexed = `coalesce((select max(leaf_index) from audit_index
  where leaf_index < (select size from audit_head where id = 1)), -1)`;
// Whoever makes the index anew by hand may be faster; no signature fails for that.
const take = `insert into audit_index (${names}) select ${names} from audit_events
  where leaf_index > ${lastIndexed} order by leaf_index limit ${String(indexedAtMost)} on conflict do nothing`;

/** Takes the events that follow those in the index into it, four times {@link indexedTogether} at most. @returns how many */
export async function indexEvents(tx: Kysely<AuditTables>): Promise<number> {
  const { numAffectedRows } = await tx.executeQuery(CompiledQuery.raw(take));
  return Number(numAffectedRows ?? 0);
}

/** `audit_index`, with one index for every filter of a search; all end in the place, so that a page is read in order. */
export async function createAuditIndex(db: Kysely<unknown>): Promise<void> {
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
}

/** The index ends where the log does, at the latest: what a log that was cut once had, its successor must not inherit. */
export async function endIndexAt(tx: Kysely<AuditTables>, size: number): Promise<void> {
  await tx.deleteFrom("audit_index").where("leaf_index", ">=", size).execute();
}

/** Events, under the name `event`, of which some are wanted. */
export type EventQuery = SelectQueryBuilder<{ event: StoredEvent }, "event", object>;

export interface EventSearch<Column extends keyof StoredEvent> {
  readonly columns: readonly Column[];
  readonly where: (events: EventQuery) => EventQuery;
  /** By place; `ascending` if absent. */
  readonly order?: "ascending" | "descending";
  /** The place to begin at; where the order begins if absent. */
  readonly from?: number;
  /** All if absent. */
  readonly limit?: number;
}

/**
 * The events that are wanted, in the log's order, whether they are in the index already or not. The index only says where to look: a
 * row of it that says other than its event finds nothing, and what it leaves out is told by {@link findIndexDifference}.
 */
export async function findEvents<Schema, Column extends keyof StoredEvent>(
  database: Kysely<Schema>,
  { columns, where, order = "ascending", from, limit }: EventSearch<Column>,
): Promise<readonly Pick<StoredEvent, Column>[]> {
  const arms = await armsOf(
    database,
    from === undefined ? {} : order === "ascending" ? { from } : { to: from },
  );
  const found: Pick<StoredEvent, Column>[] = [];
  for (const arm of order === "ascending" ? arms : arms.toReversed()) {
    const left = limit === undefined ? undefined : limit - found.length;
    if (left === 0) break;
    const rows = where(arm)
      .select(columns)
      .orderBy("event.leaf_index", order === "ascending" ? "asc" : "desc")
      .$if(left !== undefined, (events) => events.limit(left ?? 0));
    found.push(...((await rows.execute()) as unknown as Pick<StoredEvent, Column>[]));
  }
  return found;
}

/** How many events are wanted, `atMost` at the most. */
export async function countEvents<Schema>(
  database: Kysely<Schema>,
  { where, atMost }: Pick<EventSearch<never>, "where"> & { readonly atMost: number },
): Promise<number> {
  let counted = 0;
  for (const arm of await armsOf(database)) {
    const rows = where(arm)
      .select("event.leaf_index")
      .limit(Math.max(0, atMost - counted));
    const result = await sql<{
      count: number | string;
    }>`select count(*) as count from (${rows}) as counted`.execute(database);
    counted += Number(result.rows[0]?.count ?? 0);
  }
  return counted;
}

/** The first event from a moment on. */
export async function firstEventSince<Schema>(
  database: Kysely<Schema>,
  since: string,
): Promise<number | undefined> {
  const db = database as unknown as Kysely<AuditTables>;
  const last = await readLastIndexed(db);
  const indexed = await db
    .selectFrom("audit_index")
    .select(({ fn }) => fn.min("leaf_index").as("place"))
    .where("occurred_at", ">=", since)
    .where("leaf_index", ">=", 0)
    .where("leaf_index", "<=", last)
    .executeTakeFirst();
  if (typeof indexed?.place === "number") return indexed.place;
  const behind = await db
    .selectFrom("audit_events")
    .select(({ fn }) => fn.min("leaf_index").as("place"))
    .where("occurred_at", ">=", since)
    .where("leaf_index", ">", last)
    .executeTakeFirst();
  return behind?.place ?? undefined;
}

/** The last event before a moment, of those before the place `size`. */
export async function lastEventBefore<Schema>(
  database: Kysely<Schema>,
  until: string,
  size: number,
): Promise<number | undefined> {
  const db = database as unknown as Kysely<AuditTables>;
  const last = await readLastIndexed(db);
  const behind = await db
    .selectFrom("audit_events")
    .select(({ fn }) => fn.max("leaf_index").as("place"))
    .where("occurred_at", "<", until)
    .where("leaf_index", ">", last)
    .where("leaf_index", "<", size)
    .executeTakeFirst();
  if (typeof behind?.place === "number") return behind.place;
  const indexed = await db
    .selectFrom("audit_index")
    .select(({ fn }) => fn.max("leaf_index").as("place"))
    .where("occurred_at", "<", until)
    .where("leaf_index", ">=", 0)
    .where("leaf_index", "<=", Math.min(last, size - 1))
    .executeTakeFirst();
  return indexed?.place ?? undefined;
}

/** Far above any log; the places are those of a database's integers. */
const end = 2 ** 31 - 1;

/**
 * First what the index knows, then what follows. Each is a query of its own, because PostgreSQL reads the whole of a join in a union
 * before it sorts it; and the border is read before both, so that what is indexed meanwhile is found once. Either database takes only one bound of a kind to go by.
 */
async function armsOf<Schema>(
  database: Kysely<Schema>,
  { from = 0, to = end }: { readonly from?: number; readonly to?: number } = {},
): Promise<readonly EventQuery[]> {
  const db = database as unknown as Kysely<AuditTables>;
  const last = await readLastIndexed(db);
  const isIndexed = (column: string): boolean => (indexedColumns as readonly string[]).includes(column);
  const columns = eventColumns.map((column) => sql.ref(`${isIndexed(column) ? "i" : "e"}.${column}`));
  const indexed = sql<StoredEvent>`(select ${sql.join(columns)} from audit_index i join audit_events e on ${isOfEvent})`;
  const arms = [
    db
      .selectFrom(indexed.as("event"))
      .where("event.leaf_index", ">=", Math.max(from, 0))
      .where("event.leaf_index", "<=", Math.min(to, last)),
    db
      .selectFrom("audit_events as event")
      .where("event.leaf_index", ">=", Math.max(from, last + 1))
      .where("event.leaf_index", "<=", to),
  ];
  return arms;
}

/** @returns the place of the last event that the index knows, -1 if it knows none. */
async function readLastIndexed(db: Kysely<AuditTables>): Promise<number> {
  const { rows } = await db.executeQuery<{ last: number }>(
    CompiledQuery.raw(`select ${lastIndexed} as last`),
  );
  return rows[0]?.last ?? -1;
}

/**
 * Whether a row of the index says what its event says. The comparison is hidden in a CASE from PostgreSQL, which takes its parts for
 * independent, expects one row where all fit, and then reads everything to find it.
 */
const isOfEvent =
  sql.raw(`e.leaf_index = i.leaf_index and case when e.occurred_at = i.occurred_at and e.action = i.action
  and e.actor = i.actor and e.subject = i.subject and e.request_id is not distinct from i.request_id
  and e.key_purpose is not distinct from i.key_purpose then true else false end`);

/**
 * What searches pass over, or would find beyond the log, if anything; for whoever has proved the events. It reads each event once, in
 * one question.
 */
export async function findIndexDifference(db: Kysely<AuditTables>): Promise<string | undefined> {
  const { rows } = await sql<{ place: number | null; stray: number | null }>`
    select
      (select e.leaf_index from audit_events e left join audit_index i on ${isOfEvent}
        where i.leaf_index is null and e.leaf_index <= ${sql.raw(lastIndexed)}
        order by e.leaf_index limit 1) as place,
      (select leaf_index from audit_index
        where leaf_index < 0 or leaf_index > (select coalesce(max(leaf_index), -1) from audit_events)
        order by leaf_index limit 1) as stray`.execute(db);
  const { place, stray } = rows[0] ?? { place: null, stray: null };
  if (place !== null) return `searches do not find event ${String(place)}`;
  return stray === null ? undefined : `the index has event ${String(stray)}, which is not there`;
}
