import { randomBytes } from "node:crypto";

import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import { verifyLogProof, verifyNote } from "@yinxin/crypto/tlog";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { transact } from "../database/index.ts";
import { createHealth } from "../health/index.ts";
import { createServiceApp, defineRoute } from "../routes/index.ts";
import { createTestTokens, describeOnBothDatabases, silentLog, startTestService } from "../testing/index.ts";
import type { AuditTables } from "./audit-tables.ts";
import { accessHistory, auditProblems, auditRoutes, recordReads, searchAudit } from "./index.ts";
import { auditedService, auditMigrations, logKeyOf, newFolder } from "./testing/audited-service.ts";
import type { AuditedService } from "./testing/audited-service.ts";

describeOnBothDatabases<AuditTables>("searching an audit log", auditMigrations, (open) => {
  it("pages through what fits, from either end, however many are appended meanwhile", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(25);
    const seen: number[] = [];
    let from: number | undefined;
    do {
      const page = await searchAudit(
        service.db,
        { actor: "person_3" },
        { limit: 2, ...(from !== undefined && { from }) },
      );
      seen.push(...page.events.map(({ index }) => index));
      from = page.next;
      await service.append(1);
    } while (from !== undefined);
    expect(seen).toEqual([23, 16, 9, 2]);
    const oldest = await searchAudit(service.db, { actor: "person_3" }, { limit: 2, order: "ascending" });
    expect(oldest).toMatchObject({ events: [{ index: 2 }, { index: 9 }], next: 16 });
  });

  it("finds by key, time, request and text, where the text is only text", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(2);
    await service.append(1, { purpose: "seal.maker", version: 1 });
    await service.append(1, { purpose: "seal.maker", version: 2 });
    const found = async (query: Parameters<typeof searchAudit>[1]) =>
      (await searchAudit(service.db, query)).events.map(({ index }) => index);
    expect(await found({ key: { purpose: "seal.maker" } })).toEqual([3, 2]);
    expect(await found({ key: { purpose: "seal.maker", version: 1 } })).toEqual([2]);
    const at = (index: number) => new Date(Date.parse("2026-11-22T02:00:00Z") + index + 1);
    expect(await found({ since: at(1), until: at(3) })).toEqual([2, 1]);
    expect(await found({ text: "THING_3" })).toEqual([2]);
    expect(await found({ text: '"number":4' })).toEqual([3]);
    await transact(service.db, (tx) =>
      service.trail.in(tx).append({
        action: "thing.changed",
        actor: "ÄRGER 印信",
        subject: "thing_5",
        detail: { number: 5 },
        occurredAt: service.clock.now(),
      }),
    );
    expect(await found({ text: "ÄRGER 印" })).toEqual([4]);
    for (const text of ["%", "thing__", String.raw`\ `]) expect(await found({ text })).toEqual([]);
    expect(await found({ subject: "thing_1", action: "thing.changed" })).toEqual([0]);
  });
});

/** The service over HTTP, with one route that reads a record about somebody. */
async function listening(service: AuditedService) {
  const tokens = createTestTokens(service.clock);
  const auditLog = service.open();
  const reading = defineRoute({
    method: "get",
    path: "/v1/things/:id",
    summary: "A thing",
    permission: "thing:read",
    params: z.strictObject({ id: z.string() }),
    reply: { status: 200, schema: z.strictObject({ id: z.string() }) },
    reads: ({ params }) => params.id,
    handle: ({ params }) => {
      if (params.id === "thing_0") throw new Error("broken");
      return { id: params.id };
    },
  });
  const served = await startTestService({
    at: (baseUrl) =>
      createServiceApp({
        name: "test",
        version: "0",
        baseUrl,
        routes: [...auditRoutes({ db: service.db, folder: service.folder, auditLog }), reading],
        problems: auditProblems,
        authenticator: tokens.authenticator,
        log: silentLog,
        health: createHealth({ checks: {}, log: silentLog, clock: service.clock }),
        randomBytes,
        recordRead: recordReads(service.db, service.trail.kit, service.clock),
      }),
  });
  onTestFinished(() => served.close());
  const get = async (
    path: string,
    permissions: readonly string[] = ["audit:read"],
    subject = "auditor_1",
  ) => {
    const authorization = await tokens.bearer({ subject, permissions });
    return await fetch(`${served.url}${path}`, { headers: { authorization } });
  };
  return { get, url: served.url, auditLog };
}

describeOnBothDatabases<AuditTables>("the routes of an audit log", auditMigrations, (open) => {
  it("show the log to anybody, and events to auditors only", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(300);
    const { get, url, auditLog } = await listening(service);
    await auditLog.checkpoint();
    const note = await (await fetch(`${url}/v1/audit/checkpoint`)).text();
    expect(verifyNote(note, [logKeyOf(service.signer)])).toMatchObject({ result: "passed" });
    for (const [path, length] of [
      ["0/000", 256],
      ["0/001.p/44", 44],
      ["1/000.p/1", 1],
    ] as const) {
      const tile = await (await fetch(`${url}/v1/audit/tile/${path}`)).arrayBuffer();
      expect(tile.byteLength).toBe(length * 32);
    }
    for (const path of ["0/002", "0/00", "0/..%2f..", "entries/000", "0/001.p/45"]) {
      expect((await fetch(`${url}/v1/audit/tile/${path}`)).status).toBe(404);
    }
    expect((await get("/v1/audit/events", ["thing:read"])).status).toBe(403);
    const page = (await (await get("/v1/audit/events?actor=person_3&limit=1")).json()) as {
      events: unknown[];
    };
    expect(page).toMatchObject({
      events: [{ index: 296, actor: "person_3", detail: { number: 297 } }],
      next: 289,
    });
    expect(await (await get("/v1/audit/state")).json()).toMatchObject({ size: 301, checkpointed_size: 300 });
  });

  it("remember what somebody looked for, and not that the log was followed", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(3);
    const { get } = await listening(service);
    for (const query of [
      "subject=thing_1&actor=person_1",
      "actor=person_2",
      "text=person",
      "action=thing.changed",
      "from=1",
    ])
      expect((await get(`/v1/audit/events?${query}`)).status).toBe(200);
    const rows = await service.db
      .selectFrom("audit_events")
      .selectAll()
      .where("leaf_index", ">=", 3)
      .execute();
    const route = JSON.stringify({ route: "GET /v1/audit/events" });
    expect(rows.map(({ action, actor, subject, detail }) => [action, actor, subject, detail])).toEqual([
      ["record.read", "auditor_1", "thing_1", route],
      ["record.read", "auditor_1", "actor:person_2", route],
      ["record.read", "auditor_1", "text:person", route],
    ]);
  });

  it("prove an event, once it is signed", async () => {
    const service = auditedService(await open(), await newFolder());
    await service.append(20);
    const { get, auditLog } = await listening(service);
    await auditLog.checkpoint();
    const answer = (await (await get("/v1/audit/events/7")).json()) as { leaf: string; proof: string };
    const policy = {
      logs: [{ key: logKeyOf(service.signer) }],
      witnesses: [],
      groups: [],
      quorum: undefined,
    };
    const leaf = bytesOfBase64(answer.leaf);
    expect(verifyLogProof(answer.proof, leaf, policy)).toMatchObject({ result: "passed", index: 7 });
    expect(JSON.parse(Buffer.from(leaf).toString())).toMatchObject({ index: 7, subject: "thing_8" });
    await service.append(1);
    expect(await (await get("/v1/audit/events/20")).json()).toMatchObject({ code: "audit-event-not-signed" });
    expect(await (await get("/v1/audit/events/21")).json()).toMatchObject({ code: "audit-event-not-found" });
  });

  it("remember who read a record, what was read, and nothing that was not", async () => {
    const service = auditedService(await open(), await newFolder());
    const { get } = await listening(service);
    const answered = await get("/v1/things/thing_8", ["thing:read"], "person_2");
    expect(answered.status).toBe(200);
    expect((await get("/v1/things/thing_8", ["other:read"], "person_3")).status).toBe(403);
    expect((await get("/v1/things/thing_0", ["thing:read"], "person_3")).status).toBe(500);
    const requestId = answered.headers.get("request-id") ?? "";
    const expected = {
      index: 0,
      actor: "person_2",
      subject: "thing_8",
      detail: { route: "GET /v1/things/:id" },
    };
    expect(await accessHistory(service.db, "thing_8")).toMatchObject({
      events: [{ ...expected, requestId }],
    });
    const shown: unknown = await (await get("/v1/audit/access-history?subject=thing_8")).json();
    expect(shown).toMatchObject({ events: [{ ...expected, request_id: requestId }] });
    await service.append(3);
    const around = await get(`/v1/audit/events?request_id=${requestId}&around=request`);
    expect(await around.json()).toMatchObject({ events: [{ index: 0 }, { index: 1 }, {}, {}, { index: 4 }] });
    expect(await accessHistory(service.db, "thing_0")).toEqual({ events: [] });
  });
});
