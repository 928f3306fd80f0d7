import type { Transaction } from "kysely";

import type { JsonValue } from "../audit/index.ts";
import type { KeyRing, KeyRings, KeyVersion } from "../key-rings/index.ts";
import type { Localized } from "../problems/index.ts";
import type { PlanStepDefinition } from "./plan-definition.ts";
import type { Plan } from "./plan.ts";

/** What a step works on. */
export interface StepContext {
  readonly plan: Plan;
  readonly step: PlanStepDefinition;
  readonly ring: KeyRing;
  readonly rings: KeyRings;
  /** The version that the plan replaces or takes out of use, as it is now; undefined for a ring's first. */
  readonly old: KeyVersion | undefined;
  /** The version that follows, as it is now. @throws Error if no step has made it yet. */
  readonly next: KeyVersion;
  /** The time of this attempt. */
  readonly at: Date;
  /** What earlier steps answered, by step. */
  readonly results: Readonly<Record<string, JsonValue>>;
  /** Stored at once, outside any transaction of yours, and there again after a kill: how far a long step has come. */
  remember(progress: JsonValue): Promise<void>;
  /** What `remember` was given last for this step; null at first. */
  readonly remembered: JsonValue;
  /** Aborted when another process has taken the step over: stop, what you do no longer counts. */
  readonly signal: AbortSignal;
}

/** A number that a person can judge an effect by: 1,240 seals. */
export interface Affected {
  readonly what: Localized;
  readonly count: number;
}

/**
 * What a service does in a step of a plan.
 *
 * `run` may be killed at any point and runs again, perhaps in another process while the first still ends: all it does must
 * be harmless when it is done twice. What must happen exactly once belongs in `finish`.
 */
export interface StepHook {
  /** Checked before `run`. @throws Refusal while the step must not begin; it is tried again later. */
  ready?(context: StepContext): Promise<void>;
  /** The work: signs, calls others. Its answer is kept with the step and shown to officers, so it has no secret in it. */
  run?(context: StepContext): Promise<JsonValue>;
  /** Checked after `run` and before the step counts as done. @throws Refusal if what was done does not hold. */
  check?(context: StepContext, result: JsonValue): Promise<void>;
  /** SQL only, in the transaction in which the step ends and the key moves: all of it happens, once, or nothing. */
  finish?(tx: Transaction<unknown>, context: StepContext, result: JsonValue): Promise<void>;
  /** Takes back what `run` and `finish` did; harmless when done twice. */
  undo?(context: StepContext): Promise<void>;
  /** How much this step concerns, for the preview. */
  affected?(purpose: string): Promise<readonly Affected[]>;
  /** True if the hook may run in a drill, on a ring made for it: it must then touch nothing real. */
  readonly drills?: boolean;
}
