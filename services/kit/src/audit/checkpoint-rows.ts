import { sql } from "kysely";
import type { Kysely, Transaction } from "kysely";

import { isPostgres } from "../database/index.ts";
import type { AuditTables } from "./audit-tables.ts";

export type CheckpointRow = AuditTables["audit_checkpoints"];
export type WitnessRow = AuditTables["audit_witnesses"];

/** How many events there are, and under which epoch they are signed; undefined if somebody removed the head. */
export async function readHead(
  db: Kysely<AuditTables>,
): Promise<{ readonly size: number; readonly epoch: number } | undefined> {
  return await db.selectFrom("audit_head").select(["size", "epoch"]).where("id", "=", 1).executeTakeFirst();
}

/** The checkpoint over the most events of the epoch. */
export async function readLatestCheckpoint(
  db: Kysely<AuditTables>,
  epoch: number,
): Promise<CheckpointRow | undefined> {
  return await db
    .selectFrom("audit_checkpoints")
    .selectAll()
    .where("epoch", "=", epoch)
    .orderBy("size", "desc")
    .limit(1)
    .executeTakeFirst();
}

export async function readCheckpoint(
  db: Kysely<AuditTables>,
  epoch: number,
  size: number,
): Promise<CheckpointRow | undefined> {
  return await db
    .selectFrom("audit_checkpoints")
    .selectAll()
    .where("epoch", "=", epoch)
    .where("size", "=", size)
    .executeTakeFirst();
}

/** The smallest checkpoint over more than `size` events. */
export async function readCheckpointAfter(
  db: Kysely<AuditTables>,
  epoch: number,
  size: number,
): Promise<CheckpointRow | undefined> {
  return await db
    .selectFrom("audit_checkpoints")
    .selectAll()
    .where("epoch", "=", epoch)
    .where("size", ">", size)
    .orderBy("size")
    .limit(1)
    .executeTakeFirst();
}

/**
 * Takes the right to say what the latest checkpoint is, until the transaction ends. Processes on one database take turns
 * here; events go on being appended meanwhile.
 */
export async function takeCheckpointLock(tx: Transaction<AuditTables>): Promise<void> {
  if (!isPostgres(tx)) return;
  await sql`select pg_advisory_xact_lock(hashtext('yinxin audit checkpoint ' || current_schema()))`.execute(
    tx,
  );
}

/**
 * The hashes of the events in [from, to).
 *
 * @returns the first place without an event instead, if there is one.
 */
export async function readLeafHashes(
  db: Kysely<AuditTables>,
  from: number,
  to: number,
): Promise<{ readonly hashes: readonly Uint8Array[]; readonly missing?: number }> {
  const rows = await db
    .selectFrom("audit_events")
    .select(["leaf_index", "leaf_hash"])
    .where("leaf_index", ">=", from)
    .where("leaf_index", "<", to)
    .orderBy("leaf_index")
    .execute();
  const gap = rows.findIndex((row, at) => row.leaf_index !== from + at);
  const missing = gap >= 0 ? from + gap : rows.length < to - from ? from + rows.length : undefined;
  return { hashes: rows.map(({ leaf_hash }) => leaf_hash), ...(missing !== undefined && { missing }) };
}

export async function readWitnesses(db: Kysely<AuditTables>, epoch: number): Promise<readonly WitnessRow[]> {
  return await db.selectFrom("audit_witnesses").selectAll().where("epoch", "=", epoch).execute();
}

/** Remembers what a witness has; a smaller size than before replaces the larger one, since only the witness can know. */
export async function writeWitness(db: Kysely<AuditTables>, row: WitnessRow): Promise<void> {
  await db
    .insertInto("audit_witnesses")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(["epoch", "witness"]).doUpdateSet({ size: row.size, cosigned_at: row.cosigned_at }),
    )
    .execute();
}
