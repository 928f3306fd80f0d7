import { bytesColumn } from "../database/index.ts";
import type { Migration } from "../database/index.ts";

/** What a witness remembers of every log that it follows. */
export interface WitnessTables {
  /** `size` and `root` are of the last checkpoint that it cosigned, absent before the first. */
  witnessed_logs: {
    origin: string;
    size: number | null;
    root: Uint8Array | null;
    note: string | null;
    cosigned_at: string | null;
  };
  /** Keys that followed the pinned ones, each with the proof by which it is known. */
  witnessed_log_keys: { origin: string; key: string; proof: string; learned_at: string };
}

/** The tables of a witness: `0012-witness` in every service. */
export const witnessMigration: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("witnessed_logs")
      .addColumn("origin", "text", (column) => column.primaryKey())
      .addColumn("size", "bigint")
      .addColumn("root", bytesColumn(db))
      .addColumn("note", "text")
      .addColumn("cosigned_at", "text")
      .execute();
    await db.schema
      .createTable("witnessed_log_keys")
      .addColumn("origin", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("proof", "text", (column) => column.notNull())
      .addColumn("learned_at", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("witnessed_log_keys_key", ["origin", "key"] as never)
      .execute();
  },
};
