import type { Migration } from "../database/index.ts";
import { auditLogMigration } from "./audit-log-migration.ts";
import { createAuditIndex, indexAllEvents } from "./audit-search.ts";

/** The index of events in a table of its own, which is written for many of them at once, in place of six beside the events. */
const auditIndexMigration: Migration = {
  up: async (db) => {
    // There are databases whose 0009 made the index, and nothing beside the events.
    await db.schema.dropTable("audit_index").ifExists().execute();
    for (const name of ["subject", "actor", "action", "occurred_at", "request", "key"]) {
      await db.schema.dropIndex(`audit_events_${name}`).ifExists().execute();
    }
    await createAuditIndex(db);
    await indexAllEvents(db);
  },
};

/** The tables of the audit log, after those of the first trail; part of every service's migrations. */
export const auditLogMigrations: Readonly<Record<string, Migration>> = {
  "0009-audit-log": auditLogMigration,
  "0030-audit-index": auditIndexMigration,
};
