import { createHash } from "node:crypto";

import type { Kysely } from "kysely";
import { expect, it } from "vitest";
import { z } from "zod";

import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { auditMigration, createAuditTrail, defineAuditCatalogue } from "./index.ts";
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

const migrations = { "0000-audit": auditMigration };
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

describeOnBothDatabases<AuditTables>("the audit trail", migrations, (open) => {
  it("is a chain of SM3 links over canonical JSON, computable by anybody", async () => {
    const db = await open();
    const trail = createAuditTrail(db, events);
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
      });
    });
    const rows = await db.selectFrom("audit_events").selectAll().orderBy("sequence").execute();
    const first =
      '{"action":"thing.changed","actor":"person_2","detail":"{\\"reason\\":\\"测试\\",\\"size\\":7}",' +
      '"occurred_at":"2026-11-21T02:00:00.000Z","on_behalf_of":"person_1","sequence":1,"subject":"thing_1"}';
    const second =
      '{"action":"thing.key-used","actor":"person_2","detail":"{}",' +
      '"occurred_at":"2026-11-21T02:00:00.000Z","on_behalf_of":null,"sequence":2,"subject":"key_1"}';
    const linkOne = createHash("sm3").update(new Uint8Array(32)).update(first).digest("hex");
    const linkTwo = createHash("sm3").update(Buffer.from(linkOne, "hex")).update(second).digest("hex");
    expect(rows.map(({ link }) => Buffer.from(link).toString("hex"))).toEqual([linkOne, linkTwo]);
    expect(await trail.verify()).toEqual({ events: 2 });
  });

  it("holds while it is empty", async () => {
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

  it("writes nothing for a detail that the catalogue does not have", async () => {
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

  it("undoes a transaction whose head was moved behind its back", async () => {
    const db = await open();
    const trail = await filled(db, 2);
    await db.deleteFrom("audit_head").execute();
    await expect(append(db, trail, 3)).rejects.toThrow();
    expect(await db.selectFrom("audit_events").select("sequence").execute()).toHaveLength(2);
  });

  const changes: Record<string, Partial<AuditTables["audit_events"]>> = {
    "its time": { occurred_at: "2026-11-20T02:00:00.000Z" },
    "its action": { action: "thing.key-used" },
    "its actor": { actor: "person_9" },
    "for whom it was done": { on_behalf_of: "person_9" },
    "its subject": { subject: "thing_9" },
    "its detail": { detail: '{"reason":"another"}' },
    "white space in its detail": { detail: '{"reason": "测试"}' },
    "its link": { link: new Uint8Array(32).fill(7) },
    "the link before it": { previous_link: new Uint8Array(32) },
  };
  it.each(Object.entries(changes))("shows where an event was edited: %s", async (_name, change) => {
    const db = await open();
    const trail = await filled(db, 5);
    await db.updateTable("audit_events").set(change).where("sequence", "=", 3).execute();
    expect(await trail.verify()).toEqual({ events: 2, brokenAt: { sequence: 3, reason: "changed" } });
  });

  const frauds: Record<string, [(db: Kysely<AuditTables>) => Promise<unknown>, AuditVerification]> = {
    "the first was removed": [remove(1), { events: 0, brokenAt: { sequence: 1, reason: "missing" } }],
    "one in the middle was removed": [remove(3), { events: 2, brokenAt: { sequence: 3, reason: "missing" } }],
    "the last was removed": [remove(5), { events: 4, brokenAt: { sequence: 5, reason: "missing" } }],
    "one was removed and the rest moved up": [
      async (db) => {
        await remove(3)(db);
        await renumber(db, 4, 3);
        await renumber(db, 5, 4);
      },
      { events: 2, brokenAt: { sequence: 3, reason: "changed" } },
    ],
    "two changed places": [
      async (db) => {
        await renumber(db, 3, 100);
        await renumber(db, 4, 3);
        await renumber(db, 100, 4);
      },
      { events: 2, brokenAt: { sequence: 3, reason: "changed" } },
    ],
    "one was put in behind the end": [
      async (db) => {
        const last = await db
          .selectFrom("audit_events")
          .selectAll()
          .where("sequence", "=", 5)
          .executeTakeFirstOrThrow();
        await db
          .insertInto("audit_events")
          .values({ ...last, sequence: 6 })
          .execute();
      },
      { events: 5, brokenAt: { sequence: 6, reason: "head" } },
    ],
    "the head was set back": [
      (db) => db.updateTable("audit_head").set({ sequence: 4 }).execute(),
      { events: 4, brokenAt: { sequence: 5, reason: "head" } },
    ],
    "the head was removed": [
      (db) => db.deleteFrom("audit_head").execute(),
      { events: 0, brokenAt: { sequence: 1, reason: "head" } },
    ],
    "everything but the head was removed": [
      (db) => db.deleteFrom("audit_events").execute(),
      { events: 0, brokenAt: { sequence: 1, reason: "missing" } },
    ],
  };
  it.each(Object.entries(frauds))("shows where %s", async (_name, [commit, expected]) => {
    const db = await open();
    const trail = await filled(db, 5);
    await commit(db);
    expect(await trail.verify()).toEqual(expected);
  });

  it("is verified across batches", async () => {
    const db = await open();
    const trail = createAuditTrail(db, events);
    await transact(db, async (tx) => {
      const writer = trail.in(tx);
      for (let number = 1; number <= 1001; number += 1) {
        await writer.append({
          action: "thing.key-used",
          actor: "a",
          subject: String(number),
          occurredAt,
          detail: {},
        });
      }
    });
    expect(await trail.verify()).toEqual({ events: 1001 });
    await remove(1001)(db);
    expect(await trail.verify()).toEqual({ events: 1000, brokenAt: { sequence: 1001, reason: "missing" } });
  });
});

function remove(sequence: number): (db: Kysely<AuditTables>) => Promise<unknown> {
  return (db) => db.deleteFrom("audit_events").where("sequence", "=", sequence).execute();
}

function renumber(db: Kysely<AuditTables>, from: number, to: number): Promise<unknown> {
  return db.updateTable("audit_events").set({ sequence: to }).where("sequence", "=", from).execute();
}
