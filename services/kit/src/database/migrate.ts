import { sql } from "kysely";
import type { Kysely } from "kysely";

import { isPostgres } from "./dialect.ts";

/** One step of the schema, forward only. It runs in a transaction and leaves nothing behind if it fails. */
export interface Migration {
  up(db: Kysely<unknown>): Promise<void>;
}

/** The database does not fit the program: another version of it has been here. */
export class MigrationError extends Error {
  readonly code = "migrations-diverged";

  constructor(message: string) {
    super(message);
    this.name = "MigrationError";
  }
}

interface MigrationTable {
  readonly schema_migrations: { readonly position: number; readonly name: string };
}

/**
 * Brings the schema to the last of `migrations`, in the order of their names (`0001-init`, …), and returns the names of
 * those that ran. Two processes that start together take turns; what has run is recorded and does not run again.
 *
 * @throws MigrationError if the database has migrations that the program does not know, or has them in another order.
 */
export async function migrateToLatest<Schema>(
  db: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>>,
): Promise<string[]> {
  const names = Object.keys(migrations).sort();
  return await db.transaction().execute(async (tx) => {
    const migrating = tx as unknown as Kysely<MigrationTable>;
    await takeLock(migrating);
    await migrating.schema
      .createTable("schema_migrations")
      .ifNotExists()
      .addColumn("position", "integer", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull().unique())
      .execute();
    const done = await readDone(migrating);
    checkPrefix(done, names);
    const missing = names.slice(done.length);
    for (const [index, name] of missing.entries()) {
      await migrations[name]?.up(migrating as unknown as Kysely<unknown>);
      await migrating
        .insertInto("schema_migrations")
        .values({ position: done.length + index + 1, name })
        .execute();
    }
    return missing;
  });
}

/** SQLite's transaction holds the write lock from its beginning; PostgreSQL takes one of the schema's own. */
async function takeLock(db: Kysely<MigrationTable>): Promise<void> {
  if (!isPostgres(db)) return;
  await sql`select pg_advisory_xact_lock(hashtext('yinxin migrations ' || current_schema()))`.execute(db);
}

async function readDone(db: Kysely<MigrationTable>): Promise<string[]> {
  const rows = await db.selectFrom("schema_migrations").select("name").orderBy("position").execute();
  return rows.map(({ name }) => name);
}

function checkPrefix(done: readonly string[], names: readonly string[]): void {
  for (const [index, name] of done.entries()) {
    if (names[index] === name) continue;
    throw new MigrationError(
      `the database has had migration ${name} where the program has ${names[index] ?? "none"}: ` +
        "it belongs to another version of the program",
    );
  }
}
