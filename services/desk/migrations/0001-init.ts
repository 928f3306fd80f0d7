import { bytesColumn } from "@yinxin/service-kit/database";
import type { Migration } from "@yinxin/service-kit/database";

/** Sessions of staff, logins on their way, and sealed files waiting to be downloaded. Nothing here lives longer than an hour. */
export const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("sessions")
      .addColumn("id_digest", "text", (column) => column.primaryKey())
      .addColumn("form_token", "text", (column) => column.notNull())
      .addColumn("access_token", "text", (column) => column.notNull())
      .addColumn("id_token", "text", (column) => column.notNull())
      .addColumn("person_id", "text", (column) => column.notNull())
      .addColumn("person_name", "text", (column) => column.notNull())
      .addColumn("organization_name", "text", (column) => column.notNull())
      .addColumn("last_seen_at", "text", (column) => column.notNull())
      .addColumn("token_expires_at", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("logins")
      .addColumn("id_digest", "text", (column) => column.primaryKey())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("nonce", "text", (column) => column.notNull())
      .addColumn("verifier", "text", (column) => column.notNull())
      .addColumn("return_path", "text", (column) => column.notNull())
      .addColumn("expires_at", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("results")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("session_digest", "text", (column) => column.notNull())
      .addColumn("application_id", "text", (column) => column.notNull())
      .addColumn("file_name", "text", (column) => column.notNull())
      .addColumn("format", "text", (column) => column.notNull())
      .addColumn("digest", "text", (column) => column.notNull())
      .addColumn("content", bytesColumn(db), (column) => column.notNull())
      .addColumn("seal_name", "text", (column) => column.notNull())
      .addColumn("signed_at", "text", (column) => column.notNull())
      .addColumn("expires_at", "text", (column) => column.notNull())
      .execute();
    await db.schema.createIndex("results_session").on("results").column("session_digest").execute();
  },
};
