import { bytesColumn } from "@yinxin/service-kit/database";
import type { Migration } from "@yinxin/service-kit/database";
import { sql } from "kysely";

/**
 * Seals that are made again: a seal keeps its code, its face and its owner, and has a version for each owner's key and each
 * maker's signature. What was made before is version 1, made with the first keys.
 */
export const sealVersions: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("seal_versions")
      .addColumn("seal_id", "text", (column) => column.notNull().references("seals.id"))
      .addColumn("version", "integer", (column) => column.notNull())
      .addColumn("owner_key_version", "integer", (column) => column.notNull())
      .addColumn("maker_key_version", "integer", (column) => column.notNull())
      .addColumn("certificate", bytesColumn(db), (column) => column.notNull())
      .addColumn("seal", bytesColumn(db), (column) => column.notNull())
      .addColumn("valid_from", "text", (column) => column.notNull())
      .addColumn("valid_until", "text", (column) => column.notNull())
      // Null: made, and not yet in force.
      .addColumn("effective_from", "text")
      // Null: open. In the past: documents sealed with it before then stay good.
      .addColumn("closed_at", "text")
      .addPrimaryKeyConstraint("seal_versions_number", ["seal_id", "version"])
      // A batch that was killed and runs again makes no seal twice.
      .addUniqueConstraint("seal_versions_keys", ["seal_id", "owner_key_version", "maker_key_version"])
      .execute();
    await sql`
      insert into seal_versions (seal_id, version, owner_key_version, maker_key_version, certificate, seal,
        valid_from, valid_until, effective_from, closed_at)
      select id, 1, 1, 1, certificate, seal, valid_from, valid_until, valid_from, null from seals
    `.execute(db);
    await db.schema
      .alterTable("seals")
      .addColumn("version", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
    for (const column of ["key_uri", "certificate", "seal", "valid_from", "valid_until"]) {
      await db.schema.alterTable("seals").dropColumn(column).execute();
    }
    await db.schema
      .createIndex("seal_versions_maker")
      .on("seal_versions")
      .columns(["maker_key_version", "seal_id"])
      .execute();
  },
};
