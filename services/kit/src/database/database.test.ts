import { expect, it } from "vitest";

import { describeOnBothDatabases } from "../testing/index.ts";
import {
  bytesColumn,
  isUniqueViolation,
  migrateToLatest,
  MigrationError,
  openDatabase,
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
