import { sql } from "kysely";
import { describe, expect, it } from "vitest";

import { transact } from "../database/index.ts";
import { isRefusal } from "../problems/index.ts";
import { describeOnBothDatabases } from "../testing/index.ts";
import { keyStateNames, keyStates, leavingOf, personsNeeded } from "./index.ts";
import type { KeyLeaving, KeyState, KeyStateRow } from "./index.ts";
import { makerRing, ringBench, ringMigrations } from "../testing/key-ring-bench.ts";
import type { RingBench, TestTables } from "../testing/key-ring-bench.ts";

const { purpose } = makerRing;

/** Who may agree to a move. */
const actors: Readonly<Record<string, { persons?: string[]; isBreakGlass?: boolean; count: number }>> = {
  "the system": { count: 0 },
  "one officer": { persons: ["p1"], count: 1 },
  "one officer twice": { persons: ["p1", "p1"], count: 1 },
  "two officers": { persons: ["p1", "p2"], count: 2 },
  "the emergency key": { persons: [], isBreakGlass: true, count: 2 },
};

const pairs = keyStateNames.flatMap((from) => keyStateNames.map((to) => ({ from, to })));

describe("the table of key states (NIST SP 800-57 part 1 revision 5 §7)", () => {
  it("lets nothing leave an end, and leads everywhere else to one", () => {
    const ends = keyStateNames.filter((name) => Object.keys(keyStates[name].leavesTo).length === 0);
    expect(ends).toEqual(["destroyed", "destroyed-compromised", "rejected"]);
    for (const name of keyStateNames) expect(endsFrom(name), name).toBe(true);
  });

  it("lets one person stop and none start again alone", () => {
    expect(leavingOf("active", "suspended")?.persons).toBe(1);
    const starts = pairs
      .filter(({ to }) => to === "active")
      .flatMap(({ from, to }) => leavingOf(from, to) ?? []);
    expect(starts.map((leaving) => personsNeeded(leaving, 2))).toEqual(starts.map(() => 2));
  });

  it("signs in one state only, and proves possession before it", () => {
    const signing = (signs: string): KeyState[] =>
      keyStateNames.filter((name) => keyStates[name].signs === signs);
    expect([signing("yes"), signing("possession-only")]).toEqual([["active"], ["pre-active", "published"]]);
  });
});

function expectedOf(leaving: KeyLeaving | undefined, count: number) {
  if (leaving === undefined) return "key-move-not-allowed";
  return count < personsNeeded(leaving, 2) ? "key-approval-missing" : "moved";
}

async function outcomeOf(move: Promise<unknown>): Promise<string> {
  try {
    await move;
    return "moved";
  } catch (cause) {
    if (isRefusal(cause)) return cause.code;
    throw cause;
  }
}

function endsFrom(name: KeyState): boolean {
  const next = Object.keys((keyStates[name] as KeyStateRow).leavesTo) as KeyState[];
  return (
    next.length === 0 || next.some((state) => state !== "active" && state !== "suspended" && endsFrom(state))
  );
}

describeOnBothDatabases<TestTables>("moving a key", ringMigrations, (open) => {
  /** A ring with a version 2 in any state: put there behind the rings' back. */
  async function benchIn(): Promise<
    RingBench & { put: (version: number, state: KeyState) => Promise<unknown> }
  > {
    const bench = ringBench(await open());
    await bench.rings.ensure(makerRing);
    const { uri, signer } = await bench.keys.create("second", "ES256");
    await bench.change((tx) =>
      tx.add({
        ...{ purpose, keyUris: [uri], algorithm: "ES256", publicKey: signer.publicKey },
        origin: { generatedBy: "test", label: "second" },
        at: bench.clock.now(),
      }),
    );
    const put = (version: number, state: KeyState): Promise<unknown> =>
      bench.db.updateTable("key_versions").set({ state }).where("version", "=", version).execute();
    await put(1, "retiring");
    return { ...bench, put };
  }

  it("is allowed or refused as the table says, for every pair of states and every number of persons", async () => {
    const { db, rings, clock } = await benchIn();
    const wrong: string[] = [];
    const seen = { moved: 0, "key-move-not-allowed": 0, "key-approval-missing": 0 };
    const use = { purpose, version: 2 };
    // All in one transaction: a refusal comes before anything is written, and six hundred commits take their time.
    await transact(db, async (tx) => {
      for (const { from, to } of pairs) {
        for (const [who, { count, ...approval }] of Object.entries(actors)) {
          await tx.updateTable("key_versions").set({ state: from }).where("version", "=", 2).execute();
          const outcome = await outcomeOf(
            rings.in(tx).move(use, to, { at: clock.now(), reason: "test", ...approval }),
          );
          const expected = expectedOf(leavingOf(from, to), count);
          const { state } = (await rings.in(tx).versions(purpose))[1] ?? {};
          if (outcome !== expected || state !== (expected === "moved" ? to : from)) {
            wrong.push(`${from} → ${to} by ${who}: ${outcome}`);
          }
          seen[expected] += 1;
        }
      }
    });
    expect(wrong).toEqual([]);
    expect(seen).toEqual({ moved: 53, "key-move-not-allowed": 505, "key-approval-missing": 47 });
  });

  it("needs nobody for the first version of a ring and two persons for every later one", async () => {
    const bench = await benchIn();
    await bench.put(1, "pre-active");
    await expect(bench.move(2, "active", { persons: [] })).rejects.toMatchObject({
      code: "key-approval-missing",
    });
    await bench.move(1, "active", { persons: [] });
    await bench.move(1, "suspended", { persons: ["p1"] });
    await expect(bench.move(1, "active", { persons: ["p1"] })).rejects.toMatchObject({
      code: "key-approval-missing",
    });
  });

  it("never gives a ring two active versions", async () => {
    const bench = await benchIn();
    await bench.put(1, "active");
    await expect(bench.move(2, "active")).rejects.toMatchObject({ code: "key-active-already" });
    await bench.change(async (tx) => {
      const facts = { at: bench.clock.now(), reason: "rotation", persons: ["p1", "p2"] };
      await tx.move({ purpose, version: 1 }, "retiring", facts);
      await tx.move({ purpose, version: 2 }, "active", facts);
    });
    const states = (await bench.rings.versions(purpose)).map(({ state }) => state);
    expect(states).toEqual(["retiring", "active"]);
  });

  it("is an event with both states, the reason and who agreed", async () => {
    const bench = await benchIn();
    const facts = { persons: ["p1", "p2"], actor: "officer_1", changeId: "chg_1", planId: "plan_1" };
    await bench.move(2, "active", facts);
    await bench.move(2, "compromised", { ...facts, invalidFrom: new Date("2026-11-21T00:00:00Z") });
    expect((await bench.events()).slice(-2)).toEqual([
      {
        ...{ action: "key.moved", actor: "officer_1", subject: purpose },
        detail: {
          ...{ version: 2, from: "pre-active", to: "active", reason: "test" },
          ...{ persons: ["p1", "p2"], change: "chg_1", plan: "plan_1" },
        },
      },
      {
        ...{ action: "key.moved", actor: "officer_1", subject: purpose },
        detail: {
          ...{ version: 2, from: "active", to: "compromised", reason: "test" },
          ...{ persons: ["p1", "p2"], change: "chg_1", plan: "plan_1" },
          invalid_from: "2026-11-21T00:00:00.000Z",
        },
      },
    ]);
  });

  it("is done once when two do it at the same time", async () => {
    const at = await open.location();
    const one = ringBench(await open(at));
    const two = ringBench(await open(at), one);
    await one.rings.ensure(makerRing);
    const results = await Promise.allSettled([one.move(1, "suspended"), two.move(1, "suspended")]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await one.events()).filter(({ action }) => action === "key.moved")).toHaveLength(2);
  });

  it("cannot be made to an unknown state by SQL either", async () => {
    const { db } = await benchIn();
    await expect(sql`update key_versions set state = 'lost' where version = 2`.execute(db)).rejects.toThrow();
    await expect(
      sql`update key_versions set state = 'Active' where version = 2`.execute(db),
    ).rejects.toThrow();
    for (const state of keyStateNames) {
      await sql`update key_versions set state = ${state} where version = 2`.execute(db);
    }
  });

  it("cannot make a second active version by SQL either", async () => {
    const bench = await benchIn();
    await bench.put(1, "active");
    await expect(sql`update key_versions set state = 'active'`.execute(bench.db)).rejects.toThrow();
  });
});
