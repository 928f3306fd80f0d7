import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import { CompiledQuery, sql } from "kysely";
import type { Kysely } from "kysely";
import { expect, it } from "vitest";

import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { leafHashOf } from "./audit-leaf.ts";
import { indexedTogether } from "./audit-search.ts";
import type { AuditTables } from "./audit-tables.ts";
import {
  continueAuditLog,
  countEvents,
  findEvents,
  firstEventSince,
  lastEventBefore,
  searchAudit,
  verifyAuditLog,
} from "./index.ts";
import type { AuditQuery, EventQuery } from "./index.ts";
import { cutEventsAndHead, readEvent } from "./testing/audit-frauds.ts";
import {
  auditedService,
  auditMigrations,
  logKeyOf,
  newFolder,
  testOrigin,
} from "./testing/audited-service.ts";
import type { AuditedService } from "./testing/audited-service.ts";

type Db = Kysely<AuditTables>;

const key = { purpose: "test.key", version: 1 };

/** Events with and without a key, of which the last are not yet in the index. */
async function filled(db: Db, count = 2 * indexedTogether + 40): Promise<AuditedService> {
  const service = auditedService(db, await newFolder());
  for (let left = count; left > 0; left -= 30)
    await service.append(Math.min(30, left), left % 4 === 0 ? key : undefined);
  return service;
}

async function indexed(db: Db): Promise<number> {
  const rows = db.selectFrom("audit_index").select((row) => row.fn.countAll<number | string>().as("count"));
  return Number((await rows.executeTakeFirstOrThrow()).count);
}

async function findings({ db, folder, signer, open }: AuditedService) {
  await open().checkpoint();
  const keys = { logs: [{ key: logKeyOf(signer) }], witnesses: [], groups: [], quorum: undefined };
  const report = await verifyAuditLog({ db, folder, origin: testOrigin, keys });
  expect(report.firstBad).toBeUndefined();
  return report.findings;
}

async function placesOf(db: Db, query: AuditQuery): Promise<readonly number[]> {
  const { events } = await searchAudit(db, query, { limit: 1000, order: "ascending" });
  return events.map(({ index }) => index);
}

describeOnBothDatabases<AuditTables>("the index of the audit log", auditMigrations, (open, itOnce) => {
  it("is written for many events at once, in the transaction of the last of them", async () => {
    const { db, append } = auditedService(await open(), await newFolder());
    await append(indexedTogether - 1);
    expect(await indexed(db)).toBe(0);
    await append(1);
    expect(await indexed(db)).toBe(indexedTogether);
    await append(indexedTogether + 1);
    expect(await indexed(db)).toBe(2 * indexedTogether);
    await expect(
      transact(db, async (tx) => {
        await tx.deleteFrom("audit_index").execute();
        throw new Error("undone");
      }),
    ).rejects.toThrow("undone");
    expect(await indexed(db)).toBe(2 * indexedTogether);
  });

  it("finds what going through all events finds, by every filter, in it and behind its end", async () => {
    const { db } = await filled(await open());
    const all = await db.selectFrom("audit_events").selectAll().orderBy("leaf_index").execute();
    const at = (index: number) => new Date(all[index]?.occurred_at ?? "");
    const filters: readonly [AuditQuery, (row: (typeof all)[number]) => boolean][] = [
      [{}, () => true],
      [{ actor: "person_3" }, (row) => row.actor === "person_3"],
      [{ subject: "thing_17" }, (row) => row.subject === "thing_17"],
      [{ subject: "thing_551" }, (row) => row.subject === "thing_551"],
      [{ action: "thing.changed" }, () => true],
      [{ key: { purpose: key.purpose } }, (row) => row.key_purpose !== null],
      [{ key, actor: "person_2" }, (row) => row.key_version === 1 && row.actor === "person_2"],
      [{ key: { ...key, version: 2 } }, () => false],
      [{ since: at(100), until: at(540) }, (row) => row.leaf_index >= 100 && row.leaf_index < 540],
      [{ text: 'number":55' }, (row) => row.detail.includes('number":55')],
      [{ requestId: "nobody's" }, () => false],
    ];
    for (const [query, fits] of filters) {
      const expected = all.filter(fits).map((row) => row.leaf_index);
      expect([query, await placesOf(db, query)]).toEqual([query, expected]);
    }
  });

  it("lets nothing be found under another name than its event has, and every event that is passed over be told", async () => {
    const service = await filled(await open());
    const { db } = service;
    expect(await findings(service)).toEqual([]);
    const edits: readonly [() => Promise<unknown>, string][] = [
      [
        () => db.updateTable("audit_index").set({ actor: "nobody" }).where("leaf_index", "=", 8).execute(),
        "searches do not find event 8",
      ],
      [
        () => db.updateTable("audit_index").set({ subject: "nothing" }).where("leaf_index", "=", 7).execute(),
        "searches do not find event 7",
      ],
      [
        () => db.updateTable("audit_index").set({ request_id: "r" }).where("leaf_index", "=", 6).execute(),
        "searches do not find event 6",
      ],
      [
        () => db.deleteFrom("audit_index").where("leaf_index", "=", 5).execute(),
        "searches do not find event 5",
      ],
      [
        // Everything behind it would count as indexed.
        () =>
          db
            .insertInto("audit_index")
            .values({ ...stray, leaf_index: 600 })
            .execute(),
        "searches do not find event 5",
      ],
    ];
    for (const [commit, detail] of edits) {
      await commit();
      expect(await findings(service)).toEqual([{ code: "search-index-differs", detail }]);
    }
    expect(await placesOf(db, { actor: "nobody" })).toEqual([]);
    expect(await placesOf(db, { subject: "nothing" })).toEqual([]);
    expect(await placesOf(db, { actor: "stray" })).toEqual([]);
    // As the manual says.
    await transact(db, async (tx) => {
      for (const statement of manualRepair()) await sql.raw(statement).execute(tx);
    });
    expect(await findings(service)).toEqual([]);
    expect(await placesOf(db, { subject: "thing_6" })).toEqual([5]);
    await service.append(3 * indexedTogether);
    expect(await findings(service)).toEqual([]);
  });

  it.each<[string, number, readonly number[]]>([
    ["far beyond and before it", 552, [2 ** 31 - 1, -1]],
    ["at the end of the next batch", 600, [767]],
    ["at the next place and all that follow", 600, Array.from({ length: 900 }, (_, at) => 600 + at)],
  ])("is not blinded by rows for events that are not there yet: %s", async (_where, size, places) => {
    const service = await filled(await open(), size);
    const { db } = service;
    for (let at = 0; at < places.length; at += 100) {
      const rows = places.slice(at, at + 100).map((place) => ({ ...stray, leaf_index: place }));
      await db.insertInto("audit_index").values(rows).execute();
    }
    const wanted = 4 * indexedTogether;
    await service.append(wanted - size);
    expect(await placesOf(db, {})).toEqual(Array.from({ length: 1000 }, (_, at) => at));
    expect(await placesOf(db, { subject: `thing_${String(wanted)}` })).toEqual([wanted - 1]);
    expect(await placesOf(db, { actor: "stray" })).toEqual([]);
    const left = places.filter((place) => place < 0);
    expect(await indexed(db)).toBe(wanted + left.length);
    const detail = "the index has event -1, which is not there";
    expect(await findings(service)).toEqual(left.map(() => ({ code: "search-index-differs", detail })));
  });

  it("bounds a compromise by the events themselves", async () => {
    const { db } = await filled(await open());
    const { occurred_at: at } = await readEvent(db, 100);
    await db.updateTable("audit_index").set({ occurred_at: "2030" }).where("leaf_index", "=", 3).execute();
    await db.updateTable("audit_index").set({ occurred_at: "2000" }).where("leaf_index", ">", 3).execute();
    expect([await firstEventSince(db, at), await lastEventBefore(db, at, 552)]).toEqual([100, 99]);
  });

  it("is read again where it lost rows while it was read", async () => {
    const at = await open.location();
    const { db } = await filled(await open(at));
    const other = await open(at);
    let isEmptied = false;
    const place = { columns: ["leaf_index"], order: "descending" } as const;
    const watched = db.withPlugin({
      transformQuery: ({ node }) => node,
      // After the half behind the end, before what the index knows.
      transformResult: async ({ result }) => {
        if (!isEmptied) await other.deleteFrom("audit_index").execute();
        isEmptied = true;
        return result;
      },
    });
    const found = await findEvents(watched, { ...place, where: (events) => events });
    expect(found.map(({ leaf_index }) => leaf_index)).toEqual(
      Array.from({ length: 552 }, (_, to) => 551 - to),
    );
  });

  it("finds no event that somebody put before the first, and verification names it", async () => {
    const service = await filled(await open());
    const { db, folder, signer } = service;
    await service.open().checkpoint();
    const row = await readEvent(db, 3);
    const added = { ...row, leaf_index: -1, actor: "nobody" };
    await db
      .insertInto("audit_events")
      .values({ ...added, leaf_hash: leafHashOf(added) })
      .execute();
    const { leaf_index, occurred_at, action, actor, subject, request_id, key_purpose } = added;
    await db
      .insertInto("audit_index")
      .values({ leaf_index, occurred_at, action, actor, subject, request_id, key_purpose })
      .execute();
    expect(await placesOf(db, { actor: "nobody" })).toEqual([]);
    const keys = { logs: [{ key: logKeyOf(signer) }], witnesses: [], groups: [], quorum: undefined };
    const report = await verifyAuditLog({ db, folder, origin: testOrigin, keys });
    expect(report.firstBad).toMatchObject({ index: 0, reason: "added" });
  });

  it("lets no signature fail when somebody else makes it anew at the same time", async () => {
    const at = await open.location();
    const service = await filled(await open(at), 2 * indexedTogether - 1);
    const administrator = await open(at);
    const [made, committed] = [latch(), latch()];
    const repair = transact(administrator, async (tx) => {
      for (const statement of manualRepair().slice(1)) await sql.raw(statement).execute(tx);
      made.open();
      await committed.opened;
    });
    await made.opened;
    const append = service.append(1);
    // On PostgreSQL it stands before rows that are there and not yet seen; on SQLite it waits for its turn.
    await setTimeout(100);
    committed.open();
    await Promise.all([repair, append]);
    expect(await findings(service)).toEqual([]);
    expect(await placesOf(service.db, { subject: "thing_512" })).toEqual([511]);
  });

  it("finds the first event from a moment on and the last before one, on either side of its end", async () => {
    const { db } = await filled(await open());
    const times = (
      await db.selectFrom("audit_events").select("occurred_at").orderBy("leaf_index").execute()
    ).map((row) => row.occurred_at);
    for (const place of [0, 17, 511, 512, 540, 551]) {
      const at = times[place] ?? "";
      expect(await firstEventSince(db, at)).toBe(place);
      expect(await lastEventBefore(db, at, 600)).toBe(place === 0 ? undefined : place - 1);
      expect(await lastEventBefore(db, "2030", place)).toBe(place === 0 ? undefined : place - 1);
    }
    expect(await firstEventSince(db, "2030")).toBeUndefined();
    const mine = (events: EventQuery) => events.where("actor", "=", "person_4");
    const all = await findEvents(db, { columns: ["leaf_index"], where: mine });
    expect(await countEvents(db, { where: mine, atMost: 1000 })).toBe(all.length);
    expect(await countEvents(db, { where: mine, atMost: 78 })).toBe(78);
    for (const order of ["ascending", "descending"] as const) {
      for (const limit of [1, 5, 75, all.length, 1000]) {
        const some = await findEvents(db, { columns: ["leaf_index"], where: mine, order, limit });
        expect(some).toEqual((order === "ascending" ? all : all.toReversed()).slice(0, limit));
      }
      for (const from of [-5, 0, 3, 200, 511, 512, 513, 551, 600]) {
        const rest = await findEvents(db, { columns: ["leaf_index"], where: mine, order, from });
        const isAfter = ({ leaf_index: place }: { readonly leaf_index: number }) =>
          order === "ascending" ? place >= from : place <= from;
        expect(rest).toEqual((order === "ascending" ? all : all.toReversed()).filter(isAfter));
      }
    }
  });

  it("is told to go on where there is no log", async () => {
    const service = await filled(await open());
    await service.db
      .insertInto("audit_index")
      .values({ ...stray, leaf_index: 552 })
      .execute();
    await service.db
      .insertInto("audit_index")
      .columns(["leaf_index", "occurred_at", "action", "actor", "subject", "request_id", "key_purpose"])
      .expression(
        service.db
          .selectFrom("audit_events")
          .select(["leaf_index", "occurred_at", "action", "actor", "subject", "request_id", "key_purpose"])
          .where("leaf_index", ">=", 2 * indexedTogether),
      )
      .execute();
    expect(await findings(service)).toEqual([
      {
        code: "search-index-differs",
        detail: "the index has event 552, which is not there",
      },
    ]);
  });

  it("catches up in steps when it is gone, and searches find everything meanwhile", async () => {
    const service = await filled(await open(), 6 * indexedTogether - 1);
    const { db } = service;
    await db.deleteFrom("audit_index").execute();
    const before = await placesOf(db, { actor: "person_5" });
    expect(before).toHaveLength(Math.ceil((6 * indexedTogether - 1 - 4) / 7));
    await service.append(1);
    expect(await indexed(db)).toBe(4 * indexedTogether);
    expect(await placesOf(db, { actor: "person_5" })).toEqual(before);
    await service.append(indexedTogether);
    expect(await indexed(db)).toBe(7 * indexedTogether);
    expect(await findings(service)).toEqual([]);
  });

  it("does not hand on to a log that goes on after a cut what the cut one had", async () => {
    const service = await filled(await open());
    const { db, trail, clock } = service;
    const { size, root } = await service.open().checkpoint();
    await cutEventsAndHead(db, 300);
    expect(await indexed(db)).toBe(2 * indexedTogether);
    const facts = { origin: testOrigin, size, root: `sha-256:${Buffer.from(root).toString("hex")}` };
    await transact(db, (tx) =>
      continueAuditLog(tx, trail.kit, { ...facts, actor: "officer:1", at: clock.now() }),
    );
    expect(await indexed(db)).toBe(300);
    await service.append(2 * indexedTogether);
    expect(await indexed(db)).toBe(3 * indexedTogether);
    expect(await placesOf(db, { action: "audit-log.continued" })).toEqual([300]);
  });

  itOnce("is what SQLite goes by for every filter, and for none", async () => {
    const { db } = await filled(await open());
    const asked: CompiledQuery[] = [];
    const watched = db.withPlugin({
      transformQuery: ({ node, queryId }) => {
        asked.push(db.getExecutor().compileQuery(node, queryId));
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    });
    const at = new Date();
    const filters: readonly [AuditQuery, string][] = [
      [{}, "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"],
      [{ subject: "x" }, "INDEX audit_index_subject (subject=? AND leaf_index>? AND leaf_index<?)"],
      [{ actor: "x" }, "INDEX audit_index_actor (actor=? AND leaf_index>? AND leaf_index<?)"],
      [{ action: "x" }, "INDEX audit_index_action (action=? AND leaf_index>? AND leaf_index<?)"],
      [{ requestId: "x" }, "INDEX audit_index_request_id (request_id=? AND leaf_index>? AND leaf_index<?)"],
      [{ key }, "INDEX audit_index_key_purpose (key_purpose=? AND leaf_index>? AND leaf_index<?)"],
      [
        { subject: "x", since: at },
        "INDEX audit_index_subject (subject=? AND leaf_index>? AND leaf_index<?)",
      ],
    ];
    for (const [query, index] of filters) {
      asked.splice(0);
      await searchAudit(watched, query);
      const steps: string[] = [];
      for (const { sql: text, parameters } of asked) {
        const plan = CompiledQuery.raw(`explain query plan ${text}`, [...parameters]);
        steps.push(
          ...(await db.executeQuery<{ readonly detail: string }>(plan)).rows.map(({ detail }) => detail),
        );
      }
      expect([query, steps]).toEqual([
        query,
        [
          "SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
          `SEARCH i USING ${index}`,
          "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)",
        ],
      ]);
    }
  });
});

function latch(): { readonly open: () => void; readonly opened: Promise<void> } {
  let resolveOpened: (() => void) | undefined;
  const opened = new Promise<void>((resolve) => {
    resolveOpened = resolve;
  });
  return { open: () => resolveOpened?.(), opened };
}

const stray = {
  occurred_at: "2026-11-22T02:00:00.000Z",
  action: "thing.changed",
  actor: "stray",
  subject: "stray",
  request_id: null,
  key_purpose: null,
};

function manualRepair(): readonly string[] {
  const manual = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  const [, block = ""] = /```sql\n(begin;[^`]*audit_index[^`]*)```/u.exec(manual) ?? [];
  const statements = block.split(";").map((statement) => statement.trim());
  const between = statements.filter((statement) => !["", "begin", "commit"].includes(statement));
  expect(between).toHaveLength(3);
  return between;
}
