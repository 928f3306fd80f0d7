import { createHash } from "node:crypto";

import type { Kysely } from "kysely";
import { expect, it } from "vitest";
import { z } from "zod";

import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import {
  auditLogMigrations,
  auditMigration,
  canonicalJson,
  createAuditTrail,
  defineAuditCatalogue,
} from "./index.ts";
import type { AuditTables } from "./audit-tables.ts";
import type { AuditTrail, AuditVerification } from "./index.ts";

const events = defineAuditCatalogue({
  "thing.changed": {
    title: { zh: "东西已更改", en: "Thing changed" },
    detail: z.strictObject({ reason: z.string(), size: z.int().optional() }),
  },
  "thing.key-used": { title: { zh: "使用密钥", en: "Key used" }, detail: z.strictObject({}) },
});

type Trail = AuditTrail<typeof events>;

const migrations = { "0000-audit": auditMigration, ...auditLogMigrations };
const occurredAt = new Date("2026-11-21T02:00:00Z");

function append(db: Kysely<AuditTables>, trail: Trail, number: number): Promise<void> {
  return transact(db, (tx) =>
    trail.in(tx).append({
      action: "thing.changed",
      actor: "person_1",
      subject: `thing_${String(number)}`,
      occurredAt,
      detail: { reason: "测试" },
    }),
  );
}

async function filled(db: Kysely<AuditTables>, count: number): Promise<Trail> {
  const trail = createAuditTrail(db, events);
  for (let number = 1; number <= count; number += 1) await append(db, trail, number);
  return trail;
}

describeOnBothDatabases<AuditTables>("the audit trail", migrations, (open, itOnce) => {
  it("stores leaves of canonical JSON, whose hashes anybody can compute", async () => {
    const db = await open();
    const counted: string[] = [];
    const trail = createAuditTrail(db, events, {
      recordKeyUse: (_tx, { purpose, version }, at) => {
        counted.push(`${purpose} ${String(version)} ${at.toISOString()}`);
        return Promise.resolve();
      },
    });
    await transact(db, async (tx) => {
      const writer = trail.in(tx);
      const what = { actor: "person_2", onBehalfOf: "person_1", subject: "thing_1", occurredAt };
      await writer.append({ ...what, action: "thing.changed", detail: { size: 7, reason: "测试" } });
      await writer.append({
        actor: "person_2",
        subject: "key_1",
        occurredAt,
        action: "thing.key-used",
        detail: {},
        key: { purpose: "seal.maker", version: 3 },
        requestId: "req_1",
      });
    });
    const rows = await db.selectFrom("audit_events").selectAll().orderBy("leaf_index").execute();
    const first =
      '{"action":"thing.changed","actor":"person_2","detail":{"reason":"测试","size":7},"index":0,' +
      '"occurred_at":"2026-11-21T02:00:00.000Z","on_behalf_of":"person_1","subject":"thing_1"}';
    const second =
      '{"action":"thing.key-used","actor":"person_2","detail":{},"index":1,' +
      '"key":{"purpose":"seal.maker","version":3},"occurred_at":"2026-11-21T02:00:00.000Z",' +
      '"request_id":"req_1","subject":"key_1"}';
    expect(canonicalJson(JSON.parse(first))).toBe(first);
    expect(canonicalJson(JSON.parse(second))).toBe(second);
    const hashes = [first, second].map((leaf) =>
      createHash("sha256").update(Uint8Array.of(0)).update(leaf).digest("hex"),
    );
    expect(rows.map(({ leaf_hash }) => Buffer.from(leaf_hash).toString("hex"))).toEqual(hashes);
    expect(counted).toEqual(["seal.maker 3 2026-11-21T02:00:00.000Z"]);
    expect(await trail.verify()).toEqual({ events: 2 });
  });

  itOnce("takes the kit's own events, and no event with a key that nothing counts", async () => {
    const db = await open();
    const trail = createAuditTrail(db, events);
    const event = { actor: "person_1", subject: "thing_1", occurredAt } as const;
    await transact(db, (tx) =>
      trail.kit.in(tx).append({ ...event, action: "record.read", detail: { route: "GET /v1/things" } }),
    );
    const uncounted = transact(db, (tx) =>
      trail
        .in(tx)
        .append({ ...event, action: "thing.key-used", detail: {}, key: { purpose: "a", version: 1 } }),
    );
    await expect(uncounted).rejects.toMatchObject({ code: "audit-key-not-counted" });
    expect(await trail.verify()).toEqual({ events: 1 });
  });

  it("stores nothing if the key may not be used", async () => {
    const db = await open();
    const refusal = new Error("suspended");
    const trail = createAuditTrail(db, events, { recordKeyUse: () => Promise.reject(refusal) });
    const used = transact(db, (tx) =>
      trail.in(tx).append({
        actor: "person_1",
        subject: "thing_1",
        occurredAt,
        action: "thing.key-used",
        detail: {},
        key: { purpose: "a", version: 1 },
      }),
    );
    await expect(used).rejects.toBe(refusal);
    expect(await trail.verify()).toEqual({ events: 0 });
  });

  itOnce("holds while it is empty", async () => {
    expect(await createAuditTrail(await open(), events).verify()).toEqual({ events: 0 });
  });

  it("keeps no event of a change that was not stored", async () => {
    const db = await open();
    const trail = await filled(db, 1);
    const failed = transact(db, async (tx) => {
      await trail
        .in(tx)
        .append({ action: "thing.key-used", actor: "a", subject: "b", occurredAt, detail: {} });
      throw new Error("the change failed");
    });
    await expect(failed).rejects.toThrow("the change failed");
    expect(await trail.verify()).toEqual({ events: 1 });
    await append(db, trail, 2);
    expect(await trail.verify()).toEqual({ events: 2 });
  });

  it("cannot be forked by writers at the same time, on one connection pool or two", async () => {
    const at = await open.location();
    const [one, two] = [await open(at), await open(at)];
    const trails = [one, two].map((db) => ({ db, trail: createAuditTrail(db, events) }));
    const numbers = Array.from({ length: 10 }, (_, index) => index);
    await Promise.all(trails.flatMap(({ db, trail }) => numbers.map((number) => append(db, trail, number))));
    expect(await createAuditTrail(one, events).verify()).toEqual({ events: 20 });
  });

  it("is verified right while others write", async () => {
    const db = await open();
    const trail = await filled(db, 3);
    const results = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        await append(db, trail, index);
        return await trail.verify();
      }),
    );
    for (const result of results) expect(result).not.toHaveProperty("brokenAt");
  });

  itOnce("writes nothing for a detail that the catalogue does not have", async () => {
    const db = await open();
    const trail = createAuditTrail(db, events);
    const wrong = { action: "thing.changed", actor: "a", subject: "b", occurredAt } as const;
    for (const detail of [{}, { reason: "a", password: "b" }, null]) {
      const appended = transact(db, (tx) =>
        trail.in(tx).append({ ...wrong, detail: detail as { reason: string } }),
      );
      await expect(appended).rejects.toMatchObject({ code: "audit-event-malformed" });
    }
    expect(await trail.verify()).toEqual({ events: 0 });
  });

  itOnce("writes nothing of a text that is no text, or of more than a log's entry holds", async () => {
    const db = await open();
    const words = defineAuditCatalogue({
      "thing.said": { title: { zh: "说", en: "Said" }, detail: z.strictObject({ words: z.string() }) },
    });
    const trail = createAuditTrail(db, words);
    const said = (text: string) =>
      transact(db, (tx) =>
        trail.in(tx).append({
          action: "thing.said",
          actor: "person_1",
          subject: "thing_1",
          occurredAt: new Date("2026-11-22T02:00:00Z"),
          detail: { words: text },
        }),
      );
    await expect(said("half a \ud83d")).rejects.toThrow("half a character");
    await expect(said("印".repeat(20_001))).rejects.toMatchObject({ code: "audit-event-malformed" });
    await said('\u0000 \ud83d\ude00 "\\');
    expect(await trail.verify()).toEqual({ events: 1 });
  });

  it("undoes a transaction whose head was moved behind its back", async () => {
    const db = await open();
    const trail = await filled(db, 2);
    await db.deleteFrom("audit_head").execute();
    await expect(append(db, trail, 3)).rejects.toThrow();
    expect(await db.selectFrom("audit_events").select("leaf_index").execute()).toHaveLength(2);
  });

  const changes: Record<string, Partial<AuditTables["audit_events"]>> = {
    "its time": { occurred_at: "2026-11-20T02:00:00.000Z" },
    "its action": { action: "thing.key-used" },
    "its actor": { actor: "person_9" },
    "for whom it was done": { on_behalf_of: "person_9" },
    "its subject": { subject: "thing_9" },
    "its detail": { detail: '{"reason":"another"}' },
    "white space in its detail": { detail: '{"reason": "测试"}' },
    "its hash": { leaf_hash: new Uint8Array(32).fill(7) },
    "in which request it was": { request_id: "req_9" },
    "the key that it used": { key_purpose: "seal.maker", key_version: 1 },
  };
  for (const [name, change] of Object.entries(changes)) {
    itOnce(`shows where an event was edited: ${name}`, async () => {
      const db = await open();
      const trail = await filled(db, 5);
      await db.updateTable("audit_events").set(change).where("leaf_index", "=", 2).execute();
      expect(await trail.verify()).toEqual({ events: 2, brokenAt: { index: 2, reason: "changed" } });
    });
  }

  const frauds: Record<string, [(db: Kysely<AuditTables>) => Promise<unknown>, AuditVerification]> = {
    "the first was removed": [remove(0), { events: 0, brokenAt: { index: 0, reason: "missing" } }],
    "one in the middle was removed": [remove(2), { events: 2, brokenAt: { index: 2, reason: "missing" } }],
    "the last was removed": [remove(4), { events: 4, brokenAt: { index: 4, reason: "missing" } }],
    "one was removed and the rest moved up": [
      async (db) => {
        await remove(2)(db);
        await renumber(db, 3, 2);
        await renumber(db, 4, 3);
      },
      { events: 2, brokenAt: { index: 2, reason: "changed" } },
    ],
    "two changed places": [
      async (db) => {
        await renumber(db, 2, 100);
        await renumber(db, 3, 2);
        await renumber(db, 100, 3);
      },
      { events: 2, brokenAt: { index: 2, reason: "changed" } },
    ],
    "one was put in behind the end": [
      async (db) => {
        const last = await db
          .selectFrom("audit_events")
          .selectAll()
          .where("leaf_index", "=", 4)
          .executeTakeFirstOrThrow();
        await db
          .insertInto("audit_events")
          .values({ ...last, leaf_index: 5 })
          .execute();
      },
      { events: 5, brokenAt: { index: 5, reason: "head" } },
    ],
    "the head was set back": [
      (db) => db.updateTable("audit_head").set({ size: 4 }).execute(),
      { events: 4, brokenAt: { index: 4, reason: "head" } },
    ],
    "the head was removed": [
      (db) => db.deleteFrom("audit_head").execute(),
      { events: 0, brokenAt: { index: 0, reason: "head" } },
    ],
    "everything but the head was removed": [
      (db) => db.deleteFrom("audit_events").execute(),
      { events: 0, brokenAt: { index: 0, reason: "missing" } },
    ],
  };
  it.each(Object.entries(frauds))("shows where %s", async (_name, [commit, expected]) => {
    const db = await open();
    const trail = await filled(db, 5);
    await commit(db);
    expect(await trail.verify()).toEqual(expected);
  });

  itOnce("is verified across batches", async () => {
    const db = await open();
    const trail = createAuditTrail(db, events);
    await transact(db, async (tx) => {
      const writer = trail.in(tx);
      for (let number = 1; number <= 2001; number += 1) {
        await writer.append({
          action: "thing.key-used",
          actor: "a",
          subject: String(number),
          occurredAt,
          detail: {},
        });
      }
    });
    expect(await trail.verify()).toEqual({ events: 2001 });
    await remove(2000)(db);
    expect(await trail.verify()).toEqual({ events: 2000, brokenAt: { index: 2000, reason: "missing" } });
  });
});

function remove(index: number): (db: Kysely<AuditTables>) => Promise<unknown> {
  return (db) => db.deleteFrom("audit_events").where("leaf_index", "=", index).execute();
}

function renumber(db: Kysely<AuditTables>, from: number, to: number): Promise<unknown> {
  return db.updateTable("audit_events").set({ leaf_index: to }).where("leaf_index", "=", from).execute();
}
