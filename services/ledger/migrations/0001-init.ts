import { bytesColumn } from "@yinxin/service-kit/database";
import type { Migration } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";

interface HeadTable {
  log_head: { id: number; size: number };
}

/** The log with the hashes of its perfect subtrees and its signed checkpoints, and the licenses. */
export const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("log_head")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("size", "integer", (column) => column.notNull())
      .execute();
    await (db as unknown as Kysely<HeadTable>).insertInto("log_head").values({ id: 1, size: 0 }).execute();
    await db.schema
      .createTable("log_leaves")
      .addColumn("leaf_index", "integer", (column) => column.primaryKey())
      .addColumn("leaf", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("log_hashes")
      .addColumn("level", "integer", (column) => column.notNull())
      .addColumn("position", "integer", (column) => column.notNull())
      .addColumn("hash", bytesColumn(db), (column) => column.notNull())
      .addPrimaryKeyConstraint("log_hashes_place", ["level", "position"])
      .execute();
    await db.schema
      .createTable("checkpoints")
      .addColumn("size", "integer", (column) => column.primaryKey())
      .addColumn("note", "text", (column) => column.notNull())
      .addColumn("signed_at", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("licenses")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("identifier", "text", (column) => column.notNull().unique())
      .addColumn("type_code", "text", (column) => column.notNull())
      .addColumn("issuer_code", "text", (column) => column.notNull())
      .addColumn("number", "text", (column) => column.notNull())
      .addColumn("content", "text", (column) => column.notNull())
      .addColumn("salted_fields", "text", (column) => column.notNull())
      .addColumn("leaf_salt", "text", (column) => column.notNull())
      .addColumn("fields_root", "text", (column) => column.notNull())
      .addColumn("leaf_index", "integer", (column) =>
        column.notNull().unique().references("log_leaves.leaf_index"),
      )
      .addColumn("document", bytesColumn(db), (column) => column.notNull())
      .addColumn("document_sha256", "text", (column) => column.notNull().unique())
      .addColumn("document_sm3", "text", (column) => column.notNull().unique())
      .addColumn("seal_id", "text", (column) => column.notNull())
      .addColumn("recorded_at", "text", (column) => column.notNull())
      // The number on a license means one license under its type and authority.
      .addUniqueConstraint("licenses_number", ["type_code", "issuer_code", "number"])
      .execute();
  },
};
