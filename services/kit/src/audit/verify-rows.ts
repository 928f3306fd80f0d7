import { equalBytes } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import { isCanonicalDetail, leafHashOf } from "./audit-leaf.ts";
import type { AuditTables } from "./audit-tables.ts";
import { readEventRows } from "./read-event-rows.ts";
import type { StoredEvent } from "./read-event-rows.ts";

/** The first place where the rows are not what was written. */
export interface AuditBreak {
  readonly index: number;
  /**
   * `missing`: there is no row at this place; `changed`: the row does not fit its hash; `head`: the rows hold but end
   * elsewhere than the head says.
   */
  readonly reason: "missing" | "changed" | "head";
}

export interface AuditVerification {
  /** Events that hold, from the first on. */
  readonly events: number;
  readonly brokenAt?: AuditBreak;
}

/**
 * Holds every row against its own hash, up to where the head was when this began. It sees what a careless hand did; what
 * somebody did who rewrote the hashes too only signed checkpoints show, see {@link verifyAuditLog}.
 */
export async function verifyRows(db: Kysely<AuditTables>): Promise<AuditVerification> {
  const size = await readSize(db);
  let next = 0;
  for await (const rows of readEventRows(db, { from: 0, to: size })) {
    for (const row of rows) {
      const reason = row.leaf_index !== next ? "missing" : isWhole(row) ? undefined : "changed";
      if (reason !== undefined) return { events: next, brokenAt: { index: next, reason } };
      next += 1;
    }
  }
  if (next < size) return { events: next, brokenAt: { index: next, reason: "missing" } };
  if ((await sizeBeforeStrangers(db)) !== undefined)
    return { events: next, brokenAt: { index: next, reason: "head" } };
  return { events: next };
}

/** Whether a stored event fits the hash that stands beside it. */
export function isWhole(row: StoredEvent): boolean {
  return isCanonicalDetail(row.detail) && equalBytes(row.leaf_hash, leafHashOf(row));
}

/** A head that is gone is a head that says nothing: every row then stands behind it. */
async function readSize(db: Kysely<AuditTables>): Promise<number> {
  const head = await db.selectFrom("audit_head").select("size").where("id", "=", 1).executeTakeFirst();
  return head?.size ?? 0;
}

/**
 * The size of the log if rows stand behind its end. The last row is read before the head: one that was appended meanwhile has
 * moved the head before it is seen.
 */
export async function sizeBeforeStrangers(db: Kysely<AuditTables>): Promise<number | undefined> {
  const last = await db
    .selectFrom("audit_events")
    .select("leaf_index")
    .orderBy("leaf_index", "desc")
    .limit(1)
    .executeTakeFirst();
  const size = await readSize(db);
  return (last?.leaf_index ?? -1) >= size ? size : undefined;
}
