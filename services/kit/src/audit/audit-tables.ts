import { concatBytes, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import type { Kysely } from "kysely";

import { bytesColumn } from "../database/index.ts";
import type { Migration } from "../database/index.ts";
import { canonicalJson } from "./canonical-json.ts";

/** The tables of the trail as they are stored. */
export interface AuditTables {
  audit_events: {
    sequence: number;
    occurred_at: string;
    action: string;
    actor: string;
    on_behalf_of: string | null;
    subject: string;
    detail: string;
    previous_link: Uint8Array;
    link: Uint8Array;
  };
  audit_head: { id: number; sequence: number; link: Uint8Array };
}

export type AuditRow = AuditTables["audit_events"];

/** What the first event follows: no link of any event is all zero. */
export const firstLink: Uint8Array = new Uint8Array(32);

/** The tables of the trail; part of every service's migrations, under a name like `0000-audit`. */
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
    await (db as unknown as Kysely<AuditTables>)
      .insertInto("audit_head")
      .values({ id: 1, sequence: 0, link: firstLink })
      .execute();
  },
};

/** The link of an event: SM3(the link before it ‖ the event in canonical JSON). */
export function linkOf(previous: Uint8Array, row: Omit<AuditRow, "previous_link" | "link">): Uint8Array {
  const { sequence, occurred_at, action, actor, on_behalf_of, subject, detail } = row;
  const leaf = canonicalJson({ sequence, occurred_at, action, actor, on_behalf_of, subject, detail });
  return digest("SM3", concatBytes(previous, utf8Of(leaf)));
}
