import type pg from "pg";

import type { DatabaseLocation } from "../database/index.ts";
import { DatabaseCopyError } from "./database-copy-error.ts";
import { connectTo, quoted } from "./dump-postgres.ts";
import { checkEmpty, restorePostgres } from "./restore-postgres.ts";

/**
 * A schema that is restored under a name of its own, looked at, and then dropped or given its real name. Whoever is killed leaves that
 * schema, and the next one who stages under the same name drops it first.
 */
export interface StagedSchema {
  readonly location: DatabaseLocation;
  /** Of each table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Ends the claim; what has no real name yet is dropped. */
  remove(): Promise<void>;
}

/**
 * @param location of the schema to stage in; nobody else has that name.
 * @throws DatabaseCopyError `schema-in-use` while another process stages there; what `restorePostgres` throws.
 */
export async function stagePostgres(
  location: DatabaseLocation,
  lines: AsyncIterable<string>,
): Promise<StagedSchema> {
  // An advisory lock ends with its connection, also of a process that is killed.
  const claim = await connectTo(location);
  try {
    const { rows: locked } = await claim.query<{ is_ours: boolean }>(
      "select pg_try_advisory_lock(hashtext('yinxin restore ' || $1)) as is_ours",
      [location.schema],
    );
    if (locked[0]?.is_ours !== true)
      throw new DatabaseCopyError("schema-in-use", `another restore is at work in ${location.schema}`);
    await drop(claim, location.schema);
    const rows = await restorePostgres(location, lines);
    return {
      location,
      rows,
      remove: async () => {
        try {
          await drop(claim, location.schema);
        } finally {
          await claim.end();
        }
      },
    };
  } catch (cause) {
    await claim.end();
    throw cause;
  }
}

async function drop(client: pg.ClientBase, schema: string): Promise<void> {
  await client.query(`drop schema if exists ${quoted(schema)} cascade`);
}

/** A staged schema and its real name. */
export interface SchemaToPublish {
  readonly staged: DatabaseLocation;
  readonly schema: string;
}

/**
 * Gives staged schemas their real names, all of a server in one transaction, and does something else before it is committed: if that
 * fails, or the process is killed, no schema has its name.
 *
 * @throws DatabaseCopyError `target-not-empty` if a schema with tables has the name; what `meanwhile` throws.
 */
export async function publishPostgres(
  schemas: readonly SchemaToPublish[],
  meanwhile: () => Promise<void>,
): Promise<void> {
  const urls = [...new Set(schemas.map(({ staged }) => staged.url))];
  const clients: pg.Client[] = [];
  try {
    for (const url of urls) {
      const own = schemas.filter(({ staged }) => staged.url === url);
      const client = await connectTo({ url, schema: "public" });
      clients.push(client);
      await client.query("begin");
      for (const each of own) await rename(client, each);
    }
    await meanwhile();
    for (const client of clients) await client.query("commit");
  } finally {
    // Ends a transaction too that is still open.
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function rename(client: pg.ClientBase, { staged, schema }: SchemaToPublish): Promise<void> {
  await client.query(`create schema if not exists ${quoted(schema)}`);
  await checkEmpty(client, schema);
  await drop(client, schema);
  await client.query(`alter schema ${quoted(staged.schema)} rename to ${quoted(schema)}`);
}
