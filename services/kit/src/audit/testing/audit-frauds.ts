import type { Kysely } from "kysely";

import { transact } from "../../database/index.ts";
import { leafHashOf } from "../audit-leaf.ts";
import type { AuditTables } from "../audit-tables.ts";
import { eventColumns } from "../read-event-rows.ts";

/** What somebody does who can write to the database and knows how the log works. */
type Db = Kysely<AuditTables>;

export async function editEvent(
  db: Db,
  index: number,
  change: Partial<AuditTables["audit_events"]>,
): Promise<void> {
  await db.updateTable("audit_events").set(change).where("leaf_index", "=", index).execute();
}

export async function removeEvent(db: Db, index: number): Promise<void> {
  await db.deleteFrom("audit_events").where("leaf_index", "=", index).execute();
}

const renumber = (db: Db, from: number, to: number) => editEvent(db, from, { leaf_index: to });

/** Gives each row from a place on the hash that fits it. */
export async function rehashEvents(db: Db, from: number): Promise<void> {
  await transact(db, (tx) => rehashIn(tx, from));
}

async function rehashIn(db: Db, from: number): Promise<void> {
  const rows = await db
    .selectFrom("audit_events")
    .select(eventColumns)
    .where("leaf_index", ">=", from)
    .execute();
  for (const row of rows) await editEvent(db, row.leaf_index, { leaf_hash: leafHashOf(row) });
}

/** Moves the rows from a place on up or down by one, and makes them fit. */
export async function shiftEvents(db: Db, from: number, by: 1 | -1): Promise<void> {
  const rows = db.selectFrom("audit_events").select("leaf_index").where("leaf_index", ">=", from);
  const places = (await rows.orderBy("leaf_index", by > 0 ? "desc" : "asc").execute()).map(
    (row) => row.leaf_index,
  );
  await transact(db, async (tx) => {
    for (const place of places) await renumber(tx, place, place + by);
    await rehashIn(tx, from - 1);
  });
}

/** Two rows in each other's place, and hashes that fit. */
export async function swapEvents(db: Db, one: number, other: number): Promise<void> {
  const aside = 999_999;
  await renumber(db, one, aside);
  await renumber(db, other, one);
  await renumber(db, aside, other);
  await rehashEvents(db, Math.min(one, other));
}

/** A copy of an event by somebody else, put in before it; the rest moves down, the head is rewritten, hashes fit. */
export async function insertEvent(db: Db, index: number): Promise<void> {
  const row = await readEvent(db, index);
  await shiftEvents(db, index, 1);
  await db
    .insertInto("audit_events")
    .values({ ...row, actor: "nobody" })
    .execute();
  await rehashEvents(db, index);
  await db
    .updateTable("audit_head")
    .set(({ eb }) => ({ size: eb("size", "+", 1) }))
    .execute();
}

export async function readEvent(db: Db, index: number): Promise<AuditTables["audit_events"]> {
  return await db
    .selectFrom("audit_events")
    .selectAll()
    .where("leaf_index", "=", index)
    .executeTakeFirstOrThrow();
}

/** Takes the last rows away, and leaves the head as it is. */
export async function cutEvents(db: Db, size: number): Promise<void> {
  await db.deleteFrom("audit_events").where("leaf_index", ">=", size).execute();
}

/** Takes the last rows away, and lets the head say so. */
export async function cutEventsAndHead(db: Db, size: number): Promise<void> {
  await cutEvents(db, size);
  await db.updateTable("audit_head").set({ size }).execute();
}

/** The state of an earlier day: rows, their index, head and checkpoints. */
export async function setBack(db: Db, size: number): Promise<void> {
  await cutEventsAndHead(db, size);
  await db.deleteFrom("audit_index").where("leaf_index", ">=", size).execute();
  await db.deleteFrom("audit_checkpoints").where("size", ">", size).execute();
}
