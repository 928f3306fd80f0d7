import type { Migration } from "@yinxin/service-kit/database";

/** People, units and clients as the bootstrap manifest brought them, attempts to log in, and the protocol's own state. */
export const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("organizations")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("uscc", "text", (column) => column.notNull())
      .addColumn("imported_digest", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("people")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("username", "text", (column) => column.notNull().unique())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("password_hash", "text", (column) => column.notNull())
      .addColumn("organization_id", "text", (column) => column.notNull().references("organizations.id"))
      .addColumn("entitlements", "text", (column) => column.notNull())
      .addColumn("imported_digest", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("clients")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("grant_types", "text", (column) => column.notNull())
      .addColumn("redirect_uris", "text", (column) => column.notNull())
      .addColumn("post_logout_redirect_uris", "text", (column) => column.notNull())
      .addColumn("scope", "text", (column) => column.notNull())
      .addColumn("entitlements", "text", (column) => column.notNull())
      .addColumn("imported_digest", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("login_attempts")
      .addColumn("key", "text", (column) => column.primaryKey())
      .addColumn("failures", "integer", (column) => column.notNull())
      .addColumn("last_at", "text", (column) => column.notNull())
      .addColumn("blocked_until", "text", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("protocol_records")
      .addColumn("model", "text", (column) => column.notNull())
      .addColumn("id", "text", (column) => column.notNull())
      .addColumn("payload", "text", (column) => column.notNull())
      .addColumn("grant_id", "text")
      .addColumn("uid", "text")
      .addColumn("consumed_at", "text")
      .addColumn("expires_at", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("protocol_records_key", ["model", "id"])
      .execute();
    await db.schema.createIndex("protocol_records_grant").on("protocol_records").column("grant_id").execute();
    await db.schema.createIndex("protocol_records_uid").on("protocol_records").column("uid").execute();
    await db.schema
      .createIndex("protocol_records_expiry")
      .on("protocol_records")
      .column("expires_at")
      .execute();
  },
};
