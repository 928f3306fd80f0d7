import type { Migration } from "@yinxin/service-kit/database";
import { sql } from "kysely";

/** Which versions of the log's key signed which checkpoint, and where in the log each successor was announced. */
export const checkpointKeys: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("checkpoint_signatures")
      .addColumn("key_version", "integer", (column) => column.notNull())
      .addColumn("size", "integer", (column) => column.notNull().references("checkpoints.size"))
      .addPrimaryKeyConstraint("checkpoint_signatures_place", ["key_version", "size"])
      .execute();
    // What was signed before there were rings was signed by the one key that there was.
    await sql`insert into checkpoint_signatures (key_version, size) select 1, size from checkpoints`.execute(
      db,
    );
    await db.schema
      .createTable("key_successions")
      .addColumn("key_version", "integer", (column) => column.primaryKey())
      .addColumn("leaf_index", "integer", (column) =>
        column.notNull().unique().references("log_leaves.leaf_index"),
      )
      .addColumn("announced_at", "text", (column) => column.notNull())
      .execute();
  },
};
