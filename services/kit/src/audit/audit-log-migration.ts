import { equalBytes, hexOf } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import { bytesColumn } from "../database/index.ts";
import type { Migration } from "../database/index.ts";
import { leafHashOf } from "./audit-leaf.ts";
import type { AuditEventRow } from "./audit-leaf.ts";
import type { AuditTables, FormerAuditTables } from "./audit-tables.ts";
import { canonicalJson } from "./canonical-json.ts";
import { firstLink, walkChain } from "./former-chain.ts";
import type { ChainedRow, ChainWalk } from "./former-chain.ts";

/**
 * The audit log, `0009-audit-log` in every service: the rows of the first trail become its first leaves, in their order.
 *
 * One leaf follows them, `audit-log.converted`, with the last link of the old chain; the links can be computed again from
 * the leaves, so nothing of the old evidence is lost. A chain that did not hold is taken over as it is, and the leaf says
 * where it broke, under every later checkpoint.
 */
export const auditLogMigration: Migration = {
  up: async (db) => {
    const former = db as unknown as Kysely<FormerAuditTables>;
    const head = await former.selectFrom("audit_head").selectAll().executeTakeFirst();
    await db.schema.dropIndex("audit_events_subject").execute();
    await db.schema.alterTable("audit_events").renameTo("audit_chain").execute();
    await db.schema.dropTable("audit_head").execute();
    await createEventTables(db);
    await createCheckpointTables(db);
    const size = await takeOver(former, db, head);
    await (db as unknown as Kysely<AuditTables>)
      .insertInto("audit_head")
      .values({ id: 1, size, epoch: 1 })
      .execute();
    await db.schema.dropTable("audit_chain").execute();
  },
};

async function createEventTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("audit_events")
    .addColumn("leaf_index", "integer", (column) => column.primaryKey())
    .addColumn("occurred_at", "text", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("on_behalf_of", "text")
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("request_id", "text")
    .addColumn("key_purpose", "text")
    .addColumn("key_version", "integer")
    .addColumn("detail", "text", (column) => column.notNull())
    .addColumn("leaf_hash", bytesColumn(db), (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("audit_head")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("size", "integer", (column) => column.notNull())
    .addColumn("epoch", "integer", (column) => column.notNull())
    .execute();
  await createSearchIndexes(db);
}

/**
 * One for every filter of a search; all end in the place, so that a page is read in order. Times grow with the places, nearly:
 * a span of time is found by its index and sorted, or met on the way back from the end.
 */
async function createSearchIndexes(db: Kysely<unknown>): Promise<void> {
  for (const column of ["subject", "actor", "action", "occurred_at"] as const) {
    await db.schema
      .createIndex(`audit_events_${column}`)
      .on("audit_events")
      .columns([column, "leaf_index"])
      .execute();
  }
  await (db as unknown as Kysely<AuditTables>).schema
    .createIndex("audit_events_request")
    .on("audit_events")
    .columns(["request_id", "leaf_index"])
    .where("request_id" as never, "is not", null as never)
    .execute();
  await (db as unknown as Kysely<AuditTables>).schema
    .createIndex("audit_events_key")
    .on("audit_events")
    .columns(["key_purpose", "leaf_index"])
    .where("key_purpose" as never, "is not", null as never)
    .execute();
}

async function createCheckpointTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("audit_checkpoints")
    .addColumn("epoch", "integer", (column) => column.notNull())
    .addColumn("size", "integer", (column) => column.notNull())
    .addColumn("root", bytesColumn(db), (column) => column.notNull())
    .addColumn("note", "text", (column) => column.notNull())
    .addColumn("signed_at", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("audit_checkpoints_key", ["epoch", "size"] as never)
    .execute();
  await db.schema
    .createTable("audit_witnesses")
    .addColumn("epoch", "integer", (column) => column.notNull())
    .addColumn("witness", "text", (column) => column.notNull())
    .addColumn("size", "integer", (column) => column.notNull())
    .addColumn("cosigned_at", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("audit_witnesses_key", ["epoch", "witness"] as never)
    .execute();
}

/** Below the number of parameters that one statement of either database takes. */
const rowsAtOnce = 500;

async function takeOver(
  former: Kysely<FormerAuditTables>,
  db: Kysely<AuditTables>,
  head: FormerHead | undefined,
): Promise<number> {
  let walk: ChainWalk = { sequence: 0, link: firstLink };
  let size = 0;
  let last: ChainedRow | undefined;
  for (;;) {
    const rows = await former
      .selectFrom("audit_chain")
      .selectAll()
      .where("sequence", ">", walk.sequence)
      .orderBy("sequence")
      .limit(rowsAtOnce)
      .execute();
    if (rows.length === 0) break;
    for (const row of rows) walk = walkChain(walk, row);
    const first = size;
    await insertLeaves(
      db,
      rows.map((row, at) => leafOfChained(row, first + at)),
    );
    size += rows.length;
    last = rows.at(-1);
  }
  walk = walkToHead(walk, head);
  if (last === undefined && walk.brokenAt === undefined) return 0;
  await insertLeaves(db, [conversionLeaf(last, walk, size)]);
  return size + 1;
}

type FormerHead = FormerAuditTables["audit_head"];

/** A chain that ends elsewhere than its head says has lost its tail, or got one. */
function walkToHead(walk: ChainWalk, head: FormerHead | undefined): ChainWalk {
  const isHead = head?.sequence === walk.sequence && equalBytes(head.link, walk.link);
  return isHead || walk.brokenAt !== undefined ? walk : { ...walk, brokenAt: walk.sequence + 1 };
}

async function insertLeaves(db: Kysely<AuditTables>, rows: readonly AuditEventRow[]): Promise<void> {
  await db
    .insertInto("audit_events")
    .values(rows.map((row) => ({ ...row, leaf_hash: leafHashOf(row) })))
    .execute();
}

function leafOfChained(row: ChainedRow, index: number): AuditEventRow {
  const { occurred_at, action, actor, on_behalf_of, subject, detail } = row;
  const rest = { request_id: null, key_purpose: null, key_version: null };
  return { leaf_index: index, occurred_at, action, actor, on_behalf_of, subject, ...rest, detail };
}

/** Written by no person at no moment of its own: it has the time of the last event that it covers, if there is one. */
function conversionLeaf(last: ChainedRow | undefined, walk: ChainWalk, size: number): AuditEventRow {
  const { brokenAt } = walk;
  return {
    leaf_index: size,
    occurred_at: last?.occurred_at ?? "1970-01-01T00:00:00.000Z",
    action: "audit-log.converted",
    actor: "migration",
    on_behalf_of: null,
    subject: "audit-log",
    request_id: null,
    key_purpose: null,
    key_version: null,
    detail: canonicalJson({ events: size, last_link: `sm3:${hexOf(walk.link)}`, broken_at: brokenAt }),
  };
}
