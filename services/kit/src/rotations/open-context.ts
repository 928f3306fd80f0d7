import type { JsonValue } from "../audit/index.ts";
import type { KeyRing, KeyVersion } from "../key-rings/index.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { rememberStep } from "./plan-store.ts";
import type { PlanLease, StoredPlan } from "./plan-store.ts";
import type { PlanAuthority } from "./plan-row.ts";
import { notReady } from "./step-action.ts";
import type { ActionContext } from "./step-action.ts";

export interface ContextToOpen {
  readonly stored: StoredPlan;
  readonly position: number;
  readonly ring: KeyRing;
  readonly lease: PlanLease;
  readonly authority: PlanAuthority;
  readonly signal: AbortSignal;
}

/** Reads what a step works on, as it is now. */
export async function openContext(deps: EngineDeps, opening: ContextToOpen): Promise<ActionContext> {
  const { stored, position, ring, lease, authority, signal } = opening;
  const { plan, stepRows } = stored;
  const step = plan.definition.steps[position];
  if (step === undefined) throw new RangeError(`plan ${plan.id} has no step ${String(position)}`);
  const [old, next] = await Promise.all([
    versionOf(deps, plan.purpose, plan.oldVersion),
    versionOf(deps, plan.purpose, plan.nextVersion),
  ]);
  const memory = stepRows[position]?.memory ?? null;
  return {
    plan,
    step,
    ring,
    authority,
    rings: deps.rings,
    old,
    nextIfMade: next,
    get next() {
      if (next !== undefined) return next;
      throw notReady({
        zh: "还没有步骤生成新版本。",
        en: "No step has made the next version yet.",
      });
    },
    at: deps.clock.now(),
    results: resultsOf(stored),
    remembered: memory === null ? null : (JSON.parse(memory) as JsonValue),
    remember: (progress) => rememberStep(deps.db, lease, position, progress),
    signal,
  };
}

async function versionOf(
  { rings }: EngineDeps,
  purpose: string,
  version: number | undefined,
): Promise<KeyVersion | undefined> {
  return version === undefined ? undefined : rings.find(purpose, version);
}

function resultsOf({ plan }: StoredPlan): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    plan.steps.flatMap(({ name, result }) => (result === undefined ? [] : [[name, result]])),
  );
}
