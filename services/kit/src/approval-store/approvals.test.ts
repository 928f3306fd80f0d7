import { rmSync } from "node:fs";

import { base64Of } from "@yinxin/crypto/bytes";
import { parseCertificateList } from "@yinxin/crypto/revocation";
import { parseCheckpoint, parseNote } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { canonicalBytes, policyInChange, signStatement, verifyChangeExport } from "../approvals/index.ts";
import type { AuditHead, ChangeOperation, OfficerPolicy } from "../approvals/index.ts";
import { auditLogMigrations, auditMigration, createAuditTrail } from "../audit/index.ts";
import type { FixedClock } from "../clock/index.ts";
import { refuse } from "../problems/index.ts";
import { createTestLogs, createTestOfficers, describeOnBothDatabases, fixedClock } from "../testing/index.ts";
import type { ProposedRequest, RequestFields, TestChangeLog, TestOfficers } from "../testing/index.ts";
import { witnessSuccessionMigration } from "../witness/index.ts";
import { approvalsMigration, createApprovals } from "./index.ts";
import type { ApprovalTables, Approvals, BreakGlassUse } from "./index.ts";

const start = "2026-11-22T08:00:00.000Z";
const minute = 60_000;
const hour = 60 * minute;

interface TestTables extends ApprovalTables {
  audit_events: { action: string; actor: string; subject: string; detail: string; leaf_index: number };
  test_effects: { change_id: string; note: string };
}

const migrations = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0011-approvals": approvalsMigration,
  "0015-witness-successions": witnessSuccessionMigration,
  "0099-test": {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable("test_effects")
        .addColumn("change_id", "text", (column) => column.notNull())
        .addColumn("note", "text", (column) => column.notNull())
        .execute();
    },
  },
};

/** Writes one row; fails for the note `fail`, after having written it. */
const countOperation: ChangeOperation = {
  name: "test.count",
  title: { zh: "计数", en: "Count" },
  parameters: z.strictObject({ note: z.string() }),
  preview: (target) => {
    if (target === "nothing") throw refuse("change-malformed", "There is nothing to count.");
    return Promise.resolve({ effect: [], numbers: { effects: 1 }, steps: [] });
  },
  execute: async ({ tx, change }) => {
    const { note } = change.parameters as { note: string };
    await (tx as unknown as Kysely<TestTables>)
      .insertInto("test_effects")
      .values({ change_id: change.id, note })
      .execute();
    if (note === "fail") throw refuse("change-malformed", "The effect failed.");
    return { note, approvers: change.approvers };
  },
};

describeOnBothDatabases<TestTables>("the changes of a service", migrations, (open, itOnce) => {
  let clock: FixedClock;
  let officers: TestOfficers;
  let db: Kysely<TestTables>;
  let approvals: Approvals;
  let alarms: BreakGlassUse[];

  const logs = createTestLogs(["test", "other"]);
  const folders: string[] = [];

  beforeAll(async () => {
    const made = await createTestOfficers(fixedClock(start));
    officers = { ...made, trust: { ...made.trust, logs: logs.logs } };
  });

  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    clock = fixedClock(start);
    db = await open();
    alarms = [];
    approvals = serviceOf(db);
    await approvals.importPolicy(officers.chain);
  });

  function logOf(tables: Kysely<TestTables>, service = "test"): TestChangeLog {
    const opened = logs.open(tables, service, clock);
    folders.push(opened.folder);
    return opened;
  }

  function serviceOf(
    tables: Kysely<TestTables>,
    service = "test",
    { log }: Pick<TestChangeLog, "log"> = logOf(tables, service),
  ): Approvals {
    return createApprovals({
      log,
      db: tables,
      trail: createAuditTrail(tables, {}).kit,
      trust: officers.trust,
      operations: [countOperation, { ...countOperation, name: "key.suspend" }],
      clock,
      service,
      onBreakGlass: (use) => alarms.push(use),
    });
  }

  /** A request signed at the clock's time. */
  async function asked(fields: Partial<RequestFields> = {}): Promise<ProposedRequest> {
    const now = clock.now();
    return await officers.propose({
      operation: "test.count",
      target: "x",
      parameters: { note: "once" },
      created_at: now.toISOString(),
      not_after: new Date(now.getTime() + 24 * hour).toISOString(),
      ...fields,
    });
  }

  async function proposed(fields: Partial<RequestFields> = {}): Promise<ProposedRequest> {
    const request = await asked(fields);
    await approvals.propose(request);
    return request;
  }

  async function decide(
    { request, value }: ProposedRequest,
    officer: string,
    decision?: "reject",
  ): Promise<string> {
    const options = { at: clock.now(), ...(decision && { decision }) };
    return (await approvals.decide(value.id, await officers.decide(request, officer, options))).state;
  }

  async function approved(fields: Partial<RequestFields> = {}): Promise<ProposedRequest> {
    const request = await proposed(fields);
    expect(await decide(request, "li-qiang")).toBe("ready");
    return request;
  }

  async function effects(): Promise<number> {
    return (await db.selectFrom("test_effects").selectAll().execute()).length;
  }

  async function actions(subject: string): Promise<string[]> {
    const rows = await db
      .selectFrom("audit_events")
      .select(["action", "actor"])
      .where("subject", "=", subject)
      .orderBy("leaf_index")
      .execute();
    return rows.map(({ action, actor }) => `${action} ${actor}`);
  }

  async function refusals(subject: string): Promise<unknown[]> {
    const rows = await db
      .selectFrom("audit_events")
      .select("detail")
      .where("subject", "=", subject)
      .where("action", "=", "change.refused")
      .execute();
    return rows.map(({ detail }) => JSON.parse(detail) as unknown);
  }

  it("go from asking to doing, each step in the audit log, and prove themselves", async () => {
    const { value } = await approved();
    const { result, change } = await approvals.execute(value.id, "zhao-min");
    expect(result).toEqual({ note: "once", approvers: ["wang-lei", "li-qiang"] });
    expect(change).toMatchObject({ state: "ready", uses: 1 });
    expect(await effects()).toBe(1);
    expect(await actions(value.id)).toEqual([
      "change.proposed wang-lei",
      "change.approved li-qiang",
      "change.executed zhao-min",
    ]);
    const exported: unknown = JSON.parse(JSON.stringify(await approvals.exportChange(value.id)));
    expect(verifyChangeExport(exported, officers.trust)).toMatchObject({ verdict: "authorized", counted: 2 });
    expect((await approvals.list({ state: "ready" })).map(({ id }) => id)).toEqual([value.id]);
    expect(await approvals.list({ state: "waiting" })).toEqual([]);
  });

  it.each([
    ["the proposer", "wang-lei", "approval-own-request"],
    ["an administrator", "zhao-min", "role-not-permitted"],
    ["an auditor", "sun-li", "role-not-permitted"],
  ])("are not approved by %s", async (_who, officer, code) => {
    const request = await proposed();
    await expect(decide(request, officer)).rejects.toMatchObject({ code });
    expect(await refusals(request.value.id)).toEqual([{ code, officer }]);
    expect(await approvals.refused()).toEqual({ count: 1, codes: [code] });
    await expect(approvals.execute(request.value.id, "zhao-min")).rejects.toMatchObject({
      code: "change-waiting",
    });
    expect((await approvals.find(request.value.id)).verification.signatures).toHaveLength(1);
  });

  itOnce("leave a trace of who tried what was not his to do, and of a flood only its beginning", async () => {
    const request = await proposed();
    await expect(proposed({ ...request.value })).rejects.toMatchObject({ code: "change-exists" });
    for (let time = 0; time < 20; time += 1)
      await expect(decide(request, "wang-lei")).rejects.toMatchObject({ code: "approval-own-request" });
    expect(await refusals(request.value.id)).toHaveLength(10);
    clock.advance(minute);
    await expect(decide(request, "wang-lei")).rejects.toMatchObject({ code: "approval-own-request" });
    expect(await approvals.refused()).toEqual({
      count: 11,
      codes: ["approval-own-request", "change-exists"],
    });
    clock.advance(hour);
    expect(await approvals.refused()).toEqual({ count: 0, codes: [] });
  });

  itOnce("are not approved twice by one person", async () => {
    const request = await proposed({ proposer: "zhao-min" });
    expect(await decide(request, "li-qiang")).toBe("waiting");
    await expect(decide(request, "li-qiang")).rejects.toMatchObject({ code: "approval-person-counted" });
  });

  itOnce(
    "are not approved by a statement about another request, of another time, or with another's key",
    async () => {
      const [one, other] = [await proposed(), await proposed()];
      const statement = await officers.decide(other.request, "li-qiang");
      await expect(approvals.decide(one.value.id, statement)).rejects.toMatchObject({
        code: "approval-other-request",
      });
      const early = await officers.decide(one.request, "li-qiang", {
        at: new Date(clock.now().getTime() - 6 * minute),
      });
      await expect(approvals.decide(one.value.id, early)).rejects.toMatchObject({ code: "change-malformed" });
      const by = officers.identity("wang-lei");
      const forged = await officers.decide(one.request, "li-qiang", { by });
      await expect(approvals.decide(one.value.id, forged)).rejects.toMatchObject({
        code: "signature-not-valid",
      });
      const second = await officers.enrol("li-qiang", officers.identity("li-qiang").signer);
      const again = await officers.decide(one.request, "li-qiang", { by: second });
      await expect(approvals.decide(one.value.id, again)).rejects.toMatchObject({
        code: "signature-not-valid",
      });
    },
  );

  itOnce("are taken only if they could be granted", async () => {
    const refusals: readonly (readonly [Partial<RequestFields>, string])[] = [
      [{ operation: "test.unknown" }, "operation-unknown"],
      [{ parameters: { note: 1 } }, "change-malformed"],
      [{ parameters: { note: "x", more: 1 } }, "change-malformed"],
      [{ target: "nothing" }, "change-malformed"],
      [{ service: "other" }, "change-malformed"],
      [{ deployment: "other" }, "change-malformed"],
      [{ policy: `sm3:${"0".repeat(64)}` }, "change-malformed"],
      [{ created_at: "2026-11-22T07:54:59.000Z" }, "change-malformed"],
      [{ created_at: "2026-11-22T08:05:01.000Z" }, "change-malformed"],
      [{ not_after: "2026-11-23T08:00:00.001Z" }, "change-malformed"],
      [{ not_after: start }, "change-malformed"],
      [{ proposer: "sun-li" }, "role-not-permitted"],
    ];
    for (const [fields, code] of refusals) {
      const request = await asked(fields);
      await expect(approvals.propose(request), JSON.stringify(fields)).rejects.toMatchObject({ code });
    }
    expect(await approvals.list()).toEqual([]);
  });

  itOnce("are not taken twice, nor with another's signature", async () => {
    const request = await proposed();
    await expect(approvals.propose(request)).rejects.toMatchObject({ code: "change-exists" });
    const { nonce } = request.value;
    await expect(approvals.propose(await asked({ nonce }))).rejects.toMatchObject({ code: "change-exists" });
    const other = await asked();
    const signature = await signStatement(officers.identity("li-qiang"), other.request, clock.now());
    await expect(approvals.propose({ ...other, signature })).rejects.toMatchObject({
      code: "signature-not-valid",
    });
  });

  it("are done as often as the window says and no more, also at the same time", async () => {
    const { value } = await approved();
    const attempts = await Promise.allSettled(
      Array.from({ length: 6 }, () => approvals.execute(value.id, "zhao-min")),
    );
    const done = attempts.filter(({ status }) => status === "fulfilled").length;
    expect(done).toBeGreaterThanOrEqual(1);
    for (let left = 3 - done; left > 0; left -= 1) await approvals.execute(value.id, "zhao-min");
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "window-used-up" });
    expect(await effects()).toBe(3);
    expect((await approvals.find(value.id)).state).toBe("executed");
  });

  it("leave no trace and consume nothing if their effect fails", async () => {
    const { value } = await approved({ parameters: { note: "fail" } });
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "change-malformed" });
    expect(await effects()).toBe(0);
    expect(await approvals.find(value.id)).toMatchObject({ state: "ready", uses: 0 });
  });

  itOnce("are done by an officer, and not by an auditor or a stranger", async () => {
    const { value } = await approved();
    for (const executor of ["sun-li", "nobody"]) {
      await expect(approvals.execute(value.id, executor)).rejects.toMatchObject({
        code: "role-not-permitted",
      });
    }
    await expect(approvals.execute("chg_none", "zhao-min")).rejects.toMatchObject({
      code: "change-not-found",
    });
  });

  itOnce("expire while they wait, and when their window is over, and stay so", async () => {
    const waiting = await proposed({ not_after: "2026-11-22T08:30:00.000Z" });
    const ready = await approved();
    clock.advance(31 * minute);
    await expect(decide(waiting, "li-qiang")).rejects.toMatchObject({ code: "change-expired" });
    expect((await approvals.find(waiting.value.id)).endedBy).toBe("not-in-time");
    expect((await approvals.list({ state: "expired" })).map(({ id }) => id)).toEqual([waiting.value.id]);
    clock.advance(30 * minute);
    await expect(approvals.execute(ready.value.id, "zhao-min")).rejects.toMatchObject({
      code: "change-expired",
    });
  });

  itOnce("do not open again when the clock is set back", async () => {
    const { value } = await approved();
    clock.advance(61 * minute);
    await proposed();
    clock.advance(-4 * minute);
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "change-expired" });
    clock.advance(-2 * minute);
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "clock-set-back" });
    expect(await effects()).toBe(0);
  });

  itOnce(
    "go on after a clock that was once far ahead by two statements in the database, which open nothing again",
    async () => {
      const { value } = await approved();
      clock.advance(24 * hour);
      await proposed();
      clock.advance(-24 * hour);
      await expect(approvals.find(value.id)).rejects.toMatchObject({ code: "clock-set-back" });
      const open = ["waiting", "ready"] as const;
      await db.updateTable("changes").set({ state: "expired" }).where("state", "in", open).execute();
      await db.updateTable("officer_clock").set({ seen_at: clock.now().toISOString() }).execute();
      expect((await approvals.find(value.id)).state).toBe("expired");
      const next = await approved();
      await approvals.execute(next.value.id, "zhao-min");
      expect(await effects()).toBe(1);
    },
  );

  itOnce("end with a rejection, also after they were approved", async () => {
    const waiting = await proposed();
    expect(await decide(waiting, "chen-jing", "reject")).toBe("rejected");
    await expect(decide(waiting, "li-qiang")).rejects.toMatchObject({ code: "change-not-waiting" });
    const ready = await approved();
    clock.advance(minute);
    await expect(decide(ready, "chen-jing")).rejects.toMatchObject({ code: "change-not-waiting" });
    expect(await decide(ready, "chen-jing", "reject")).toBe("rejected");
    await expect(approvals.execute(ready.value.id, "zhao-min")).rejects.toMatchObject({
      code: "change-rejected",
    });
    expect(await actions(ready.value.id)).toContain("change.rejected chen-jing");
  });

  it("are not done if somebody edits the database", async () => {
    const { value, request } = await approved();
    const other = canonicalBytes({ ...value, parameters: { note: "mine" } });
    const edits: readonly Partial<ApprovalTables["changes"]>[] = [
      { request: other },
      { target: "y" },
      { proposer: "zhao-min" },
      { operation: "test.units" },
      { digest: policyInChange({ parameters: {} }).digest },
    ];
    const row = await db
      .selectFrom("changes")
      .selectAll()
      .where("id", "=", value.id)
      .executeTakeFirstOrThrow();
    for (const edit of edits) {
      await db.updateTable("changes").set(edit).where("id", "=", value.id).execute();
      await expect(
        approvals.execute(value.id, "zhao-min"),
        JSON.stringify(Object.keys(edit)),
      ).rejects.toMatchObject({
        code: "change-altered",
      });
      expect(await approvals.find(value.id)).toMatchObject({
        state: "altered",
        verification: { verdict: "refused" },
      });
      expect(await approvals.altered()).toMatchObject([{ id: value.id }]);
      expect((await approvals.list({ state: "altered" })).map(({ id }) => id)).toEqual([value.id]);
      // A list that was asked for meanwhile does not make a rejection of it.
      const { state } = await db.selectFrom("changes").select("state").executeTakeFirstOrThrow();
      expect(state).toBe("ready");
      await db.updateTable("changes").set(row).where("id", "=", value.id).execute();
    }
    expect(await approvals.altered()).toEqual([]);
    expect((await approvals.find(value.id)).state).toBe("ready");
    expect((await actions(value.id)).filter((action) => action.startsWith("change.altered"))).toHaveLength(1);
    const statement = await officers.decide(request, "li-qiang");
    await db.updateTable("change_statements").set({ statement: statement.signature }).execute();
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "change-altered" });
    await db.deleteFrom("change_statements").execute();
    await db.updateTable("changes").set({ state: "ready" }).execute();
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "change-waiting" });
    expect(await effects()).toBe(0);
  });

  itOnce("are not done again if somebody sets the counters back", async () => {
    const { value } = await approved();
    for (let use = 0; use < 3; use += 1) await approvals.execute(value.id, "zhao-min");
    await db.deleteFrom("change_executions").execute();
    await db.updateTable("changes").set({ uses: 0, state: "ready" }).execute();
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "window-used-up" });
  });

  itOnce(
    "are not done at a service that they were not asked for, if their rows are carried there",
    async () => {
      const { value } = await approved();
      const other = serviceOf(db, "other");
      expect((await other.find(value.id)).verification.verdict).toBe("refused");
      await expect(other.execute(value.id, "zhao-min")).rejects.toMatchObject({ code: "change-altered" });
      expect(await effects()).toBe(0);
    },
  );

  itOnce("stay rejected if somebody takes the rejection out of the database", async () => {
    const request = await approved();
    expect(await decide(request, "chen-jing", "reject")).toBe("rejected");
    await db.deleteFrom("change_statements").where("decision", "=", "reject").execute();
    await db.updateTable("changes").set({ state: "ready" }).execute();
    await expect(approvals.execute(request.value.id, "zhao-min")).rejects.toMatchObject({
      code: "change-altered",
    });
    expect(await effects()).toBe(0);
  });

  itOnce("need the policy as it was approved, not as a row says", async () => {
    const { value } = await approved();
    const weaker = { ...officers.policy, rules: { ...officers.policy.rules } };
    delete weaker.rules["key.destroy"];
    await db
      .updateTable("officer_policies")
      .set({ policy: canonicalBytes(weaker) })
      .execute();
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({
      code: "policy-not-accepted",
    });
    await db.deleteFrom("officer_policies").execute();
    await expect(approvals.execute(value.id, "zhao-min")).rejects.toMatchObject({
      code: "officers-not-appointed",
    });
  });

  itOnce("are all refused where no officers are appointed", async () => {
    const bare = createApprovals({
      db,
      trail: createAuditTrail(db, {}).kit,
      operations: [],
      clock,
      service: "test",
    });
    await expect(bare.propose(await asked())).rejects.toMatchObject({ code: "officers-not-appointed" });
    await expect(bare.importPolicy(officers.chain)).rejects.toMatchObject({ code: "officers-not-appointed" });
    expect(bare.operations().map(({ name }) => name)).toEqual(["policy.change", "break-glass.review"]);
  });

  function nextPolicy(change: (policy: OfficerPolicy) => OfficerPolicy): OfficerPolicy {
    return change({ ...officers.policy, version: 2, previous: officers.trust.policy_genesis });
  }

  async function adopt(policy: OfficerPolicy): Promise<void> {
    const request = await approved({
      operation: "policy.change",
      target: "officer-policy",
      parameters: { policy } as never,
    });
    await approvals.execute(request.value.id, "zhao-min");
  }

  const withoutLi = (policy: OfficerPolicy): OfficerPolicy => ({
    ...policy,
    officers: policy.officers.filter(({ id }) => id !== "li-qiang"),
  });

  it("fall with the policy under which they were approved", async () => {
    const ready = await approved();
    const waiting = await proposed();
    const policy = nextPolicy(withoutLi);
    await adopt(policy);
    expect((await approvals.policy()).policy).toEqual(policy);
    await expect(approvals.execute(ready.value.id, "zhao-min")).rejects.toMatchObject({
      code: "change-policy-superseded",
    });
    await expect(decide(waiting, "chen-jing")).rejects.toMatchObject({ code: "change-policy-superseded" });
    const told = await approvals.list({ state: "expired" });
    expect(told.map(({ endedBy }) => endedBy)).toEqual(["policy-superseded", "policy-superseded"]);
    // Also long after its own time would have been over, and when its row is closed.
    clock.advance(48 * hour);
    expect(await approvals.find(waiting.value.id)).toMatchObject({ endedBy: "policy-superseded" });
    clock.advance(-48 * hour);
    const { digest } = await approvals.policy();
    const later = await proposed({ policy: digest });
    await expect(decide(later, "li-qiang")).rejects.toMatchObject({ code: "role-not-permitted" });
    expect(await decide(later, "chen-jing")).toBe("ready");
    const exported = await approvals.exportChange(later.value.id);
    expect(verifyChangeExport(exported, officers.trust)).toMatchObject({
      verdict: "authorized",
      policy: { version: 2 },
    });
    // What was approved before still shows who approved it.
    expect((await approvals.find(ready.value.id)).verification.counted).toBe(2);
  });

  itOnce("include the policy itself, which keeps what every policy must", async () => {
    const one = officers.policy.officers.find(({ id }) => id === "wang-lei");
    const stranger = officers.officer(
      "wu-di",
      (await createTestOfficers(clock)).identity("li-qiang"),
      "auditor",
    );
    const refused: readonly ((policy: OfficerPolicy) => OfficerPolicy)[] = [
      // The second account of one person.
      (policy) => ({ ...policy, officers: [...policy.officers, { ...stranger, person: one?.person ?? "" }] }),
      // The second role, with the same card.
      (policy) => ({
        ...policy,
        officers: [...policy.officers, { ...stranger, certificate: one?.certificate ?? "" }],
      }),
      // A certificate that no root of the officers vouches for.
      (policy) => ({ ...policy, officers: [...policy.officers, stranger] }),
      (policy) => ({ ...policy, version: 3 }),
      (policy) => ({ ...policy, previous: `sm3:${"0".repeat(64)}` }),
    ];
    for (const change of refused) {
      const parameters = { policy: nextPolicy(change) } as never;
      const request = await asked({ operation: "policy.change", target: "officer-policy", parameters });
      await expect(approvals.propose(request)).rejects.toMatchObject({ code: "policy-not-accepted" });
    }
    const preview = await approvals.preview("policy.change", "officer-policy", {
      policy: nextPolicy(withoutLi),
    });
    expect(preview).toMatchObject({
      effect: [{ zh: "离任：li-qiang（安全管理员）", en: "Leaving: li-qiang (security officer)" }],
      numbers: { joining: 0, leaving: 1, rules: 0 },
    });
  });

  it("bring a new policy to other services, and never an older or another one", async () => {
    const old = await approvals.policyChain();
    await adopt(nextPolicy(withoutLi));
    const chain = await approvals.policyChain();
    const other = serviceOf(await open(), "other");
    await other.importPolicy(old);
    expect((await other.importPolicy(chain)).policy.version).toBe(2);
    expect((await other.importPolicy(old)).policy.version).toBe(2);

    const third = serviceOf(await open());
    await third.importPolicy(old);
    approvals = third;
    await adopt(nextPolicy((policy) => ({ ...policy, rules: { ...policy.rules } })));
    await expect(other.importPolicy(await third.policyChain())).rejects.toMatchObject({
      code: "policy-not-accepted",
    });
    const strangers = await createTestOfficers(clock);
    await expect(other.importPolicy(strangers.chain)).rejects.toMatchObject({ code: "policy-not-accepted" });
    await expect(other.importPolicy({})).rejects.toMatchObject({ code: "policy-not-accepted" });
  });

  it("bring no policy to other services that was approved and never came into force, or came second of two", async () => {
    const other = serviceOf(await open(), "other");
    await other.importPolicy(officers.chain);
    const parameters = { policy: nextPolicy(withoutLi) } as never;
    const fields = { operation: "policy.change", target: "officer-policy", parameters };
    const first = await approved(fields);
    const second = await approved(fields);
    const chainOf = async ({ value }: ProposedRequest) => {
      const { change } = await approvals.exportChange(value.id);
      return { ...officers.chain, changes: [change] };
    };
    for (const chain of [await chainOf(first), await chainOf(second)])
      await expect(other.importPolicy(chain)).rejects.toMatchObject({ code: "policy-not-accepted" });
    await approvals.execute(first.value.id, "zhao-min");
    await expect(approvals.execute(second.value.id, "zhao-min")).rejects.toMatchObject({
      code: "change-policy-superseded",
    });
    await expect(other.importPolicy(await chainOf(second))).rejects.toMatchObject({
      code: "policy-not-accepted",
    });
    const { change: proved } = await approvals.exportChange(first.value.id);
    expect(proved.recorded?.leaves).toHaveLength(3);
    const { request, signature, approvals: signed } = proved;
    const unproved = { request, signature, approvals: signed };
    const chain = { ...officers.chain, changes: [unproved] };
    await expect(other.importPolicy(chain)).rejects.toMatchObject({ code: "policy-not-accepted" });
    expect((await other.importPolicy(await approvals.policyChain())).policy.version).toBe(2);
    // What the other service hands on proves the same, and where it is in force already no proof is needed.
    const third = serviceOf(await open(), "other");
    expect((await third.importPolicy(await other.policyChain())).policy.version).toBe(2);
    expect((await other.importPolicy(chain)).policy.version).toBe(2);
  });

  itOnce("prove their policies still when the folder of the log is lost", async () => {
    await adopt(nextPolicy(withoutLi));
    const { changes } = await approvals.policyChain();
    expect(changes[0]?.recorded).toBeDefined();
    expect((await serviceOf(db).policyChain()).changes).toEqual(changes);
  });

  itOnce("know no policy that only a row has: one that was approved, and put there by hand", async () => {
    const parameters = { policy: nextPolicy(withoutLi) } as never;
    const { value } = await approved({ operation: "policy.change", target: "officer-policy", parameters });
    const { change } = await approvals.exportChange(value.id);
    const { bytes, digest } = policyInChange(value);
    const row = { version: 2, digest, policy: bytes, change: JSON.stringify(change), adopted_at: start };
    await db.insertInto("officer_policies").values(row).execute();
    await expect(approvals.policy()).rejects.toMatchObject({ code: "policy-not-accepted" });
  });

  describe("with the audit log that the proposer saw", () => {
    async function headOf({ auditLog, origin }: TestChangeLog): Promise<AuditHead> {
      const { size, root } = parseCheckpoint(parseNote((await auditLog.checkpoint()).note).text);
      return { origin, size, root: `sha-256:${Buffer.from(root).toString("hex")}` };
    }

    it("are taken, done, and proved to go on from it", async () => {
      const opened = logOf(db);
      approvals = serviceOf(db, "test", opened);
      await proposed();
      const head = await headOf(opened);
      expect(head.size).toBe(2);
      const { value } = await approved({ audit_head: head });
      await approvals.execute(value.id, "zhao-min");
      await opened.auditLog.checkpoint();
      const exported = await approvals.exportChange(value.id);
      expect(exported.change.recorded?.leaves).toHaveLength(3);
      const { verdict, checks } = verifyChangeExport(exported, officers.trust);
      expect(verdict).toBe("authorized");
      expect(checks.find(({ name }) => name === "audit-head")).toMatchObject({ result: "passed" });
    });

    it("are refused by a service with another history, unless they only stop something", async () => {
      const opened = logOf(db);
      approvals = serviceOf(db, "test", opened);
      await proposed();
      await proposed();
      const head = await headOf(opened);
      const root = `sha-256:${"00".repeat(32)}`;
      const strange: readonly AuditHead[] = [
        { ...head, root },
        { ...head, size: head.size + 1 },
        { ...head, size: 2 },
        { ...head, size: 2 ** 31, root },
        { ...head, origin: `${head.origin}/2` },
        { ...head, origin: "yinxin.example/audit/other" },
      ];
      for (const audit_head of strange) {
        await expect(approvals.propose(await asked({ audit_head }))).rejects.toMatchObject({
          code: "audit-head-unknown",
        });
      }
      await approvals.propose(await asked({ audit_head: head }));
      // A database that was restored from before, and whose last events are others: its folder still has what was signed.
      await db.updateTable("audit_events").set({ actor: "somebody" }).where("leaf_index", "=", 1).execute();
      const late = await asked({ audit_head: head });
      await expect(approvals.propose(late)).rejects.toMatchObject({ code: "audit-head-unknown" });
      const stop = await asked({ operation: "key.suspend", audit_head: head });
      expect((await approvals.propose(stop)).state).toBe("ready");
    });
  });

  itOnce(
    "are held up by revocation lists: who is revoked does nothing, and a stale list stops only what starts",
    async () => {
      const { certificate } = officers.identity("li-qiang");
      const lasting = {
        from: new Date("2026-11-22T07:00:00.000Z"),
        until: new Date("2026-11-22T09:00:00.000Z"),
      };
      const listsOf = async (...withdrawn: Parameters<TestOfficers["crls"]>[0]) =>
        (await officers.crls(withdrawn, lasting)).map(parseCertificateList);
      let lists = await listsOf();
      const opened = logOf(db);
      approvals = createApprovals({
        ...{ db, trail: createAuditTrail(db, {}).kit, trust: officers.trust, clock, service: "test" },
        operations: [countOperation, { ...countOperation, name: "key.suspend" }],
        log: opened.log,
        crls: () => Promise.resolve(lists),
      });
      const ready = await approved();
      lists = await listsOf({ certificate, at: new Date("2026-11-22T07:30:00.000Z") });
      const revoked = { code: "officer-certificate-revoked" };
      await expect(approvals.execute(ready.value.id, "zhao-min")).rejects.toMatchObject(revoked);
      const waiting = await proposed();
      await expect(decide(waiting, "li-qiang")).rejects.toMatchObject(revoked);
      await expect(decide(waiting, "li-qiang", "reject")).rejects.toMatchObject(revoked);
      await expect(approvals.propose(await asked({ proposer: "li-qiang" }))).rejects.toMatchObject(revoked);
      expect(await decide(waiting, "chen-jing")).toBe("ready");
      await approvals.execute(waiting.value.id, "zhao-min");
      expect(await effects()).toBe(1);

      const late = await proposed();
      clock.advance(2 * hour);
      const unknown = { code: "officer-revocation-unknown" };
      await expect(approvals.propose(await asked())).rejects.toMatchObject(unknown);
      await expect(decide(late, "chen-jing")).rejects.toMatchObject(unknown);
      expect(await decide(late, "chen-jing", "reject")).toBe("rejected");
      const stop = await proposed({ operation: "key.suspend" });
      await approvals.execute(stop.value.id, "chen-jing");
      expect(await effects()).toBe(2);
    },
  );

  it("take the first policy once from processes that start at the same moment", async () => {
    const fresh = await open();
    const processes = Array.from({ length: 4 }, () => serviceOf(fresh));
    const taken = await Promise.all(processes.map((each) => each.importPolicy(officers.chain)));
    expect(taken.map(({ policy }) => policy.version)).toEqual([1, 1, 1, 1]);
    const events = await fresh.selectFrom("audit_events").select("action").execute();
    expect(events).toEqual([{ action: "policy.changed" }]);
  });

  it("are done at once with the break-glass key, loudly, until two officers have reviewed it", async () => {
    const request = await proposed({ proposer: "break-glass" });
    const { value } = request;
    const { change } = await approvals.execute(value.id, "break-glass");
    expect(change).toMatchObject({ state: "executed", uses: 1, verification: { isBreakGlass: true } });
    await expect(approvals.execute(value.id, "break-glass")).rejects.toMatchObject({
      code: "window-used-up",
    });
    const reviewBefore = "2026-11-23T08:00:00.000Z";
    expect(alarms).toEqual([
      { id: value.id, operation: "test.count", target: "x", usedAt: start, reviewBefore },
    ]);
    expect(await actions(value.id)).toContain("break-glass.used break-glass");
    expect(await approvals.unreviewed()).toEqual([{ id: value.id, usedAt: start, reviewBefore }]);

    const parameters = { finding: "卡片遗失,处置得当" };
    const review = await proposed({ operation: "break-glass.review", target: value.id, parameters });
    await expect(decide(review, "break-glass")).rejects.toMatchObject({ code: "role-not-permitted" });
    await expect(approvals.execute(review.value.id, "zhao-min")).rejects.toMatchObject({
      code: "change-waiting",
    });
    expect(await decide(review, "li-qiang")).toBe("ready");
    await approvals.execute(review.value.id, "zhao-min");
    expect(await approvals.unreviewed()).toEqual([]);
    expect((await approvals.find(value.id)).reviewedBy).toBe(review.value.id);
    const again = await asked({ operation: "break-glass.review", target: value.id, parameters });
    await expect(approvals.propose(again)).rejects.toMatchObject({ code: "change-malformed" });
  });

  itOnce(
    "raise the alarm of the break-glass key as long as it was not reviewed, whatever its rows say",
    async () => {
      const { value } = await proposed({ proposer: "break-glass" });
      const waiting = await proposed();
      await approvals.execute(value.id, "break-glass");
      const unreviewed = await approvals.unreviewed();
      expect(unreviewed).toHaveLength(1);
      await db.updateTable("changes").set({ reviewed_by: waiting.value.id }).execute();
      expect(await approvals.unreviewed()).toEqual(unreviewed);
      await db.updateTable("changes").set({ review_before: null }).execute();
      expect(await approvals.unreviewed()).toEqual(unreviewed);
      await db.deleteFrom("change_executions").execute();
      await db.deleteFrom("changes").where("id", "=", value.id).execute();
      expect(await approvals.unreviewed()).toEqual(unreviewed);
    },
  );

  it("are found after a restart as they were", async () => {
    const { value } = await approved();
    const restarted = serviceOf(db);
    expect((await restarted.find(value.id)).state).toBe("ready");
    expect(base64Of((await asked()).request)).not.toBe((await restarted.find(value.id)).signed.request);
    await restarted.execute(value.id, "zhao-min");
    expect(await effects()).toBe(1);
  });
});
