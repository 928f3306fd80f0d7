import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sql } from "kysely";
import type { Kysely } from "kysely";
import { afterEach, describe, it } from "vitest";

import { isPostgres, migrateToLatest, openDatabase } from "../database/index.ts";
import type { DatabaseLocation, Migration } from "../database/index.ts";
import { isEverythingRequired, postgresForTests } from "./postgres-for-tests.ts";

/** Opens databases for one test; all of them are closed and removed after it. */
export interface OpenTestDatabase<Schema> {
  /** A new, migrated, empty database; or one more connection to the database at a location. */
  (at?: DatabaseLocation): Promise<Kysely<Schema>>;
  /** Where an empty database can be opened, for tests that open it themselves or twice. */
  location(): Promise<DatabaseLocation>;
}

/** Declares a test, as `it` does. */
export type DeclareTest = (name: string, test: () => Promise<void> | void) => void;

/**
 * The same tests on SQLite, in a file, and on PostgreSQL, a real server. Where the server cannot be started its tests are
 * skipped by name and counted; with `YINXIN_REQUIRE_ALL=1` they fail.
 *
 * @param body calls `it`; it gets `open`, to be called in a test or in `beforeEach`, and `itOnce`, which declares a test on
 *   SQLite alone: for what is decided outside the database, in statements that other tests run on both.
 */
export function describeOnBothDatabases<Schema>(
  name: string,
  migrations: Readonly<Record<string, Migration>>,
  body: (open: OpenTestDatabase<Schema>, itOnce: DeclareTest) => void,
): void {
  describe(`${name}, on SQLite`, () => {
    body(opener(migrations, sqliteLocation), (title, test) => {
      it(title, test);
    });
  });
  describe(`${name}, on PostgreSQL`, async () => {
    const postgres = await postgresForTests();
    if ("url" in postgres) {
      body(
        opener(migrations, () => Promise.resolve(postgresLocation(postgres.url))),
        () => undefined,
      );
    } else if (isEverythingRequired()) {
      it("needs PostgreSQL", () => {
        throw new Error(postgres.reason);
      });
    } else {
      it(`[skipped, needs PostgreSQL] ${name}`, (context) => {
        context.skip(`needs PostgreSQL: ${postgres.reason}`);
      });
    }
  });
}

type Cleaning = () => Promise<unknown>;

function opener<Schema>(
  migrations: Readonly<Record<string, Migration>>,
  newLocation: (cleanings: Cleaning[]) => Promise<DatabaseLocation>,
): OpenTestDatabase<Schema> {
  const cleanings: Cleaning[] = [];
  afterEach(async () => {
    // Last opened, first closed: a database's connections go before its files.
    for (const clean of cleanings.splice(0).reverse()) await clean();
  });
  const open = async (at?: DatabaseLocation): Promise<Kysely<Schema>> => {
    const location = at ?? (await newLocation(cleanings));
    const db = await openDatabase<Schema>(location);
    cleanings.push(() => closeAndDrop(db, location));
    // As the server of the tests: the data is thrown away, so nothing has to reach the disk.
    if (!isPostgres(db)) await sql`pragma synchronous = off`.execute(db);
    await migrateToLatest(db, migrations);
    return db;
  };
  return Object.assign(open, { location: () => newLocation(cleanings) });
}

async function sqliteLocation(cleanings: Cleaning[]): Promise<DatabaseLocation> {
  const directory = await mkdtemp(join(tmpdir(), "yinxin-test-db-"));
  cleanings.push(() => rm(directory, { recursive: true }));
  return { url: `sqlite:${join(directory, "db.sqlite")}`, schema: "test" };
}

function postgresLocation(url: string): DatabaseLocation {
  return { url, schema: `t_${randomBytes(8).toString("hex")}` };
}

async function closeAndDrop<Schema>(db: Kysely<Schema>, { schema }: DatabaseLocation): Promise<void> {
  // The server lives for the whole run and would otherwise fill up.
  if (isPostgres(db)) await sql`drop schema if exists ${sql.id(schema)} cascade`.execute(db);
  await db.destroy();
}
