import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";

import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { auditMigration } from "../audit/index.ts";
import { bytesColumn, isPostgres, openDatabase, transact } from "../database/index.ts";
import type { Migration } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import {
  copySqlite,
  dumpPostgres,
  inspectSqlite,
  publishPostgres,
  restorePostgres,
  stagePostgres,
} from "./index.ts";

interface Schema {
  owners: { id: string };
  things: { id: string; owner: string; size: number; content: Uint8Array | null };
}

const init: Migration = {
  up: async (db) => {
    await db.schema
      .createTable("owners")
      .addColumn("id", "text", (column) => column.primaryKey())
      .execute();
    await db.schema
      .createTable("things")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("owner", "text", (column) => column.notNull().references("owners.id"))
      .addColumn("size", "bigint", (column) =>
        column
          .notNull()
          .defaultTo(7)
          .check(sql`size > 0`),
      )
      .addColumn("content", bytesColumn(db))
      .execute();
    await db.schema.createIndex("things_size").on("things").column("size").where("size", ">", 1).execute();
  },
};
const migrations = { "0000-audit": auditMigration, "0001-init": init };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "yinxin-copy-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

describeOnBothDatabases<Schema>("a copy of a database", migrations, (open) => {
  it("is as the database was at one moment, though others write meanwhile, and takes every value along", async () => {
    const location = await open.location();
    const db = await open(location);
    const content = Uint8Array.of(0, 255, 92, 39);
    await db.insertInto("owners").values({ id: "局\\'\"{}" }).execute();
    const pair = (id: string) => [
      { id: `${id}-a`, owner: "局\\'\"{}", size: 2 ** 40, content },
      { id: `${id}-b`, owner: "局\\'\"{}", size: 1, content: null },
    ];
    // Always two rows in one transaction: a copy with an odd number was taken between.
    const write = (id: string) => transact(db, (tx) => tx.insertInto("things").values(pair(id)).execute());
    for (let at = 0; at < 300; at += 1) await write(String(at));
    const stop = new AbortController();
    const writing = (async () => {
      for (let at = 300; !stop.signal.aborted; at += 1) {
        await write(String(at));
        // SQLite's driver never waits: without this nobody else would have a turn.
        await setImmediate();
      }
    })();
    const copying = isPostgres(db) ? throughDump(location) : throughFile(location.url);
    const copied = await copying.finally(async () => {
      stop.abort();
      await writing;
    });
    expect(copied.things % 2).toBe(0);
    expect(copied.things).toBeGreaterThanOrEqual(600);
    expect(copied.first).toEqual(pair("0")[0]);
  });

  async function throughFile(url: string) {
    const target = join(folder, `${randomBytes(4).toString("hex")}.sqlite`);
    await copySqlite(url.slice("sqlite:".length), target);
    const { problems, migrations: had, rows } = inspectSqlite(target);
    expect([problems, had]).toEqual([[], Object.keys(migrations)]);
    const copy = await open({ url: `sqlite:${target}`, schema: "test" });
    const first = await copy
      .selectFrom("things")
      .selectAll()
      .where("id", "=", "0-a")
      .executeTakeFirstOrThrow();
    await expect(copySqlite(url.slice("sqlite:".length), target)).rejects.toThrow("EEXIST");
    return { things: rows["things"] ?? 0, first };
  }

  async function throughDump(location: { url: string; schema: string }) {
    const lines = await all(dumpPostgres(location));
    const target = { url: location.url, schema: `t_${randomBytes(8).toString("hex")}` };
    try {
      const rows = await restorePostgres(target, each(lines));
      await expect(restorePostgres(target, each(lines))).rejects.toMatchObject({ code: "target-not-empty" });
      const copy = await openDatabase<Schema>(target);
      const first = await copy
        .selectFrom("things")
        .selectAll()
        .where("id", "=", "0-a")
        .executeTakeFirstOrThrow();
      const orphan = copy.insertInto("things").values({ id: "x", owner: "nobody", size: 1, content: null });
      await expect(orphan.execute()).rejects.toThrow("foreign key");
      await copy.destroy();
      // The same again: nothing of the schema was lost on the way.
      const [again] = await all(dumpPostgres(target));
      expect(again).toBe(lines[0]);
      return { things: rows["things"] ?? 0, first };
    } finally {
      const leftover = await openDatabase(target);
      await sql`drop schema ${sql.id(target.schema)} cascade`.execute(leftover);
      await leftover.destroy();
    }
  }

  it("is staged under another name, and published together with something else or not at all", async () => {
    const location = await open.location();
    const db = await open(location);
    if (!isPostgres(db)) return;
    const content = Uint8Array.of(1);
    await db.insertInto("owners").values({ id: "o" }).execute();
    await db.insertInto("things").values({ id: "t", owner: "o", size: 1, content }).execute();
    const lines = await all(dumpPostgres(location));
    const schema = `t_${randomBytes(8).toString("hex")}`;
    const place = { url: location.url, schema: `${schema}_staged` };
    const staged = await stagePostgres(place, each(lines));
    expect(staged.rows).toMatchObject({ things: 1 });
    await expect(stagePostgres(place, each(lines))).rejects.toMatchObject({ code: "schema-in-use" });
    const publish = (meanwhile: () => Promise<void>) =>
      publishPostgres([{ staged: place, schema }], meanwhile);
    await expect(publish(() => Promise.reject(new Error("the disk is full")))).rejects.toThrow("disk");
    await publish(() => Promise.resolve());
    await staged.remove();
    const restored = await openDatabase<Schema>({ url: location.url, schema });
    expect(await restored.selectFrom("things").select("id").execute()).toEqual([{ id: "t" }]);
    // The name is taken now; and what somebody left who was killed is no obstacle.
    await sql`create schema ${sql.id(place.schema)}`.execute(restored);
    const again = await stagePostgres(place, each(lines));
    await expect(publish(() => Promise.resolve())).rejects.toMatchObject({ code: "target-not-empty" });
    await again.remove();
    const left = await sql<{
      nspname: string;
    }>`select nspname from pg_namespace where nspname like ${`${schema}%`}`.execute(restored);
    expect(left.rows).toEqual([{ nspname: schema }]);
    await sql`drop schema ${sql.id(schema)} cascade`.execute(restored);
    await restored.destroy();
  });

  it("takes rows with documents in them one by one, and runs one statement of a dump only", async () => {
    const location = await open.location();
    const db = await open(location);
    if (!isPostgres(db)) return;
    await db.insertInto("owners").values({ id: "o" }).execute();
    const content = new Uint8Array(3 * 1024 * 1024);
    for (const id of ["a", "b", "c"])
      await db.insertInto("things").values({ id, owner: "o", size: 1, content }).execute();
    const lines = await all(dumpPostgres(location));
    expect(lines.filter((line) => line.startsWith('{"table":"things"'))).toHaveLength(3);
    const [first = "", ...others] = lines;
    const target = { url: location.url, schema: `t_${randomBytes(8).toString("hex")}` };
    const schemaOf = (text: string) =>
      JSON.parse(text) as { indexes: { name: string; definition: string }[] };
    const { indexes, ...rest } = schemaOf(first);
    const evil = indexes.map((index) => ({
      ...index,
      definition: `${index.definition}; drop schema public`,
    }));
    const told = restorePostgres(target, each([JSON.stringify({ ...rest, indexes: evil }), ...others]));
    await expect(told).rejects.toThrow("multiple commands");
    const other = JSON.stringify({ ...rest, indexes: [{ name: "x", definition: "drop schema public" }] });
    await expect(restorePostgres(target, each([other, ...others]))).rejects.toMatchObject({
      code: "dump-malformed",
    });
    await expect(restorePostgres({ url: "postgres://u:secret@[", schema: "x" }, each([]))).rejects.toSatisfy(
      (cause: Error) => !JSON.stringify([cause.message, cause.cause]).includes("secret"),
    );
  });

  it("is refused where it would lose something, and where a dump was cut or edited", async () => {
    const location = await open.location();
    const db = await open(location);
    if (!isPostgres(db)) return;
    const lines = await all(dumpPostgres(location));
    const target = { url: location.url, schema: `t_${randomBytes(8).toString("hex")}` };
    for (const wrong of [
      lines.slice(0, -1),
      [],
      [...lines, lines[1] ?? ""],
      lines.with(1, "{}"),
      lines.toSpliced(1, 1),
    ]) {
      await expect(restorePostgres(target, each(wrong))).rejects.toMatchObject({ code: "dump-malformed" });
    }
    await sql`create view seen as select id from things`.execute(db);
    await expect(all(dumpPostgres(location))).rejects.toThrow("the view seen");
  });
});

describe("a damaged SQLite file", () => {
  it("is told as such", async () => {
    const file = join(folder, "damaged.sqlite");
    await writeFile(file, randomBytes(8192));
    expect(inspectSqlite(file).problems).toEqual(["file is not a database"]);
  });
});
