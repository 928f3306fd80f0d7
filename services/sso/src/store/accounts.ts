import type { Kysely, Transaction } from "kysely";

import type { Account, Organization, Person } from "../domain/account.ts";
import type { SsoSchema } from "./schema.ts";

/** A person as login needs them. */
export interface LoginRecord {
  readonly account: Account;
  readonly passwordHash: string;
}

/** People and their units. */
export interface AccountStore {
  findByUsername(username: string): Promise<LoginRecord | undefined>;
  find(id: string): Promise<Account | undefined>;
  /** `digest` stands for the whole record: the same digest means nothing has changed. */
  in(tx: Transaction<SsoSchema>): {
    putOrganization(organization: Organization, digest: string): Promise<PutResult>;
    putPerson(person: Person, digest: string): Promise<PutResult>;
  };
}

export type PutResult = "added" | "changed" | "unchanged";

/** The store over sso's database. */
export function createAccountStore(db: Kysely<SsoSchema>): AccountStore {
  const joined = () =>
    db
      .selectFrom("people")
      .innerJoin("organizations", "organizations.id", "people.organization_id")
      .select([
        "people.id as id",
        "people.name as name",
        "people.password_hash as password_hash",
        "people.entitlements as entitlements",
        "organizations.id as organization_id",
        "organizations.name as organization_name",
        "organizations.uscc as uscc",
      ]);
  return {
    findByUsername: async (username) => {
      const row = await joined().where("people.username", "=", username).executeTakeFirst();
      return row && { account: accountOf(row), passwordHash: row.password_hash };
    },
    find: async (id) => {
      const row = await joined().where("people.id", "=", id).executeTakeFirst();
      return row && accountOf(row);
    },
    in: (tx) => ({
      putOrganization: (organization, digest) => putOrganization(tx, organization, digest),
      putPerson: (person, digest) => putPerson(tx, person, digest),
    }),
  };
}

interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly entitlements: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly uscc: string;
}

function accountOf(row: AccountRow): Account {
  return {
    id: row.id as Person["id"],
    name: row.name,
    organization: {
      id: row.organization_id as Organization["id"],
      name: row.organization_name,
      uscc: row.uscc,
    },
    entitlements: JSON.parse(row.entitlements) as string[],
  };
}

async function putOrganization(
  tx: Transaction<SsoSchema>,
  { id, name, uscc }: Organization,
  digest: string,
): Promise<PutResult> {
  const values = { name, uscc, imported_digest: digest };
  const known = await tx
    .selectFrom("organizations")
    .select("imported_digest")
    .where("id", "=", id)
    .executeTakeFirst();
  if (known?.imported_digest === digest) return "unchanged";
  await (known === undefined
    ? tx
        .insertInto("organizations")
        .values({ id, ...values })
        .execute()
    : tx.updateTable("organizations").set(values).where("id", "=", id).execute());
  return known === undefined ? "added" : "changed";
}

async function putPerson(tx: Transaction<SsoSchema>, person: Person, digest: string): Promise<PutResult> {
  const values = {
    username: person.username,
    name: person.name,
    password_hash: person.passwordHash,
    organization_id: person.organizationId,
    entitlements: JSON.stringify(person.entitlements),
    imported_digest: digest,
  };
  const known = await tx
    .selectFrom("people")
    .select("imported_digest")
    .where("id", "=", person.id)
    .executeTakeFirst();
  if (known?.imported_digest === digest) return "unchanged";
  await (known === undefined
    ? tx
        .insertInto("people")
        .values({ id: person.id, ...values })
        .execute()
    : tx.updateTable("people").set(values).where("id", "=", person.id).execute());
  return known === undefined ? "added" : "changed";
}
