import type { Kysely, Selectable, Transaction } from "kysely";

import type { Client, ClientKey, GrantType, RegisteredClient } from "../domain/account.ts";
import type { PutResult } from "./accounts.ts";
import { isTurnedAway, readRegisteredKeys, takeManifestKey } from "./client-keys.ts";
import type { SsoSchema } from "./schema.ts";

/** The systems that may ask for tokens. */
export interface ClientStore {
  find(id: string): Promise<RegisteredClient | undefined>;
  in(tx: Transaction<SsoSchema>): {
    put(client: Client, digest: string): Promise<PutResult>;
    /** Removes every client that is not named, and says which they were. */
    removeAllBut(ids: readonly string[]): Promise<readonly string[]>;
  };
}

/** The store over sso's database. */
export function createClientStore(db: Kysely<SsoSchema>): ClientStore {
  return {
    find: async (id) => {
      const row = await db.selectFrom("clients").selectAll().where("id", "=", id).executeTakeFirst();
      return row && { ...clientOf(row), keys: await readRegisteredKeys(db, id) };
    },
    in: (tx) => ({
      put: (client, digest) => putClient(tx, client, digest),
      removeAllBut: (ids) => removeAllBut(tx, ids),
    }),
  };
}

function clientOf(row: Selectable<SsoSchema["clients"]>): Client {
  return {
    id: row.id,
    name: row.name,
    key: JSON.parse(row.key) as ClientKey,
    grantTypes: JSON.parse(row.grant_types) as GrantType[],
    redirectUris: JSON.parse(row.redirect_uris) as string[],
    postLogoutRedirectUris: JSON.parse(row.post_logout_redirect_uris) as string[],
    scope: JSON.parse(row.scope) as string[],
    entitlements: JSON.parse(row.entitlements) as string[],
  };
}

async function putClient(tx: Transaction<SsoSchema>, client: Client, digest: string): Promise<PutResult> {
  const values = {
    name: client.name,
    key: JSON.stringify(client.key),
    grant_types: JSON.stringify(client.grantTypes),
    redirect_uris: JSON.stringify(client.redirectUris),
    post_logout_redirect_uris: JSON.stringify(client.postLogoutRedirectUris),
    scope: JSON.stringify(client.scope),
    entitlements: JSON.stringify(client.entitlements),
    imported_digest: digest,
  };
  const known = await tx
    .selectFrom("clients")
    .select("imported_digest")
    .where("id", "=", client.id)
    .executeTakeFirst();
  if (known?.imported_digest === digest) return "unchanged";
  await (known === undefined
    ? tx
        .insertInto("clients")
        .values({ id: client.id, ...values })
        .execute()
    : tx.updateTable("clients").set(values).where("id", "=", client.id).execute());
  await takeManifestKey(tx, client);
  return known === undefined ? "added" : "changed";
}

/** One that security officers turned away stays, with no key: left out and named again, it would be back without them. */
async function removeAllBut(tx: Transaction<SsoSchema>, ids: readonly string[]): Promise<readonly string[]> {
  const known = await tx.selectFrom("clients").select("id").orderBy("id").execute();
  const gone: string[] = [];
  for (const { id } of known) {
    if (ids.includes(id) || (await isTurnedAway(tx, id))) continue;
    await tx.deleteFrom("client_keys").where("client_id", "=", id).execute();
    await tx.deleteFrom("clients").where("id", "=", id).execute();
    gone.push(id);
  }
  return gone;
}
