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
// Nobody but an attacker, or a log that was cut, has put rows for these events already: they would count as indexed.
const clear = `delete from audit_index where leaf_index >= (select size from audit_head where id = 1) - ${String(indexedTogether)}`;
// Whoever makes the index anew by hand may be faster; no signature fails for that.
const take = `insert into audit_index (${names}) select ${names} from audit_events
  where leaf_index > ${lastIndexed} order by leaf_index limit ${String(indexedAtMost)} on conflict do nothing`;

/**
 * Takes the events that follow those in the index into it, four times {@link indexedTogether} at most, and of the last
 * {@link indexedTogether} every one anew.
 */
export async function indexEvents(tx: Kysely<AuditTables>): Promise<void> {
  await tx.executeQuery(CompiledQuery.raw(clear));
  await tx.executeQuery(CompiledQuery.raw(take));
}

/** Takes all events into an index that has none. */
export async function indexAllEvents(tx: Kysely<AuditTables>): Promise<void> {
  let taken: bigint | undefined;
  do taken = (await tx.executeQuery(CompiledQuery.raw(take))).numAffectedRows;
  while ((taken ?? 0n) > 0n);
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
  const bounds = from === undefined ? {} : order === "ascending" ? { from } : { to: from };
  return await overArms(database, bounds, async (arms) => {
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
  });
}

/** How many events are wanted, `atMost` at the most. */
export async function countEvents<Schema>(
  database: Kysely<Schema>,
  { where, atMost }: Pick<EventSearch<never>, "where"> & { readonly atMost: number },
): Promise<number> {
  return await overArms(database, {}, async (arms) => {
    let counted = 0;
    for (const arm of arms) {
      const rows = where(arm)
        .select("event.leaf_index")
        .limit(Math.max(0, atMost - counted));
      const count = sql<{ count: number | string }>`select count(*) as count from (${rows}) as counted`;
      counted += Number((await count.execute(database)).rows[0]?.count ?? 0);
    }
    return counted;
  });
}

/** So many places are gone through at once, so that nobody waits long for SQLite. */
const placesAtOnce = 50_000;

/** The first event from a moment on, by the events themselves: a compromise is bounded by it, and an index can be edited. */
export async function firstEventSince<Schema>(
  database: Kysely<Schema>,
  since: string,
): Promise<number | undefined> {
  const db = database as unknown as Kysely<AuditTables>;
  const size = await sizeOfEvents(db);
  for (let from = 0; from < size; from += placesAtOnce) {
    const [found] = await eventsBetween(db, from, from + placesAtOnce)
      .where("occurred_at", ">=", since)
      .orderBy("leaf_index")
      .execute();
    if (found !== undefined) return found.leaf_index;
  }
  return undefined;
}

/** The last event before a moment, of those before the place `size`, by the events themselves. */
export async function lastEventBefore<Schema>(
  database: Kysely<Schema>,
  until: string,
  size: number,
): Promise<number | undefined> {
  const db = database as unknown as Kysely<AuditTables>;
  for (let to = Math.min(size, await sizeOfEvents(db)); to > 0; to -= placesAtOnce) {
    const [found] = await eventsBetween(db, Math.max(0, to - placesAtOnce), to)
      .where("occurred_at", "<", until)
      .orderBy("leaf_index", "desc")
      .execute();
    if (found !== undefined) return found.leaf_index;
  }
  return undefined;
}

function eventsBetween(db: Kysely<AuditTables>, from: number, to: number) {
  return db
    .selectFrom("audit_events")
    .select("leaf_index")
    .where("leaf_index", ">=", from)
    .where("leaf_index", "<", to)
    .limit(1);
}

async function sizeOfEvents(db: Kysely<AuditTables>): Promise<number> {
  const last = db.selectFrom("audit_events").select(({ fn }) => fn.max("leaf_index").as("place"));
  return ((await last.executeTakeFirst())?.place ?? -1) + 1;
}

/** Far above any log; the places are those of a database's integers. */
const end = 2 ** 31 - 1;

interface Bounds {
  readonly from?: number;
  readonly to?: number;
}

/** More than anybody makes the index anew while one search is at work. */
const attemptsMax = 3;

/** Reads again if the index lost rows while it was read, which neither half then found. */
async function overArms<Schema, Result>(
  database: Kysely<Schema>,
  bounds: Bounds,
  read: (arms: readonly EventQuery[]) => Promise<Result>,
): Promise<Result> {
  const db = database as unknown as Kysely<AuditTables>;
  for (let attempt = 1; ; attempt += 1) {
    const last = await readLastIndexed(db);
    const result = await read(armsAt(db, last, bounds));
    if (attempt === attemptsMax || (await readLastIndexed(db)) >= last) return result;
  }
}

/**
 * First what the index knows, then what follows `last`. Each is a query of its own, because PostgreSQL reads the whole of a join in a
 * union before it sorts it; what is indexed meanwhile is found once. Either database goes by one bound of a kind only.
 */
function armsAt(
  db: Kysely<AuditTables>,
  last: number,
  { from = 0, to = end }: Bounds,
): readonly EventQuery[] {
  const isIndexed = (column: string): boolean => (indexedColumns as readonly string[]).includes(column);
  const columns = eventColumns.map((column) => sql.ref(`${isIndexed(column) ? "i" : "e"}.${column}`));
  const indexed = sql<StoredEvent>`(select ${sql.join(columns)} from audit_index i join audit_events e on ${isOfEvent})`;
  const first = Math.min(Math.max(from, 0), end);
  return [
    db
      .selectFrom(indexed.as("event"))
      .where("event.leaf_index", ">=", first)
      .where("event.leaf_index", "<=", Math.min(to, last)),
    db
      .selectFrom("audit_events as event")
      .where("event.leaf_index", ">=", Math.max(first, last + 1))
      .where("event.leaf_index", "<=", Math.min(to, end)),
  ];
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
