import { randomBytes } from "node:crypto";

import type { Kysely } from "kysely";

import type { AuditCatalogue, JsonValue } from "../audit/index.ts";
import type { FixedClock } from "../clock/index.ts";
import { transact } from "../database/index.ts";
import { createRotations } from "../rotations/index.ts";
import type { Plan, PlanDefinition, StepHook } from "../rotations/index.ts";
import { silentLog } from "./silent-log.ts";
import type { TestGovernance } from "./test-governance.ts";

/** The plans of a service under test, moved on by the test. */
export interface TestRotations {
  /** Begins a plan as a change does that two officers approved, and runs what is due at once. */
  begin(definition: string, purpose: string, parameters?: Readonly<Record<string, JsonValue>>): Promise<void>;
  /** Moves the clock to what the plan waits for, step by step, until it is done or a step of this name is. */
  runUntil(step?: string): Promise<Plan>;
  /** Moves the clock to when a step that failed is tried again, and runs what is due. */
  tryAgain(): Promise<Plan>;
  plan(): Promise<Plan>;
  /** Takes the plan back, as a change does that two officers approved. */
  rollBack(): Promise<void>;
}

/** More turns than any plan has steps and waits. */
const turnsMax = 60;

/** The real engine over the database of a test. `beforeTurn` is called before each turn of it, e.g. to make traffic. */
export function createTestRotations<Schema, Catalogue extends AuditCatalogue>(options: {
  readonly db: Kysely<Schema>;
  readonly governance: TestGovernance<Catalogue>;
  readonly clock: FixedClock;
  readonly hooks: Readonly<Record<string, StepHook>>;
  readonly definitions?: readonly PlanDefinition[];
  readonly beforeTurn?: () => Promise<unknown>;
}): TestRotations {
  const { db, governance, clock, hooks, definitions = [], beforeTurn } = options;
  const { rings, keys, trail } = governance;
  const rotations = createRotations({
    ...{ db, rings, keys, trail: trail.kit, clock, definitions, hooks, randomBytes, log: silentLog },
  });
  let id = "";
  const plan = async (): Promise<Plan> => {
    const found = await rotations.find(id);
    if (found === undefined) throw new Error("no plan was begun");
    return found;
  };
  return {
    plan,
    begin: async (definition, purpose, parameters = {}) => {
      id = await transact(db as unknown as Kysely<unknown>, (tx) =>
        rotations.createIn(tx, {
          ...{ definition, purpose, reason: "a test", requestedBy: "psn_officer1", at: clock.now() },
          persons: ["psn_officer1", "psn_officer2"],
          parameters,
        }),
      );
      await rotations.advance();
    },
    rollBack: async () => {
      await transact(db as unknown as Kysely<unknown>, (tx) =>
        rotations.rollBackIn(tx, id, {
          ...{ reason: "a test", requestedBy: "psn_officer1", at: clock.now() },
          persons: ["psn_officer1", "psn_officer2"],
        }),
      );
      await rotations.advance();
    },
    tryAgain: async () => {
      clock.advance(millisecondsUntil((await plan()).nextAt, clock));
      await rotations.advance();
      return await plan();
    },
    runUntil: async (step) => {
      for (let turn = 0; turn < turnsMax; turn += 1) {
        const now = await plan();
        const isReached = now.steps.some(({ name, state }) => name === step && state === "done");
        if (isReached || now.state === "done") return now;
        if (now.problem !== undefined) throw new Error(`${now.problem.step}: ${now.problem.detail.en}`);
        clock.advance(millisecondsUntil(now.nextAt, clock));
        await beforeTurn?.();
        await rotations.advance();
      }
      throw new Error(`the plan did not come to its end: ${JSON.stringify((await plan()).steps)}`);
    },
  };
}

/** Zero for a time that is over, and for none. */
function millisecondsUntil(at: Date | undefined, clock: FixedClock): number {
  return Math.max((at?.getTime() ?? 0) - clock.now().getTime(), 0);
}
