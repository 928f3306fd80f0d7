import { bytesColumn } from "@yinxin/service-kit/database";
import type { Migration } from "@yinxin/service-kit/database";

/** Seals, what they were applied to, the numbers of their codes, and the maker's certificate. */
export const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("seals")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("code", "text", (column) => column.notNull().unique())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("type", "integer", (column) => column.notNull())
      .addColumn("organization_id", "text", (column) => column.notNull())
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("valid_from", "text", (column) => column.notNull())
      .addColumn("valid_until", "text", (column) => column.notNull())
      .addColumn("size_mm", "integer", (column) => column.notNull())
      .addColumn("key_uri", "text", (column) => column.notNull())
      .addColumn("certificate", bytesColumn(db), (column) => column.notNull())
      .addColumn("picture", bytesColumn(db), (column) => column.notNull())
      .addColumn("seal", bytesColumn(db), (column) => column.notNull())
      .execute();
    // One seal of the legal name an organization, unless it is revoked: what the operation checks, the database ensures.
    await db.schema
      .createIndex("seals_single")
      .unique()
      .on("seals")
      .column("organization_id")
      .where("type" as never, "=", 1 as never)
      .where("status" as never, "<>", "revoked" as never)
      .execute();
    await db.schema
      .createIndex("seals_organization")
      .on("seals")
      .columns(["organization_id", "code"])
      .execute();
    await db.schema
      .createTable("applications")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("seal_id", "text", (column) => column.notNull().references("seals.id"))
      .addColumn("document_name", "text", (column) => column.notNull())
      .addColumn("format", "text", (column) => column.notNull())
      .addColumn("digest_before", "text", (column) => column.notNull())
      .addColumn("digest_after", "text", (column) => column.notNull())
      .addColumn("page", "integer", (column) => column.notNull())
      // Micrometres: both databases keep integers exactly.
      .addColumn("x_um", "integer", (column) => column.notNull())
      .addColumn("y_um", "integer", (column) => column.notNull())
      .addColumn("signed_at", "text", (column) => column.notNull())
      .addColumn("actor", "text", (column) => column.notNull())
      .addColumn("on_behalf_of", "text")
      .addColumn("reason", "text")
      .execute();
    await db.schema
      .createIndex("applications_seal")
      .on("applications")
      .columns(["seal_id", "signed_at"])
      .execute();
    await db.schema
      .createTable("seal_numbers")
      .addColumn("division_code", "text", (column) => column.primaryKey())
      .addColumn("last_serial", "integer", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("maker_certificates")
      .addColumn("key_uri", "text", (column) => column.primaryKey())
      .addColumn("certificate", bytesColumn(db), (column) => column.notNull())
      .addColumn("enrolled_at", "text", (column) => column.notNull())
      .execute();
  },
};
