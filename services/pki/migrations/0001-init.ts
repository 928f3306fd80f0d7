import { bytesColumn } from "@yinxin/service-kit/database";
import type { Migration } from "@yinxin/service-kit/database";

/** Authorities, and every serial number that was ever taken, with the certificate once it is signed. */
export const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("authorities")
      .addColumn("id", "text", (column) => column.primaryKey())
      // One authority an algorithm: two processes that start together cannot both make one.
      .addColumn("algorithm", "text", (column) => column.notNull().unique())
      .addColumn("root_certificate", bytesColumn(db), (column) => column.notNull())
      .addColumn("issuing_certificate", bytesColumn(db), (column) => column.notNull())
      .addColumn("issuing_key_uri", "text", (column) => column.notNull())
      .addColumn("created_at", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("certificates")
      .addColumn("serial_number", "text", (column) => column.primaryKey())
      .addColumn("authority_id", "text", (column) => column.notNull().references("authorities.id"))
      .addColumn("profile", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("request_digest", "text", (column) => column.notNull())
      .addColumn("requested_by", "text", (column) => column.notNull())
      .addColumn("reserved_at", "text", (column) => column.notNull())
      .addColumn("certificate", bytesColumn(db))
      .addColumn("issued_at", "text")
      .execute();
  },
};
