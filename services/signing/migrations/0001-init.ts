import { bytesColumn } from "@yinxin/service-kit/database";
import type { Migration } from "@yinxin/service-kit/database";

/** Purposes with their certificates, and what was signed for them. */
export const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("purposes")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("algorithm", "text", (column) => column.notNull())
      .addColumn("key_uri", "text", (column) => column.notNull().unique())
      .addColumn("certificate", bytesColumn(db), (column) => column.notNull())
      // The chain above it, issuing authority first, one DER after the other: each says itself where it ends.
      .addColumn("chain", bytesColumn(db), (column) => column.notNull())
      .addColumn("created_at", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("signatures")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("purpose", "text", (column) => column.notNull().references("purposes.name"))
      .addColumn("message_digest", "text", (column) => column.notNull())
      .addColumn("signed_at", "text", (column) => column.notNull())
      .addColumn("actor", "text", (column) => column.notNull())
      .addColumn("on_behalf_of", "text")
      .execute();
    await db.schema
      .createIndex("signatures_purpose")
      .on("signatures")
      .columns(["purpose", "signed_at"])
      .execute();
  },
};
