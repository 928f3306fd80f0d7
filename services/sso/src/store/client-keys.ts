import { jwkThumbprint } from "@yinxin/crypto/tokens";
import { isPostgres } from "@yinxin/service-kit/database";
import type { Kysely, Transaction } from "kysely";

import type { Client, ClientKey } from "../domain/account.ts";
import type { ClientKeys, StoredClientKey } from "../operations/ports.ts";
import type { SsoSchema } from "./schema.ts";

/** The keys of clients, over sso's database. */
export function createClientKeyStore(): ClientKeys<Transaction<SsoSchema>> {
  return {
    in: (tx) => ({
      list: (clientId) => listKeys(tx, clientId),
      ownersOf: async (keyId) => {
        const rows = tx.selectFrom("client_keys").select("client_id").where("key_id", "=", keyId);
        return (await rows.execute()).map((row) => row.client_id);
      },
      add: async (clientId, key) => {
        const row = { client_id: clientId, key_id: jwkThumbprint(key), key: JSON.stringify(key) };
        await tx
          .insertInto("client_keys")
          .values({ ...row, state: "registered" })
          .execute();
      },
      remove: async (clientId, keyId) => {
        await tx
          .updateTable("client_keys")
          .set({ state: "removed" })
          .where("client_id", "=", clientId)
          .where("key_id", "=", keyId)
          .execute();
      },
      useStatement: (clientId, statementId, expiresAt) => useStatement(tx, clientId, statementId, expiresAt),
    }),
  };
}

async function listKeys(
  tx: Transaction<SsoSchema>,
  clientId: string,
): Promise<readonly StoredClientKey[] | undefined> {
  const client = tx.selectFrom("clients").select("id").where("id", "=", clientId);
  const found = await (isPostgres(tx) ? client.forUpdate() : client).executeTakeFirst();
  if (found === undefined) return undefined;
  const rows = await tx
    .selectFrom("client_keys")
    .selectAll()
    .where("client_id", "=", clientId)
    .orderBy("key_id")
    .execute();
  return rows.map(({ key_id: keyId, key, state }) => {
    return { keyId, key: JSON.parse(key) as ClientKey, state };
  });
}

async function useStatement(
  tx: Transaction<SsoSchema>,
  clientId: string,
  statementId: string,
  expiresAt: Date,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("protocol_records")
    .values({
      model: "ClientKeyStatement",
      id: `${clientId} ${statementId}`,
      payload: "{}",
      ...{ grant_id: null, uid: null, consumed_at: null },
      expires_at: expiresAt.toISOString(),
    })
    .onConflict((conflict) => conflict.columns(["model", "id"]).doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The keys that prove a client now. */
export async function readRegisteredKeys(
  db: Kysely<SsoSchema>,
  clientId: string,
): Promise<readonly ClientKey[]> {
  const rows = await db
    .selectFrom("client_keys")
    .select("key")
    .where("client_id", "=", clientId)
    .where("state", "=", "registered")
    .orderBy("key_id")
    .execute();
  return rows.map(({ key }) => JSON.parse(key) as ClientKey);
}

/**
 * What a manifest's key means for a client that changes its keys itself. A key that the client has or had changes nothing:
 * an old manifest neither takes a new key away nor brings a removed one back. A key never seen is the operator's word, and
 * from then on the only one: so a client whose key was lost is helped. It is no word against that of the security officers:
 * a client that they turned away, which has keys and none that is registered, gets its next key from two of them.
 */
export async function takeManifestKey(
  tx: Transaction<SsoSchema>,
  { id, key }: Pick<Client, "id" | "key">,
): Promise<void> {
  const keyId = jwkThumbprint(key);
  const known = await tx
    .selectFrom("client_keys")
    .select("key_id")
    .where("client_id", "=", id)
    .where("key_id", "=", keyId)
    .executeTakeFirst();
  if (known !== undefined || (await isTurnedAway(tx, id))) return;
  await tx.updateTable("client_keys").set({ state: "removed" }).where("client_id", "=", id).execute();
  const row = { client_id: id, key_id: keyId, key: JSON.stringify(key), state: "registered" } as const;
  await tx.insertInto("client_keys").values(row).execute();
}

/** Whether security officers took every key of a client: by itself none can remove its last one. */
export async function isTurnedAway(tx: Transaction<SsoSchema>, clientId: string): Promise<boolean> {
  const keys = await tx.selectFrom("client_keys").select("state").where("client_id", "=", clientId).execute();
  return keys.length > 0 && keys.every(({ state }) => state === "removed");
}
