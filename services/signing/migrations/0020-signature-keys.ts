import type { Migration } from "@yinxin/service-kit/database";

/** Which version of a purpose's key made a signature; before there were versions there was one. */
export const signatureKeys: Migration = {
  up: async (db) => {
    await db.schema
      .alterTable("signatures")
      .addColumn("key_version", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
  },
};
