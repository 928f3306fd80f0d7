import { randomBytes } from "node:crypto";

import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import type { AuditTables } from "../audit/audit-tables.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { makerRing, ringBench, ringMigrations } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";
import { keyIdOf } from "./add-version.ts";
import { judgeStates } from "./index.ts";

const { purpose } = makerRing;
const otherKey = new Uint8Array(91);
const limited = { ...makerRing, usageLimit: 100 };

/** What somebody does by hand to a key that was stopped, and what is found. */
const frauds: Readonly<Record<string, readonly [(db: Kysely<TestTables>) => Promise<unknown>, string]>> = {
  "a suspended key was resumed": [
    (db) => db.updateTable("key_versions").set({ state: "active" }).execute(),
    `${purpose}/1: state is active and suspended by the log`,
  ],
  "a frozen key was unmarked": [
    (db) => db.updateTable("key_versions").set({ is_frozen: 0 }).execute(),
    `${purpose}/1: is_frozen is false and true by the log`,
  ],
  "a freeze was ended": [
    (db) => db.updateTable("freezes").set({ thawed_at: "2026-11-22T00:00:00Z" }).execute(),
    `key:${purpose}: is not frozen, and is by the log`,
  ],
  "a freeze was taken away": [
    (db) => db.deleteFrom("freezes").execute(),
    `key:${purpose}: is not frozen, and is by the log`,
  ],
  "a freeze was put in": [
    (db) =>
      db
        .insertInto("freezes")
        .values({ scope: "unit:u1", since: "2026-11-22T00:00:00Z", reason: "none", change_id: null })
        .execute(),
    "unit:u1: is frozen, and is not by the log",
  ],
  "the limit of a key was lifted": [
    (db) => db.updateTable("key_versions").set({ usage_limit: null }).execute(),
    `${purpose}/1: usage_limit is empty and 100 by the log`,
  ],
  "the limit of a ring was lifted": [
    (db) => db.updateTable("key_rings").set({ usage_limit: 1e12 }).execute(),
    `${purpose}: usage_limit is 1000000000000 and 100 by the log`,
  ],
  "a key was given another name": [
    (db) => db.updateTable("key_versions").set({ key_id: "sm3:00" }).execute(),
    `${purpose}/1: key_id is sm3:00 and sm3:`,
  ],
  "another key was put behind the name": [
    (db) => db.updateTable("key_versions").set({ public_key: otherKey }).execute(),
    `${purpose}/1: public_key is ${keyIdOf(otherKey)} and sm3:`,
  ],
  "an event was spoilt so that nobody can read it": [
    (db) =>
      (db as unknown as Kysely<AuditTables>)
        .updateTable("audit_events")
        .set({ detail: "{" })
        .where("action", "=", "key.moved")
        .where("detail", "like", "%suspended%")
        .execute(),
    `${purpose}/1: state is suspended and active by the log`,
  ],
  "a key was taken away": [
    (db) => db.deleteFrom("key_versions").execute(),
    `${purpose}/1: has no row; the log says suspended`,
  ],
  "a key was put in": [
    async (db) => {
      const row = await db.selectFrom("key_versions").selectAll().executeTakeFirstOrThrow();
      const [key_id, public_key] = ["sm3:01", randomBytes(91)];
      await db
        .insertInto("key_versions")
        .values({ ...row, version: 2, key_id, public_key, signatures: 0, usage_limit: 100 })
        .execute();
    },
    `${purpose}/2: the log does not know it`,
  ],
};

describeOnBothDatabases<TestTables>("the states of keys beside the log", ringMigrations, (open) => {
  /** A key that one officer suspended and froze, which two would have to undo. */
  async function stopped(): Promise<RingBench> {
    const bench = ringBench(await open());
    await bench.rings.ensure(limited);
    await bench.move(1, "suspended");
    const facts = { at: bench.clock.now(), reason: "test", persons: ["p1"] };
    await bench.change((tx) => tx.freeze(`key:${purpose}`, facts));
    return bench;
  }

  async function told({ db }: RingBench): Promise<readonly string[]> {
    const { take, judge } = await judgeStates(db);
    const events = await db.selectFrom("audit_events").selectAll().orderBy("leaf_index").execute();
    for (const event of events) take(event);
    return await judge();
  }

  it.each(Object.keys(frauds))(
    "tells by the store's comparison and by the whole log that %s",
    async (name) => {
      const bench = await stopped();
      const [commit, words] = frauds[name] ?? [];
      expect(await told(bench)).toEqual([]);
      await commit?.(bench.db);
      expect(await told(bench)).toEqual([expect.stringContaining(words ?? "")]);
      const found = (await bench.rings.drift()).filter(({ kind }) => kind === "state-differs");
      expect(found).toHaveLength(1);
      expect(words).toContain(found[0]?.found.slice(0, 20));
    },
  );

  it("finds nothing after every kind of move, freeze and limit that was made as it should be", async () => {
    const bench = await stopped();
    const facts = { at: bench.clock.now(), reason: "test", persons: ["p1", "p2"] };
    await bench.change((tx) => tx.thaw(`key:${purpose}`, facts));
    await bench.change((tx) => tx.freeze("seal:s1", facts));
    await bench.change((tx) => tx.freeze(`key:${purpose}`, facts));
    await bench.move(1, "active");
    const { facts: next } = await bench.keys.create("next", "ES256");
    const origin = { generatedBy: "test", label: "next" };
    const [keyUris, at] = [[next.uri], bench.clock.now()];
    const added = { purpose, keyUris, algorithm: "ES256", publicKey: next.publicKey, origin, at } as const;
    await bench.change((tx) => tx.add(added));
    await bench.move(2, "published");
    await bench.move(1, "retiring");
    await bench.move(2, "active");
    await bench.move(2, "compromised", { invalidFrom: new Date("2026-11-01T00:00:00Z") });
    await bench.rings.ensure({ ...makerRing, usageLimit: 7 });
    expect(await told(bench)).toEqual([]);
    await bench.rings.ensure(makerRing);
    await bench.rings.ensure(makerRing);
    expect(await told(bench)).toEqual([]);
    expect((await bench.events()).filter(({ action }) => action === "key.limited")).toHaveLength(3);
    expect((await bench.rings.drift()).filter(({ kind }) => kind === "state-differs")).toEqual([]);
    await bench.db
      .updateTable("key_versions")
      .set({ invalid_from: "2027-01-01T00:00:00Z" })
      .where("version", "=", 2)
      .execute();
    expect(await told(bench)).toHaveLength(1);
  });

  it("holds nothing against a key that moves while the log is read", async () => {
    const bench = await stopped();
    const { take, judge } = await judgeStates(bench.db);
    const events = await bench.db.selectFrom("audit_events").selectAll().orderBy("leaf_index").execute();
    for (const event of events) take(event);
    await bench.move(1, "active");
    expect(await judge()).toEqual([]);
  });
});
