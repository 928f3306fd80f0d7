import { EventEmitter, once } from "node:events";

import { expect, it } from "vitest";

import { findingsOfPlans } from "../alarms/index.ts";
import type { RingKeys } from "../key-rings/index.ts";
import { refuse } from "../problems/index.ts";
import { describeOnBothDatabases, fixedClock, memoryRingKeys } from "../testing/index.ts";
import { tokenKeyPlan } from "./standard-plans/token-plans.ts";
import {
  approved,
  minuteMilliseconds,
  rotationBench,
  rotationTestMigrations,
  testStart,
  tokenRing,
} from "./rotation-test-bench.ts";
import { transact } from "../database/index.ts";
import type { Plan, PlanDefinition, StepHook } from "./index.ts";

const { purpose } = tokenRing;

/** Minutes after the beginning of the test. */
function minutes(at: Date | undefined): number | undefined {
  return at && (at.getTime() - testStart.getTime()) / minuteMilliseconds;
}

function namesIn(plan: Plan, state: string): string[] {
  return plan.steps.filter((step) => step.state === state).map(({ name }) => name);
}

describeOnBothDatabases<unknown>("a rotation", rotationTestMigrations, (open, itOnce) => {
  itOnce("shows the new key before it signs and the old one as long as what it signed lives", async () => {
    const bench = rotationBench(await open());
    const { rings, rotations, clock, keys } = bench;
    await rings.ensure(tokenRing);
    const id = await bench.begin();
    await rotations.advance();
    expect(await bench.states(purpose)).toEqual(["active", "published"]);
    expect((await rings.open(purpose)).version.version).toBe(1);

    clock.advance(10 * minuteMilliseconds - 1);
    await rotations.advance();
    expect(await bench.states(purpose)).toEqual(["active", "published"]);
    clock.advance(1);
    await rotations.advance();
    expect(await bench.states(purpose)).toEqual(["retiring", "active"]);
    const shown = await rings.served(purpose, clock.now());
    expect(shown.map(({ version }) => version)).toEqual([1, 2]);

    clock.advance(60 * minuteMilliseconds - 1);
    await rotations.advance();
    expect(await bench.states(purpose)).toEqual(["retiring", "active"]);
    clock.advance(1);
    await rotations.advance();
    expect(await bench.states(purpose)).toEqual(["deactivated", "active"]);
    expect(await bench.plan(id)).toMatchObject({ state: "done", oldVersion: 1, nextVersion: 2 });
    expect((await keys.describe()).map(({ label }) => label)).toEqual([`sso.token-v2-${id.slice(-8)}`]);
    const [, next] = await rings.versions(purpose);
    expect(next).toMatchObject({ signatures: 1, selfTestedAt: clock.now() });
  });

  it("is told in the audit log, each step once", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const id = await bench.begin({ changeId: "chg_1" });
    await bench.finish(id);
    const events = await bench.events(id);
    expect(events.filter(({ action }) => action === "plan.step-done").map(stepOf)).toEqual(
      tokenKeyPlan.steps.map(({ name }) => name),
    );
    expect(events.map(({ action }) => action).filter((action) => action !== "plan.step-done")).toEqual([
      "plan.started",
      "key.used",
      "plan.done",
    ]);
    expect(JSON.parse(events[0]?.detail ?? "")).toEqual({
      plan: "token-key",
      target: purpose,
      change: "chg_1",
    });
  });

  itOnce("takes each step at the very minute that its simulation showed", async () => {
    const bench = rotationBench(await open(), {
      affected: () => Promise.resolve([{ what: { zh: "存活令牌", en: "Live tokens" }, count: 41_882 }]),
      hooks: {
        "token-key.self-test": {
          affected: () => Promise.resolve([{ what: { zh: "服务", en: "Services" }, count: 3 }]),
        },
      },
    });
    await bench.rings.ensure(tokenRing);
    const simulation = await bench.rotations.simulate("token-key", { purpose }, bench.clock.now());
    expect(await bench.rotations.list()).toEqual([]);
    const { steps } = await bench.finish(await bench.begin());
    expect(simulation.steps.map(({ name, at }) => [name, minutes(at)])).toEqual(
      steps.map(({ name, doneAt }) => [name, minutes(doneAt)]),
    );
    expect(simulation.steps.map(({ at }) => minutes(at))).toEqual([0, 0, 10, 10, 70, 70, 70, 70]);
    expect(minutes(simulation.rollBackUntil)).toBe(10);
    expect(minutes(simulation.endsAt)).toBe(70);
    expect(simulation.affected.map(({ what, count }) => [what.en, count])).toEqual([
      ["Live tokens", 41_882],
      ["Services", 3],
    ]);
    expect(simulation.steps[2]?.because).toEqual({
      zh: "最长的缓存要 10 分钟 才更新",
      en: "the longest cache takes 10 minutes to be new",
    });
  });

  itOnce(
    "is never faster than the longest cache and the longest life, whatever its definition says",
    async () => {
      const hasty: PlanDefinition = {
        ...tokenKeyPlan,
        name: "hasty",
        steps: tokenKeyPlan.steps.filter((step) => step.do !== "wait"),
      };
      const bench = rotationBench(await open(), { definitions: [hasty] });
      await bench.rings.ensure(tokenRing);
      const { steps } = await bench.finish(await bench.begin({ definition: "hasty" }));
      const at = Object.fromEntries(steps.map(({ do: action, doneAt }) => [action, minutes(doneAt)]));
      expect(at).toMatchObject({ publish: 0, retire: 10, deactivate: 70 });
    },
  );

  itOnce("does not sign with a key that was never published", async () => {
    const steps = tokenKeyPlan.steps.filter((step) => step.do === "generate" || step.do === "retire");
    const bench = rotationBench(await open(), { definitions: [{ ...tokenKeyPlan, name: "blind", steps }] });
    await bench.rings.ensure(tokenRing);
    const plan = await bench.finish(await bench.begin({ definition: "blind" }));
    expect(plan).toMatchObject({
      state: "running",
      problem: { step: "retire", code: "plan-step-not-ready" },
    });
    expect(await bench.states(purpose)).toEqual(["active", "pre-active"]);
  });

  itOnce("waits for the one that is under way, and can be made again after it", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const id = await bench.begin();
    await expect(bench.begin()).rejects.toMatchObject({ code: "plan-under-way" });
    await bench.finish(id);
    await bench.finish(await bench.begin());
    expect(await bench.states(purpose)).toEqual(["deactivated", "deactivated", "active"]);
  });

  itOnce("is refused for what cannot come to its end", async () => {
    const bench = rotationBench(await open());
    const { title, algorithm, cryptoPeriodDays, propagationSeconds, plan } = tokenRing;
    const forEver = { title, algorithm, cryptoPeriodDays, propagationSeconds, plan };
    await bench.rings.ensure({ ...forEver, purpose: "kept.for-ever" });
    await bench.rings.ensure({ ...tokenRing, purpose: "seal.owner.one" });
    await expect(bench.begin({ purpose: "no.such" })).rejects.toMatchObject({ code: "plan-not-applicable" });
    await expect(bench.begin({ definition: "no-such" })).rejects.toMatchObject({ code: "plan-unknown" });
    await expect(bench.begin({ purpose: "kept.for-ever" })).rejects.toMatchObject({
      code: "plan-not-applicable",
      detail: {
        en: "The wait of step wait-for-overlap never ends: what kept.for-ever signs is kept for ever.",
      },
    });
    await expect(bench.begin({ purpose: "seal.owner.one", definition: "seal-owner" })).rejects.toMatchObject({
      code: "plan-not-applicable",
      detail: { en: "This service has no hook seal-owner.certify, which the plan needs." },
    });
    const simulation = await bench.rotations.simulate(
      "seal-owner",
      { purpose: "seal.owner.one" },
      bench.clock.now(),
    );
    expect(simulation.obstacles).toHaveLength(3);
    expect((await bench.rotations.problems()).length).toBe(0);
    await bench.rings.ensure({ ...tokenRing, purpose: "no.plan", plan: "unheard-of" });
    expect((await bench.rotations.problems()).map(({ en }) => en)).toEqual([
      "The plan unheard-of of no.plan is not defined.",
    ]);
  });
});

function stepOf({ detail }: { readonly detail: string }): unknown {
  return (JSON.parse(detail) as { step?: unknown }).step;
}

describeOnBothDatabases<unknown>("the engine of rotations", rotationTestMigrations, (open, itOnce) => {
  it("takes each step in one process when several look at once", async () => {
    const at = await open.location();
    const [clock, keys] = [fixedClock(testStart), memoryRingKeys()];
    let calls = 0;
    const hooks: Record<string, StepHook> = {
      "token-key.self-test": {
        run: () => {
          calls += 1;
          return Promise.resolve({ calls });
        },
      },
    };
    const [one, two] = [await open(at), await open(at)].map((db) =>
      rotationBench(db, { clock, keys, hooks }),
    );
    if (one === undefined || two === undefined) throw new Error("there are two");
    await one.rings.ensure(tokenRing);
    const id = await one.begin();
    for (let hour = 0; hour < 3; hour += 1) {
      await Promise.all([one, two, one, two].map(({ rotations }) => rotations.advance()));
      clock.advance(60 * minuteMilliseconds);
    }
    const plan = await one.plan(id);
    expect(plan.state).toBe("done");
    expect(plan.steps.map(({ attempts }) => attempts)).toEqual(plan.steps.map(() => 1));
    expect(calls).toBe(1);
    expect(await one.states(purpose)).toEqual(["deactivated", "active"]);
    const events = await one.events(id);
    expect(events.filter(({ action }) => action === "plan.step-done")).toHaveLength(plan.steps.length);
  });

  it("stores nothing of a holder that another one has taken the step from", async () => {
    const at = await open.location();
    const [clock, keys] = [fixedClock(testStart), memoryRingKeys()];
    const slow = gate();
    let finished = 0;
    const hook = (wait: Promise<void> | undefined): Record<string, StepHook> => ({
      "client-key.register": {
        run: async () => {
          slow.reached();
          await wait;
          return {};
        },
        finish: () => {
          finished += 1;
          return Promise.resolve();
        },
      },
    });
    const one = rotationBench(await open(at), { clock, keys, hooks: hook(slow.opened) });
    const two = rotationBench(await open(at), { clock, keys, hooks: hook(undefined) });
    await one.rings.ensure({ ...tokenRing, plan: "client-key" });
    const id = await one.begin({ definition: "client-key" });
    const stalled = one.rotations.advance();
    await slow.atGate;
    await two.rotations.advance();
    expect(namesIn(await two.plan(id), "running")).toEqual(["register"]);
    clock.advance(30_000);
    await two.rotations.advance();
    expect(namesIn(await two.plan(id), "done")).toEqual(["generate", "register", "publish"]);
    slow.open();
    await stalled;
    expect(finished).toBe(1);
    expect((await two.events(id)).map(stepOf).filter((step) => step === "register")).toHaveLength(1);
    expect(await one.states(purpose)).toEqual(["active", "published"]);
  });

  it("tries a step that fails again, later each time, and then calls for somebody", async () => {
    const stuck: string[] = [];
    let isBroken = true;
    const bench = rotationBench(await open(), {
      hooks: {
        "client-key.register": {
          run: () =>
            isBroken
              ? Promise.reject(refuse("service-unreachable", { zh: "连不上", en: "It cannot be reached." }))
              : Promise.resolve({ registered: true }),
        },
      },
      onStuck: ({ problem }) => stuck.push(problem?.step ?? ""),
    });
    const { rotations, clock } = bench;
    await bench.rings.ensure({ ...tokenRing, plan: "client-key" });
    const id = await bench.begin({ definition: "client-key" });
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await rotations.advance();
      await rotations.advance();
      const { nextAt } = await bench.plan(id);
      const wait = (nextAt ?? testStart).getTime() - clock.now().getTime();
      waits.push(wait / 1000);
      clock.advance(wait);
    }
    expect(waits).toEqual([5, 10, 20, 40, 600, 600]);
    expect(await bench.plan(id)).toMatchObject({
      state: "stuck",
      problem: { step: "register", code: "service-unreachable", attempts: 6, since: testStart },
    });
    expect(stuck).toEqual(["register", "register"]);
    expect((await bench.events(id)).filter(({ action }) => action === "plan.stuck")).toHaveLength(1);
    isBroken = false;
    const done = await bench.finish(id);
    expect(done).toMatchObject({ state: "done" });
    expect(done).not.toHaveProperty("problem");
    expect(done.steps[1]).toMatchObject({ attempts: 7, result: { registered: true } });
  });

  itOnce("says of a fault only its code, and nothing of its message", async () => {
    const fault = Object.assign(new Error("secret of the device"), { code: "device-removed" });
    const bench = rotationBench(await open(), {
      hooks: { "client-key.register": { run: () => Promise.reject(fault) } },
    });
    await bench.rings.ensure({ ...tokenRing, plan: "client-key" });
    const id = await bench.begin({ definition: "client-key" });
    await bench.rotations.advance();
    const plan = await bench.plan(id);
    expect(plan.problem?.code).toBe("device-removed");
    expect(JSON.stringify(plan)).not.toContain("secret");
  });

  it("keeps what a long step remembers, and begins there again", async () => {
    const seen: unknown[] = [];
    const bench = rotationBench(await open(), {
      hooks: {
        "client-key.register": {
          run: async (context) => {
            const { remembered } = context;
            seen.push(remembered);
            if (remembered === null) {
              await context.remember({ upTo: 620 });
              throw new Error("half-way");
            }
            return remembered;
          },
        },
      },
    });
    await bench.rings.ensure({ ...tokenRing, plan: "client-key" });
    const id = await bench.begin({ definition: "client-key" });
    await bench.rotations.advance();
    bench.clock.advance(5_000);
    await bench.rotations.advance();
    expect(seen).toEqual([null, { upTo: 620 }]);
    expect((await bench.plan(id)).steps[1]?.result).toEqual({ upTo: 620 });
  });

  itOnce("checks before and after a step, and ends it only if both hold", async () => {
    const calls: string[] = [];
    let isReady = false;
    let holds = false;
    const bench = rotationBench(await open(), {
      hooks: {
        "client-key.register": {
          ready: () =>
            isReady ? Promise.resolve() : Promise.reject(refuse("not-yet", { zh: "未到", en: "Not yet." })),
          run: () => {
            calls.push("run");
            return Promise.resolve({});
          },
          check: () => (holds ? Promise.resolve() : Promise.reject(new Error("it does not hold"))),
        },
      },
    });
    await bench.rings.ensure({ ...tokenRing, plan: "client-key" });
    const id = await bench.begin({ definition: "client-key" });
    await bench.rotations.advance();
    expect(calls).toEqual([]);
    isReady = true;
    bench.clock.advance(5_000);
    await bench.rotations.advance();
    expect(calls).toEqual(["run"]);
    expect(namesIn(await bench.plan(id), "done")).toEqual(["generate"]);
    holds = true;
    bench.clock.advance(10_000);
    await bench.rotations.advance();
    expect(namesIn(await bench.plan(id), "done")).toEqual(["generate", "register", "publish"]);
  });
});

describeOnBothDatabases<unknown>("rolling a rotation back", rotationTestMigrations, (open, itOnce) => {
  const rollBack = (bench: ReturnType<typeof rotationBench>, id: string) =>
    transact(bench.db, (tx) =>
      bench.rotations.rollBackIn(tx, id, { ...approved, changeId: "chg_2", at: bench.clock.now() }),
    );

  itOnce("alarms somebody when it cannot go on", async () => {
    const hook: StepHook = { undo: () => Promise.reject(new Error("nobody answers")) };
    const bench = rotationBench(await open(), { hooks: { "client-key.register": hook } });
    await bench.rings.ensure({ ...tokenRing, plan: "client-key" });
    const id = await bench.begin({ definition: "client-key" });
    await bench.rotations.advance();
    await rollBack(bench, id);
    const alarms: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await bench.rotations.advance();
      const plan = await bench.plan(id);
      alarms.push(findingsOfPlans([plan]).length);
      bench.clock.advance(Math.max((plan.nextAt?.getTime() ?? 0) - bench.clock.now().getTime(), 0));
    }
    expect(await bench.plan(id)).toMatchObject({ state: "rolling-back", problem: { step: "register" } });
    expect(alarms).toEqual([0, 0, 0, 0, 1, 1]);
  });

  it("removes the published key and destroys it, and the ring can be rotated again", async () => {
    const undone: string[] = [];
    const bench = rotationBench(await open(), {
      hooks: {
        "client-key.register": {
          undo: ({ next }) => {
            undone.push(next.keyId);
            return Promise.resolve();
          },
        },
      },
    });
    const { rings, rotations, keys, clock } = bench;
    await rings.ensure({ ...tokenRing, plan: "client-key" });
    const id = await bench.begin({ definition: "client-key" });
    await rotations.advance();
    const [, published] = await rings.served(purpose, clock.now());
    await rollBack(bench, id);
    await rotations.advance();
    expect(await bench.plan(id)).toMatchObject({ state: "rolled-back" });
    expect(undone).toEqual([published?.keyId]);
    expect(await bench.states(purpose)).toEqual(["active", "destroyed"]);
    expect((await keys.describe()).map(({ label }) => label)).toEqual(["sso.token-v1"]);
    expect((await rings.served(purpose, clock.now())).map(({ version }) => version)).toEqual([1]);
    const events = await bench.events(id);
    expect(events.filter(({ action }) => action === "plan.step-undone").map(stepOf)).toEqual([
      "publish",
      "register",
      "generate",
    ]);
    expect(events.at(-1)?.action).toBe("plan.rolled-back");
    await bench.finish(await bench.begin({ definition: "client-key" }));
    expect(await bench.states(purpose)).toEqual(["deactivated", "destroyed", "active"]);
  });

  itOnce("finds the key of a step that was killed before its version was stored", async () => {
    const bench = rotationBench(await open());
    const { rings, rotations, keys } = bench;
    await rings.ensure(tokenRing);
    const id = await bench.begin();
    const dying: RingKeys = {
      ...bench.keys,
      create: async (label, algorithm) => {
        await keys.create(label, algorithm);
        throw new Error("the process ends here");
      },
    };
    const doomed = rotationBench(bench.db, { clock: bench.clock, keys: dying });
    await doomed.rotations.advance();
    expect(await keys.describe()).toHaveLength(2);
    expect(await bench.states(purpose)).toEqual(["active"]);
    await rollBack(bench, id);
    await rotations.advance();
    expect(await bench.plan(id)).toMatchObject({ state: "rolled-back" });
    expect(await keys.describe()).toHaveLength(1);
  });

  itOnce("is refused once the new key signs, and twice", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const id = await bench.begin();
    await bench.rotations.advance();
    bench.clock.advance(10 * minuteMilliseconds);
    await bench.rotations.advance();
    await expect(rollBack(bench, id)).rejects.toMatchObject({ code: "plan-past-roll-back" });
    await bench.finish(id);
    await expect(rollBack(bench, id)).rejects.toMatchObject({ code: "plan-past-roll-back" });
    await expect(rollBack(bench, "plan_none")).rejects.toMatchObject({ code: "plan-not-found" });
  });
});

function gate() {
  const [reaching, opening] = [new EventEmitter(), new EventEmitter()];
  return {
    atGate: once(reaching, "now"),
    opened: once(opening, "now").then(() => undefined),
    reached: () => reaching.emit("now"),
    open: () => opening.emit("now"),
  };
}
