import type { Kysely } from "kysely";

import { bytesColumn } from "../database/index.ts";
import type { Migration } from "../database/index.ts";
import type { AuditEventRow } from "./audit-leaf.ts";
import { firstLink } from "./former-chain.ts";
import type { ChainedRow } from "./former-chain.ts";

/** The tables of the trail and its log as they are stored. */
export interface AuditTables {
  /** `leaf_hash` is what a checkpoint will be made of: a row edited before it is signed no longer fits its hash. */
  audit_events: AuditEventRow & { readonly leaf_hash: Uint8Array };
  /** The columns by which events are searched, of all but the last few; see {@link findEvents}. */
  audit_index: Pick<
    AuditEventRow,
    "leaf_index" | "occurred_at" | "action" | "actor" | "subject" | "request_id" | "key_purpose"
  >;
  /** One row: how many events there are, and which epoch of the log they are signed under. */
  audit_head: { id: number; size: number; epoch: number };
  /** Every checkpoint that was signed, with all that its signature and cosignature lines said when last seen. */
  audit_checkpoints: {
    epoch: number;
    size: number;
    root: Uint8Array;
    note: string;
    signed_at: string;
  };
  /** What each witness was last known to have cosigned. */
  audit_witnesses: { epoch: number; witness: string; size: number; cosigned_at: string };
}

/** The tables of the first trail, before {@link auditLogMigration} made leaves of its rows. */
export interface FormerAuditTables {
  audit_events: ChainedRow;
  audit_chain: ChainedRow;
  audit_head: { id: number; sequence: number; link: Uint8Array };
}

/** The tables of the first trail; part of every service's migrations as `0000-audit`, and followed by `0009-audit-log`. */
export const auditMigration: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("audit_events")
      .addColumn("sequence", "integer", (column) => column.primaryKey())
      .addColumn("occurred_at", "text", (column) => column.notNull())
      .addColumn("action", "text", (column) => column.notNull())
      .addColumn("actor", "text", (column) => column.notNull())
      .addColumn("on_behalf_of", "text")
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("detail", "text", (column) => column.notNull())
      .addColumn("previous_link", bytesColumn(db), (column) => column.notNull())
      .addColumn("link", bytesColumn(db), (column) => column.notNull())
      .execute();
    await db.schema.createIndex("audit_events_subject").on("audit_events").column("subject").execute();
    await db.schema
      .createTable("audit_head")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("sequence", "integer", (column) => column.notNull())
      .addColumn("link", bytesColumn(db), (column) => column.notNull())
      .execute();
    await (db as unknown as Kysely<FormerAuditTables>)
      .insertInto("audit_head")
      .values({ id: 1, sequence: 0, link: firstLink })
      .execute();
  },
};
