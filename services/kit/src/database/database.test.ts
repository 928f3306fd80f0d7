import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sql } from "kysely";
import { describe, expect, it } from "vitest";

import { describeOnBothDatabases } from "../testing/index.ts";
import {
  bytesColumn,
  DatabaseError,
  isUniqueViolation,
  migrateToLatest,
  MigrationError,
  isPostgres,
  openDatabase,
  tableNames,
  transact,
} from "./index.ts";
import type { Migration } from "./index.ts";

interface Schema {
  things: { id: string; size: number; content: Uint8Array | null };
}

const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("things")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("size", "bigint", (column) => column.notNull())
      .addColumn("content", bytesColumn(db))
      .execute();
  },
};
const migrations = { "0001-init": init };

describeOnBothDatabases<Schema>("a service's database", migrations, (open) => {
  it("names its tables and nobody else's, also while others drop theirs", async () => {
    const [db, other] = [await open(), await open()];
    await other.schema.createTable("others").addColumn("id", "text").execute();
    expect(await tableNames(db)).toEqual(["schema_migrations", "things"]);
    expect(await tableNames(other)).toEqual(["others", "schema_migrations", "things"]);
    if (!isPostgres(db)) return;
    let isBusy = true;
    const passing = async (): Promise<void> => {
      for (let time = 0; time < 100; time += 1) {
        await sql`create schema ${sql.id(`passing_${String(time)}`)} create table passing (id text)`.execute(
          other,
        );
        await sql`drop schema ${sql.id(`passing_${String(time)}`)} cascade`.execute(other);
      }
      isBusy = false;
    };
    const looking = async (): Promise<void> => {
      while (isBusy) expect(await tableNames(db)).toEqual(["schema_migrations", "things"]);
    };
    await Promise.all([passing(), looking(), looking(), looking()]);
  });

  it("gives bytes back as Uint8Array and numbers as numbers", async () => {
    const db = await open();
    const content = Uint8Array.of(0, 255, 7);
    await db
      .insertInto("things")
      .values({ id: "a", size: 2 ** 40, content })
      .execute();
    const row = await db.selectFrom("things").select(["size", "content"]).executeTakeFirstOrThrow();
    expect(row).toStrictEqual({ size: 2 ** 40, content });
    const { count } = await db
      .selectFrom("things")
      .select((query) => query.fn.countAll().as("count"))
      .executeTakeFirstOrThrow();
    expect(count).toBe(1);
  });

  it("says which failure is a unique violation", async () => {
    const db = await open();
    const insert = (id: string): Promise<unknown> =>
      db.insertInto("things").values({ id, size: 1, content: null }).execute();
    await insert("a");
    const error: unknown = await insert("a").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Error);
    expect(isUniqueViolation(error)).toBe(true);
    const other: unknown = await db
      .insertInto("things")
      .values({ id: "b", size: null as unknown as number, content: null })
      .execute()
      .catch((cause: unknown) => cause);
    expect(other).toBeInstanceOf(Error);
    expect(isUniqueViolation(other)).toBe(false);
  });

  it("stores all of a transaction or nothing", async () => {
    const db = await open();
    const failed = transact(db, async (tx) => {
      await tx.insertInto("things").values({ id: "a", size: 1, content: null }).execute();
      throw new Error("on purpose");
    });
    await expect(failed).rejects.toThrow("on purpose");
    expect(await db.selectFrom("things").select("id").execute()).toEqual([]);
  });

  it("runs a change again that the database undid only because of another, three times at most", async () => {
    const db = await open();
    const lost = Object.assign(new Error("lost a race"), { code: "40001" });
    let runs = 0;
    const result = await transact(db, async (tx) => {
      runs += 1;
      await tx.insertInto("things").values({ id: "a", size: runs, content: null }).execute();
      if (runs < 3) throw lost;
      return "done";
    });
    expect(result).toBe("done");
    expect(await db.selectFrom("things").select("size").execute()).toEqual([{ size: 3 }]);
    runs = 0;
    const hopeless = transact(db, () => {
      runs += 1;
      return Promise.reject(lost);
    });
    await expect(hopeless).rejects.toBe(lost);
    expect(runs).toBe(3);
  });

  it("loses no change of writers at the same time", async () => {
    const at = await open.location();
    const [one, two] = [await open(at), await open(at)];
    await one.insertInto("things").values({ id: "a", size: 0, content: null }).execute();
    const increment = (db: typeof one): Promise<unknown> =>
      transact(db, (tx) =>
        tx
          .updateTable("things")
          .set((column) => ({ size: column("size", "+", 1) }))
          .where("id", "=", "a")
          .execute(),
      );
    await Promise.all([one, two, one, two, one, two].map(increment));
    expect(await two.selectFrom("things").select("size").execute()).toEqual([{ size: 6 }]);
  });

  it("is seen by its own service only", async () => {
    const [mine, theirs] = [await open(), await open()];
    await mine.insertInto("things").values({ id: "a", size: 1, content: null }).execute();
    expect(await theirs.selectFrom("things").select("id").execute()).toEqual([]);
  });

  it("migrates once, also when two processes open it together", async () => {
    const at = await open.location();
    const [one, two] = await Promise.all([openDatabase(at), openDatabase(at)]);
    const ran = await Promise.all([migrateToLatest(one, migrations), migrateToLatest(two, migrations)]);
    expect(ran.flat()).toEqual(["0001-init"]);
    await two.destroy();
    expect(await migrateToLatest(one, migrations)).toEqual([]);
    expect(
      await migrateToLatest(one, { ...migrations, "0002-more": { up: () => Promise.resolve() } }),
    ).toEqual(["0002-more"]);
    await expect(migrateToLatest(one, migrations)).rejects.toThrow(MigrationError);
    await one.destroy();
  });

  it("keeps nothing of a migration that fails", async () => {
    const at = await open.location();
    const db = await openDatabase<Schema>(at);
    const failing: Migration = {
      up: async (tx) => {
        await init.up(tx);
        throw new Error("half way");
      },
    };
    await expect(migrateToLatest(db, { "0001-init": failing })).rejects.toThrow("half way");
    expect(await migrateToLatest(db, migrations)).toEqual(["0001-init"]);
    await db.destroy();
  });
});

describe("opening a database", () => {
  it.each([
    ["another kind of address", "mysql://localhost/db", "database-url"],
    ["a folder that is not there", "sqlite:/does/not/exist/db.sqlite", "database-unreachable"],
    ["a server that is not there", "postgres://yinxin:s3cret@127.0.0.1:1/db", "database-unreachable"],
  ])("fails for %s, without a word about the password", async (_name, url, code) => {
    const error: unknown = await openDatabase({ url, schema: "test" }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).not.toContain("s3cret");
  });

  it.each(["Seal", "seal-1", "1seal", 'seal"; drop table x; --', ""])(
    "does not take %j as a schema",
    async (schema) => {
      await expect(openDatabase({ url: "sqlite::memory:", schema })).rejects.toMatchObject({
        code: "database-schema-name",
      });
    },
  );

  it("makes a SQLite file that only its owner may read, its log included", async () => {
    const folder = await mkdtemp(join(tmpdir(), "yinxin-test-db-"));
    const db = await openDatabase<Schema>({ url: `sqlite:${join(folder, "db.sqlite")}`, schema: "test" });
    await migrateToLatest(db, migrations);
    const modes = await Promise.all(
      ["", "-wal", "-shm"].map(async (end) => (await stat(join(folder, `db.sqlite${end}`))).mode & 0o777),
    );
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    await db.destroy();
    await rm(folder, { recursive: true });
  });

  it("keeps statements across more of them than are kept, and across a change of the schema under one", async () => {
    const db = await openDatabase<unknown>({ url: "sqlite::memory:", schema: "test" });
    await sql`create table things (id integer primary key, name text)`.execute(db);
    await sql`insert into things (name) values ('first')`.execute(db);
    const all = async (): Promise<unknown> => (await sql`select * from things`.execute(db)).rows;
    expect(await all()).toEqual([{ id: 1, name: "first" }]);
    for (let at = 0; at < 600; at += 1) {
      const { rows } = await sql<{ n: number }>`select ${sql.raw(String(at))} as n`.execute(db);
      expect(rows).toEqual([{ n: at }]);
      if (at === 300) expect(await all()).toEqual([{ id: 1, name: "first" }]);
    }
    expect(await all()).toEqual([{ id: 1, name: "first" }]);
    await sql`alter table things add column unit text default 'u'`.execute(db);
    expect(await all()).toEqual([{ id: 1, name: "first", unit: "u" }]);
    await db.destroy();
  });

  it("sets SQLite to survive a power cut, and to hold to foreign keys", async () => {
    const folder = await mkdtemp(join(tmpdir(), "yinxin-test-db-"));
    const db = await openDatabase({ url: `sqlite:${join(folder, "db.sqlite")}`, schema: "test" });
    const pragma = async (name: string): Promise<unknown> => {
      const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db);
      return Object.values(rows[0] ?? {})[0];
    };
    const full = 2;
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(full);
    expect(await pragma("foreign_keys")).toBe(1);
    await db.destroy();
    await rm(folder, { recursive: true });
  });
});
