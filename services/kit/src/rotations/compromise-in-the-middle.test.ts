import { expect, it } from "vitest";

import { transact } from "../database/index.ts";
import { describeOnBothDatabases, memoryRingKeys } from "../testing/index.ts";
import {
  approved,
  minuteMilliseconds,
  rotationBench,
  rotationTestMigrations,
  tokenRing,
} from "./rotation-test-bench.ts";
import type { RotationBench } from "./rotation-test-bench.ts";
import type { Plan } from "./index.ts";

const { purpose } = tokenRing;

function resultOf(plan: Plan, step: string): unknown {
  return plan.steps.find(({ name }) => name === step)?.result;
}

async function compromise(bench: RotationBench, version?: number): Promise<string> {
  const since = bench.clock.now().toISOString();
  return bench.begin({
    definition: "compromise",
    parameters: { since },
    ...(version !== undefined && { version }),
  });
}

function move(bench: RotationBench, version: number, to: "active" | "suspended"): Promise<unknown> {
  return transact(bench.db, (tx) =>
    bench.rings.in(tx).move({ purpose, version }, to, { ...approved, at: bench.clock.now() }),
  );
}

const weekMilliseconds = 7 * 24 * 60 * minuteMilliseconds;

describeOnBothDatabases<unknown>(
  "a key that is lost while something else is under way",
  rotationTestMigrations,
  (open, itOnce) => {
    it("is followed at once by a stand-by that every cache knows already", async () => {
      const bench = rotationBench(await open());
      await bench.rings.ensure(tokenRing);
      await bench.finish(await bench.begin({ definition: "stand-by" }));
      expect(await bench.states(purpose)).toEqual(["active", "published"]);
      expect(await bench.rings.served(purpose, bench.clock.now())).toHaveLength(2);
      bench.clock.advance(10 * minuteMilliseconds);
      const parameters = { since: bench.clock.now().toISOString() };
      const simulated = await bench.rotations.simulate(
        "compromise",
        { purpose, parameters },
        bench.clock.now(),
      );
      expect(simulated.endsAt).toEqual(bench.clock.now());
      const plan = await bench.finish(await compromise(bench));
      expect(plan.result).toMatchObject({ time_to_safe_seconds: 0, time_to_restored_seconds: 0 });
      expect(await bench.states(purpose)).toEqual(["compromised", "active"]);
    });

    itOnce("waits only for what a younger stand-by still lacks", async () => {
      const bench = rotationBench(await open());
      await bench.rings.ensure(tokenRing);
      await bench.finish(await bench.begin({ definition: "stand-by" }));
      bench.clock.advance(4 * minuteMilliseconds);
      const plan = await bench.finish(await compromise(bench));
      expect(plan.result).toMatchObject({ time_to_safe_seconds: 0, time_to_restored_seconds: 360 });
    });

    itOnce("does not show a stand-by where what is shown takes part", async () => {
      const bench = rotationBench(await open());
      await bench.rings.ensure({ ...tokenRing, plan: "audit-key" });
      await bench.finish(await bench.begin({ definition: "stand-by" }));
      expect(await bench.states(purpose)).toEqual(["active", "pre-active"]);
    });

    itOnce("lets the rotation that took it out of use end", async () => {
      const bench = rotationBench(await open());
      await bench.rings.ensure(tokenRing);
      const rotation = await bench.begin();
      await bench.rotations.advance();
      bench.clock.advance(10 * minuteMilliseconds);
      await bench.rotations.advance();
      expect(await bench.states(purpose)).toEqual(["retiring", "active"]);
      await bench.finish(await compromise(bench, 1));
      const plan = await bench.finish(rotation);
      expect(plan).toMatchObject({ state: "done" });
      expect(await bench.states(purpose)).toEqual(["compromised", "active"]);
      expect(await bench.keys.describe()).toHaveLength(2);
      // Nothing holds the ring any more.
      await bench.finish(await bench.begin());
      expect(await bench.states(purpose)).toEqual(["compromised", "deactivated", "active"]);
    });

    it("is not followed by a key that a roll-back has already destroyed", async () => {
      const bench = rotationBench(await open(), { keys: memoryRingKeys() });
      await bench.rings.ensure(tokenRing);
      await bench.begin();
      await bench.rotations.advance();
      const [, made] = await bench.rings.versions(purpose);
      // As a process leaves it that ends between the device and the database.
      await bench.keys.destroy?.(made?.keyUris[0] ?? "");
      const plan = await bench.finish(await compromise(bench));
      expect(plan.state).toBe("done");
      expect(resultOf(plan, "successor")).toMatchObject({ version: 3 });
      expect(await bench.sign(purpose, "doc_1")).toBe(3);
    });

    itOnce("has no complete list if it signed before there was a log of it", async () => {
      const bench = rotationBench(await open());
      await bench.keys.create("jwt", "ES256");
      const adoptedAt = bench.clock.now();
      const before = new Date(adoptedAt.getTime() - 1).toISOString();
      await bench.rings.ensure({ ...tokenRing, adopt: "jwt" });
      await bench.sign(purpose, "doc_1");
      const id = await bench.begin({ definition: "compromise", parameters: { since: before } });
      expect(resultOf(await bench.finish(id), "list-signatures")).toMatchObject({
        signatures: 1,
        is_complete: false,
        not_recorded_before: adoptedAt.toISOString(),
      });
    });
  },
);

describeOnBothDatabases<unknown>("a destruction that waits", rotationTestMigrations, (open, itOnce) => {
  const destroy = (bench: RotationBench, version: number) =>
    bench.begin({ definition: "destroy", version, parameters: { after_seconds: weekMilliseconds / 1000 } });

  it("ends without harm if the key was resumed meanwhile, also when it is suspended again", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    await move(bench, 1, "suspended");
    const id = await destroy(bench, 1);
    await bench.rotations.advance();
    bench.clock.advance(minuteMilliseconds);
    await move(bench, 1, "active");
    bench.clock.advance(weekMilliseconds);
    await move(bench, 1, "suspended");
    await bench.rotations.advance();
    expect(await bench.plan(id)).toMatchObject({ state: "superseded" });
    expect((await bench.events(id)).at(-1)?.action).toBe("plan.superseded");
    expect(await bench.states(purpose)).toEqual(["suspended"]);
    expect(await bench.keys.describe()).toHaveLength(1);
  });

  itOnce("does not reach a key that a rotation has put to work since", async () => {
    const bench = rotationBench(await open());
    await bench.rings.ensure(tokenRing);
    const rotation = await bench.begin();
    await bench.rotations.advance();
    const id = await destroy(bench, 2);
    await bench.finish(rotation);
    bench.clock.advance(weekMilliseconds);
    await bench.rotations.advance();
    expect(await bench.plan(id)).toMatchObject({ state: "superseded" });
    expect(await bench.states(purpose)).toEqual(["deactivated", "active"]);
    expect(await bench.sign(purpose, "doc_1")).toBe(2);
  });
});
