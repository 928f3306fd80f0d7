import type { Kysely, Transaction } from "kysely";

import type { JsonValue, KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import type { KeyMoveFacts, KeyRings, KeyState, KeyUse, KeyVersion, RingKeys } from "../key-rings/index.ts";
import type { Log } from "../log/index.ts";
import { refuse } from "../problems/index.ts";
import type { Localized, Refusal } from "../problems/index.ts";
import type { SignatureEvent } from "./signature-events.ts";
import type { PlanAuthority } from "./plan-row.ts";
import type { Plan } from "./plan.ts";
import type { RotationTables } from "./rotation-tables.ts";
import type { StepContext } from "./step-hook.ts";

/** What the engine's own actions work with. */
export interface ActionDeps {
  readonly db: Kysely<RotationTables>;
  readonly rings: KeyRings;
  readonly keys: RingKeys;
  readonly trail: KitTrail;
  readonly clock: Clock;
  readonly log: Log;
  readonly ownerOf: (event: SignatureEvent) => string;
}

/** A step's context with what only the engine knows. */
export interface ActionContext extends StepContext {
  readonly authority: PlanAuthority;
  /** The version that follows, if a step has made it. */
  readonly nextIfMade: KeyVersion | undefined;
}

/** What an action changes in its plan when the step ends. */
export interface PlanChanges {
  readonly old_version?: number;
  readonly next_version?: number;
}

/** What an action came to before its step ends. */
export interface ActionOutcome {
  /** Kept with the step. */
  readonly result: Readonly<Record<string, JsonValue | undefined>>;
  /** SQL only, in the transaction in which the step ends. */
  commit?(tx: Transaction<unknown>, at: Date): Promise<PlanChanges | undefined>;
}

/**
 * One action of the engine. It may be killed anywhere and runs again.
 *
 * @throws Refusal while it must not be done.
 */
export type Action = (deps: ActionDeps, context: ActionContext) => Promise<ActionOutcome>;

/** A transaction for whoever knows other tables of the same database. */
export function anyTables<Schema>(tx: Transaction<Schema>): Transaction<unknown> {
  return tx as unknown as Transaction<unknown>;
}

/** What stands behind a move that a plan makes. */
export function moveFacts(
  { id }: Pick<Plan, "id">,
  authority: PlanAuthority,
  at: Date,
  extra: Pick<KeyMoveFacts, "invalidFrom"> = {},
): KeyMoveFacts {
  return {
    at,
    reason: authority.reason,
    actor: authority.requestedBy,
    planId: id,
    ...(authority.changeId !== undefined && { changeId: authority.changeId }),
    ...(authority.persons !== undefined && { persons: authority.persons }),
    ...(authority.isBreakGlass !== undefined && { isBreakGlass: authority.isBreakGlass }),
    ...extra,
  };
}

export function useOf({ purpose, version }: KeyVersion): KeyUse {
  return { purpose, version };
}

/** What the plan was made for is no longer so, and nobody agreed to it as it is now: the plan ends here, and changes nothing. */
export class PlanOvertakenError extends Error {
  /** What became of it, for the audit log. */
  readonly by: string;

  constructor(by: string) {
    super(`the plan was overtaken: ${by}`);
    this.name = "PlanOvertakenError";
    this.by = by;
  }
}

export function notReady(detail: Localized): Refusal {
  return refuse("plan-step-not-ready", detail);
}

/** The version that the plan replaces. @throws Refusal if there is none, or it is in none of these states. */
export function oldIn(context: ActionContext, states: readonly KeyState[]): KeyVersion {
  const { old, plan } = context;
  if (old !== undefined && states.includes(old.state)) return old;
  throw notReady({
    zh: `${plan.purpose} 的旧版本处于 ${old?.state ?? "（无）"} 状态，需要 ${states.join("、")}。`,
    en: `The old version of ${plan.purpose} is ${old?.state ?? "not there"}; it must be ${states.join(" or ")}.`,
  });
}
