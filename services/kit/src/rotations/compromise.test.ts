import { expect, it } from "vitest";

import type { ChangeOperation } from "../approvals/index.ts";
import { transact } from "../database/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import {
  approved,
  minuteMilliseconds,
  rotationBench,
  rotationTestMigrations,
  tokenRing,
} from "./rotation-test-bench.ts";
import type { RotationBench } from "./rotation-test-bench.ts";
import { compromiseClock } from "./compromise-clock.ts";
import { rotationOperations } from "./index.ts";
import type { Plan } from "./index.ts";

const { purpose } = tokenRing;

function resultOf(plan: Plan, step: string): unknown {
  return plan.steps.find(({ name }) => name === step)?.result;
}

/** Three signatures before the boundary and four after it, for two owners; the boundary is what it returns. */
async function signAround(bench: RotationBench): Promise<string> {
  for (const document of ["doc_1", "doc_2", "doc_3"]) await bench.sign(purpose, document);
  bench.clock.advance(minuteMilliseconds);
  const since = bench.clock.now().toISOString();
  for (const document of ["doc_4", "doc_5", "doc_6"]) await bench.sign(purpose, document);
  await bench.sign(purpose, "doc_7", "org_2");
  bench.clock.advance(minuteMilliseconds);
  return since;
}

async function documentText(bench: RotationBench, id: string, name: string): Promise<string> {
  const document = await bench.rotations.document(id, name);
  return new TextDecoder().decode(document?.content);
}

describeOnBothDatabases<unknown>("a compromise", rotationTestMigrations, (open, itOnce) => {
  it("stops the key in the transaction that asks for it", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const since = await signAround(bench);
    await bench.begin({ definition: "compromise", parameters: { since } });
    expect(await bench.states(purpose)).toEqual(["suspended"]);
    await expect(bench.sign(purpose, "doc_8")).rejects.toMatchObject({ code: "key-suspended" });
  });

  it("lists every signature after the boundary, for each owner, and agrees with the key's counter", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const since = await signAround(bench);
    const id = await bench.begin({ definition: "compromise", parameters: { since } });
    const plan = await bench.finish(id);
    expect(plan.state).toBe("done");
    expect(resultOf(plan, "list-signatures")).toEqual({
      signatures: 4,
      owners: { org_1: 3, org_2: 1 },
      listed_in_all: 7,
      counted_in_all: 7,
      is_complete: true,
      documents: ["signatures-0001.jsonl"],
    });
    const lines = (await documentText(bench, id, "signatures-0001.jsonl")).trimEnd().split("\n");
    const listed = lines.map((line) => JSON.parse(line) as { owner: string; subject: string });
    expect(listed.map(({ owner, subject }) => [owner, subject])).toEqual([
      ["org_1", "doc_4"],
      ["org_1", "doc_5"],
      ["org_1", "doc_6"],
      ["org_2", "doc_7"],
    ]);
  });

  itOnce("says so when rows of the log were removed behind the service's back", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const since = await signAround(bench);
    await (bench.db as never as { deleteFrom: (table: string) => DeleteQuery })
      .deleteFrom("audit_events")
      .where("subject", "=", "doc_5")
      .execute();
    const plan = await bench.finish(await bench.begin({ definition: "compromise", parameters: { since } }));
    expect(resultOf(plan, "list-signatures")).toMatchObject({
      signatures: 3,
      listed_in_all: 6,
      counted_in_all: 7,
      is_complete: false,
    });
  });

  it("makes a successor and writes the notices and the report, with the clock from the first stop on", async () => {
    const bench = rotationBench(await open(), {
      hooks: { "compromise.revoke": { run: () => Promise.resolve({ crl: 7 }) } },
    });
    await bench.rings.ensure(tokenRing);
    const since = await signAround(bench);
    const stoppedAt = bench.clock.now().toISOString();
    await transact(bench.db, (tx) =>
      bench.rings.in(tx).move({ purpose, version: 1 }, "suspended", {
        at: bench.clock.now(),
        reason: "可疑",
        persons: ["officer_1"],
      }),
    );
    bench.clock.advance(4 * minuteMilliseconds);
    const id = await bench.begin({ definition: "compromise", parameters: { since }, changeId: "chg_9" });
    const plan = await bench.finish(id);
    expect(await bench.states(purpose)).toEqual(["compromised", "active"]);
    const [lost] = await bench.rings.versions(purpose);
    expect(lost?.invalidFrom?.toISOString()).toBe(since);
    expect(plan.result).toMatchObject({
      reported_at: stoppedAt,
      suspended_at: stoppedAt,
      time_to_safe_seconds: 240,
      time_to_restored_seconds: 240 + 600,
    });
    expect(resultOf(plan, "revoke")).toEqual({ crl: 7 });
    expect(resultOf(plan, "deny")).toEqual({ not_offered: "compromise.deny" });
    expect(plan.result).toMatchObject({ passed_over: ["deny", "certify", "re-issue", "re-time-stamp"] });
    const names = (await bench.rotations.documents(id)).map(({ name }) => name);
    expect(names).toEqual(["notice.en.md", "notice.zh.md", "report.zh.md", "signatures-0001.jsonl"]);
    expect(await documentText(bench, id, "notice.en.md")).toContain(
      `Signatures made from ${since} on are not`,
    );
    expect(await documentText(bench, id, "notice.zh.md")).toContain("第 1 版密钥已确认泄露");
    const report = await documentText(bench, id, "report.zh.md");
    expect(report).toContain("| 边界之后的签名 | 4 次，清单完整（与计数器一致） |");
    expect(report).toContain("| 发现到安全 | 240 秒 |");
    expect(report).toContain("| 批准变更 | chg_9（officer_1、officer_2） |");
    expect(report).toContain("| org_2 | 1 |");
    expect(report).toContain("| — | 从公布的密钥中移除，拒绝其标识（不适用：本服务没有这一步） |");
    expect(report).toMatch(/\| 2026-11-21T\S+Z \| 吊销证书/u);
    expect(report).toMatch(/\| 2026-11-21T\S+Z \| 公布新公钥 \|/u);
  });

  itOnce("ends the time to safe with the last step that did something", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const since = bench.clock.now().toISOString();
    const id = await bench.begin({ definition: "compromise", parameters: { since } });
    const plan = await bench.finish(id);
    const steps = plan.steps.map((step) =>
      step.name === "revoke" || step.name === "deny"
        ? { ...step, doneAt: new Date(bench.clock.now().getTime() + 7 * minuteMilliseconds) }
        : step,
    );
    expect(compromiseClock({ ...plan, steps })).toMatchObject({ secondsToSafe: 0 });
  });

  itOnce("waits for no cache where the successor is told of by people", async () => {
    const hook = { run: () => Promise.resolve({}) };
    const hooks = { "audit-key.announce": hook, "audit-key.sign-both": hook };
    const bench = rotationBench(await open(), { hooks });
    const ring = { ...tokenRing, purpose: "seal.audit", plan: "audit-key" };
    await bench.rings.ensure(ring);
    const since = bench.clock.now().toISOString();
    const { steps } = await bench.rotations.simulate(
      "compromise",
      { purpose: ring.purpose, parameters: { since } },
      bench.clock.now(),
    );
    expect(new Set(steps.map(({ at }) => at.toISOString()))).toEqual(new Set([since]));
    const id = await bench.begin({ definition: "compromise", purpose: ring.purpose, parameters: { since } });
    const plan = await bench.finish(id);
    expect(plan.result).toMatchObject({ time_to_restored_seconds: 0 });
    expect(await bench.states(ring.purpose)).toEqual(["compromised", "active"]);
    // Its rotation still waits: the log itself tells whoever reads it.
    const rotation = await bench.rotations.simulate(
      "audit-key",
      { purpose: ring.purpose },
      bench.clock.now(),
    );
    expect(rotation.endsAt.getTime() - bench.clock.now().getTime()).toBe(70 * minuteMilliseconds);
  });

  itOnce("takes the stand-by key as the successor", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    await bench.finish(await bench.begin({ definition: "stand-by" }));
    expect((await bench.rings.versions(purpose)).map(({ isStandby }) => isStandby)).toEqual([false, true]);
    await expect(bench.begin({ definition: "stand-by" })).rejects.toMatchObject({
      code: "plan-not-applicable",
    });
    const since = bench.clock.now().toISOString();
    const plan = await bench.finish(await bench.begin({ definition: "compromise", parameters: { since } }));
    expect(resultOf(plan, "successor")).toMatchObject({ version: 2, taken: "stand-by" });
    expect(await bench.states(purpose)).toEqual(["compromised", "active"]);
    expect(await bench.keys.describe()).toHaveLength(2);
  });

  itOnce("supersedes a rotation that has not put its key to work, and takes that key", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const rotation = await bench.begin();
    await bench.rotations.advance();
    const since = bench.clock.now().toISOString();
    const plan = await bench.finish(await bench.begin({ definition: "compromise", parameters: { since } }));
    expect(await bench.plan(rotation)).toMatchObject({ state: "superseded" });
    expect((await bench.events(rotation)).at(-1)?.action).toBe("plan.superseded");
    expect(resultOf(plan, "successor")).toMatchObject({ version: 2, taken: "published" });
    expect(await bench.states(purpose)).toEqual(["compromised", "active"]);
  });

  itOnce("lets a rotation go on whose key signs already, and no new one begin", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const rotation = await bench.begin();
    await bench.rotations.advance();
    bench.clock.advance(10 * minuteMilliseconds);
    await bench.rotations.advance();
    const since = bench.clock.now().toISOString();
    await bench.begin({ definition: "compromise", parameters: { since } });
    await expect(bench.begin()).rejects.toMatchObject({ code: "plan-not-applicable" });
    for (let hour = 0; hour < 3; hour += 1) {
      await bench.rotations.advance();
      bench.clock.advance(60 * minuteMilliseconds);
    }
    expect(await bench.plan(rotation)).toMatchObject({ state: "done" });
    expect(await bench.states(purpose)).toEqual(["deactivated", "compromised", "active"]);
  });

  itOnce("is drilled on a ring of its own, while the real one signs", async () => {
    const called: string[] = [];
    const hook = (name: string, drills: boolean) => ({
      drills,
      run: () => {
        called.push(name);
        return Promise.resolve({});
      },
    });
    const bench = rotationBench(await open(), {
      hooks: { "compromise.revoke": hook("revoke", false), "compromise.deny": hook("deny", true) },
    });
    await bench.rings.ensure(tokenRing);
    const since = bench.clock.now().toISOString();
    const id = await bench.begin({ definition: "compromise", isDrill: true, parameters: { since } });
    const plan = await bench.finish(id);
    expect(plan).toMatchObject({ state: "done", isDrill: true, definition: { name: "compromise-drill" } });
    expect(plan.purpose).toBe(`drill.sso.token.${id.slice(5)}`);
    expect(await bench.sign(purpose, "doc_1")).toBe(1);
    expect(await bench.states(purpose)).toEqual(["active"]);
    expect(await bench.states(plan.purpose)).toEqual(["destroyed-compromised", "destroyed"]);
    expect((await bench.keys.describe()).map(({ label }) => label)).toEqual(["sso.token-v1"]);
    expect(called).toEqual(["deny"]);
    expect(resultOf(plan, "revoke")).toEqual({ not_for_drills: "compromise.revoke" });
    expect(resultOf(plan, "list-signatures")).toMatchObject({ signatures: 3, is_complete: true });
    expect(plan.result).toMatchObject({ time_to_safe_seconds: 0, time_to_restored_seconds: 600 });
    expect(await documentText(bench, id, "notice.zh.md")).toContain("（演练）");
    const report = await documentText(bench, id, "report.zh.md");
    expect(report).toMatch(/\| — \| 吊销证书.*（不适用：演练中不做） \|/u);
    expect(report).toMatch(/\| 2026-11-21T\S+Z \| 从公布的密钥中移除，拒绝其标识 \|/u);
  });
});

interface DeleteQuery {
  where(column: string, operator: string, value: string): DeleteQuery;
  execute(): Promise<unknown>;
}

describeOnBothDatabases<unknown>("what officers ask for", rotationTestMigrations, (open, itOnce) => {
  const setUp = async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const operations = new Map(
      rotationOperations({ rotations: bench.rotations, clock: bench.clock }).map((one) => [one.name, one]),
    );
    const operation = (name: string): ChangeOperation => {
      const found = operations.get(name);
      if (found === undefined) throw new Error(`no operation ${name}`);
      return found;
    };
    const execute = (name: string, target: string, parameters: Record<string, unknown> = {}) =>
      transact(bench.db, async (tx) => {
        const { reason } = approved;
        const change = {
          ...{ id: "chg_1", operation: name, target, reason, digest: "sm3:00", proposer: "officer_1" },
          parameters: operation(name).parameters.parse(parameters),
          approvers: approved.persons,
          executor: "officer_1",
        };
        const result = await operation(name).execute({ tx, change, at: bench.clock.now() });
        return (result as { plan: string }).plan;
      });
    return { ...bench, operation, execute };
  };

  itOnce("names every operation about plans", async () => {
    const { rotations, clock } = await setUp();
    expect(rotationOperations({ rotations, clock }).map(({ name }) => name)).toEqual([
      "key.rotate",
      "key.standby",
      "key.compromise",
      "key.drill",
      "key.destroy",
      "key.destroy-cancel",
      "plan.roll-back",
    ]);
  });

  itOnce("is shown before it is done, with the minute of each step", async () => {
    const { operation } = await setUp();
    const preview = await operation("key.rotate").preview(purpose, {});
    expect(preview.steps.find(({ name }) => name === "retire")?.at).toBe("2026-11-21T02:10:00.000Z");
    expect(preview.effect[1]?.en).toBe("It can be rolled back until 2026-11-21T02:10:00.000Z.");
    await expect(operation("key.rotate").preview("no.such", {})).rejects.toMatchObject({
      code: "plan-not-applicable",
    });
    await expect(
      operation("key.destroy").preview(purpose, { version: 1, after_days: 7 }),
    ).rejects.toMatchObject({ code: "plan-not-applicable" });
  });

  it("rotates, rolls back, and drills", async () => {
    const { execute, rotations, plan, operation } = await setUp();
    const rotation = await execute("key.rotate", purpose);
    await rotations.advance();
    expect((await operation("plan.roll-back").preview(rotation, {})).numbers).toEqual({ steps: 2 });
    await execute("plan.roll-back", rotation);
    await rotations.advance();
    expect(await plan(rotation)).toMatchObject({ state: "rolled-back", changeId: "chg_1" });
    const drill = await execute("key.drill", purpose);
    expect(await plan(drill)).toMatchObject({ isDrill: true });
  });

  itOnce("destroys a version only after its waiting time, and not at all if that is cancelled", async () => {
    const { execute, finish, begin, states, rotations, clock, operation, keys, plan } = await setUp();
    await finish(await begin({ definition: "stand-by" }));
    const parameters = operation("key.destroy").parameters;
    expect(parameters.safeParse({ version: 2, after_days: 6 }).success).toBe(false);
    expect(parameters.safeParse({ version: 2, after_days: 31 }).success).toBe(false);

    const cancelled = await execute("key.destroy", purpose, { version: 2, after_days: 7 });
    await rotations.advance();
    expect((await operation("key.destroy-cancel").preview(purpose, { version: 2 })).effect).toHaveLength(1);
    expect(await execute("key.destroy-cancel", purpose, { version: 2 })).toBe(cancelled);
    await rotations.advance();
    expect(await plan(cancelled)).toMatchObject({ state: "rolled-back" });
    await expect(execute("key.destroy-cancel", purpose, { version: 2 })).rejects.toMatchObject({
      code: "plan-not-found",
    });

    await execute("key.destroy", purpose, { version: 2, after_days: 7 });
    await expect(execute("key.destroy", purpose, { version: 2, after_days: 7 })).rejects.toMatchObject({
      code: "plan-under-way",
    });
    clock.advance(7 * 24 * 60 * minuteMilliseconds - 1);
    await rotations.advance();
    expect(await states(purpose)).toEqual(["active", "published"]);
    clock.advance(1);
    await rotations.advance();
    expect(await states(purpose)).toEqual(["active", "destroyed"]);
    expect(await keys.describe()).toHaveLength(1);
  });
});
