import { jwkThumbprint } from "@yinxin/crypto/tokens";
import type { Migration } from "@yinxin/service-kit/database";
import type { Kysely } from "kysely";

import type { ClientKey } from "../src/domain/account.ts";
import type { SsoSchema } from "../src/store/schema.ts";

/** Several keys for a client; the one of the manifest is the first. */
export const clientKeys: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("client_keys")
      .addColumn("client_id", "text", (column) => column.notNull().references("clients.id"))
      .addColumn("key_id", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("client_keys_key", ["client_id", "key_id"] as never)
      .execute();
    const sso = db as unknown as Kysely<SsoSchema>;
    const clients = await sso.selectFrom("clients").select(["id", "key"]).execute();
    for (const { id, key } of clients) {
      const keyId = jwkThumbprint(JSON.parse(key) as ClientKey);
      const row = { client_id: id, key_id: keyId, key, state: "registered" } as const;
      await sso.insertInto("client_keys").values(row).execute();
    }
  },
};
