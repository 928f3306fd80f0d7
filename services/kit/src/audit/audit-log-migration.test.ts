import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { migrateToLatest, openDatabase } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { createAuditIndex, indexedTogether } from "./audit-search.ts";
import type { AuditTables, FormerAuditTables } from "./audit-tables.ts";
import { linkOf } from "./former-chain.ts";
import { auditMigration, searchAudit } from "./index.ts";
import { auditedService, auditMigrations, newFolder, testEvents } from "./testing/audited-service.ts";
import { createAuditTrail } from "./audit-trail.ts";

async function fillFormer(db: Kysely<FormerAuditTables>, count: number): Promise<Uint8Array> {
  let link: Uint8Array = new Uint8Array(32);
  for (let sequence = 1; sequence <= count; sequence += 1) {
    const row = {
      sequence,
      occurred_at: "2026-11-20T02:00:00.000Z",
      action: "thing.changed",
      actor: "person_1",
      on_behalf_of: sequence % 2 === 0 ? "person_2" : null,
      subject: `thing_${String(sequence)}`,
      detail: `{"number":${String(sequence)}}`,
    };
    const previous = link;
    link = linkOf(previous, row);
    await db
      .insertInto("audit_events")
      .values({ ...row, previous_link: previous, link })
      .execute();
  }
  await db.updateTable("audit_head").set({ sequence: count, link }).execute();
  return link;
}

describeOnBothDatabases<AuditTables>(
  "the audit log of a database that had the first trail",
  auditMigrations,
  (open) => {
    it.each<[string, (db: Kysely<FormerAuditTables>) => Promise<unknown>, object]>([
      ["whole", () => Promise.resolve(), { events: 7 }],
      [
        "edited",
        (db) => db.updateTable("audit_events").set({ actor: "nobody" }).where("sequence", "=", 3).execute(),
        { events: 7, broken_at: 3 },
      ],
      [
        "cut",
        (db) => db.deleteFrom("audit_events").where("sequence", ">", 5).execute(),
        { events: 5, broken_at: 6 },
      ],
    ])("has its events as leaves, and says that it was %s", async (_name, commit, expected) => {
      const at = await open.location();
      const former = await openDatabase<FormerAuditTables>(at);
      await migrateToLatest(former, { "0000-audit": auditMigration });
      const link = await fillFormer(former, 7);
      await commit(former);
      await former.destroy();
      const db = await open(at);
      const rows = await db.selectFrom("audit_events").selectAll().orderBy("leaf_index").execute();
      expect(rows[1]).toMatchObject({
        leaf_index: 1,
        subject: "thing_2",
        on_behalf_of: "person_2",
        request_id: null,
      });
      const last = rows.at(-1);
      expect(last?.action).toBe("audit-log.converted");
      expect(JSON.parse(last?.detail ?? "")).toMatchObject(expected);
      if (!("broken_at" in expected)) expect(last?.detail).toContain(Buffer.from(link).toString("hex"));
      expect(await createAuditTrail(db, testEvents).verify()).toEqual({ events: rows.length });
      const indexed = await db.selectFrom("audit_index").select("leaf_index").orderBy("leaf_index").execute();
      expect(indexed.map((row) => row.leaf_index)).toEqual(rows.map((row) => row.leaf_index));
      const service = auditedService(db, await newFolder());
      await service.append(1);
      expect(await service.open().checkpoint()).toMatchObject({ size: rows.length + 1 });
    });

    it("begins empty where the first trail was empty", async () => {
      const db = await open();
      expect(await createAuditTrail(db, testEvents).verify()).toEqual({ events: 0 });
    });

    it.each([
      { had: "none", prepare: () => Promise.resolve() },
      {
        had: "one already, of fewer events",
        prepare: async (earlier: Kysely<AuditTables>) => {
          for (const name of ["subject", "actor", "action", "occurred_at", "request", "key"]) {
            await earlier.schema.dropIndex(`audit_events_${name}`).execute();
          }
          await createAuditIndex(earlier as unknown as Kysely<unknown>);
        },
      },
    ])("has its events in an index of their own when it had $had, and goes on", async ({ prepare }) => {
      const at = await open.location();
      const earlier = await openDatabase<AuditTables>(at);
      const before = Object.entries(auditMigrations).filter(([name]) => name < "0030-audit-index");
      await migrateToLatest(earlier, Object.fromEntries(before));
      await auditedService(earlier, await newFolder()).append(indexedTogether - 1);
      await prepare(earlier);
      await earlier.destroy();
      const db = await open(at);
      const { events } = await searchAudit(db, { actor: "person_3" }, { limit: 1000 });
      expect(events).toHaveLength(37);
      const indexed = await db.selectFrom("audit_index").select("leaf_index").execute();
      expect(indexed).toHaveLength(indexedTogether - 1);
      const service = auditedService(db, await newFolder());
      await service.append(indexedTogether);
      expect(await service.open().checkpoint()).toMatchObject({ size: 2 * indexedTogether - 1 });
    });
  },
);
