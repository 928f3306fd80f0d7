import type { Migration } from "../database/index.ts";

export interface AlarmTables {
  alarms: {
    id: string;
    kind: string;
    finding_key: string;
    severity: string;
    subject: string;
    detail_zh: string;
    detail_en: string;
    raised_at: string;
    cleared_at: string | null;
  };
  alarm_deliveries: {
    alarm_id: string;
    channel: string;
    /** Whoever delivers it now; another may try after that. */
    claimed_until: string | null;
    attempts: number;
    delivered_at: string | null;
  };
}

/** The tables of alarms; `0014-alarms` among the migrations of every service. */
export const alarmMigration: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("alarms")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("finding_key", "text", (column) => column.notNull())
      .addColumn("severity", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("detail_zh", "text", (column) => column.notNull())
      .addColumn("detail_en", "text", (column) => column.notNull())
      .addColumn("raised_at", "text", (column) => column.notNull())
      .addColumn("cleared_at", "text")
      .execute();
    // One open alarm for one finding: two processes that see the same raise it once.
    await db.schema
      .createIndex("alarms_open")
      .unique()
      .on("alarms")
      .columns(["kind", "finding_key"])
      .where("cleared_at" as never, "is", null as never)
      .execute();
    await db.schema
      .createTable("alarm_deliveries")
      .addColumn("alarm_id", "text", (column) => column.notNull().references("alarms.id"))
      .addColumn("channel", "text", (column) => column.notNull())
      .addColumn("claimed_until", "text")
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("delivered_at", "text")
      .addPrimaryKeyConstraint("alarm_deliveries_key", ["alarm_id", "channel"])
      .execute();
  },
};
