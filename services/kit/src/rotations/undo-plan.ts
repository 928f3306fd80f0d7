import { transact } from "../database/index.ts";
import { undoActions } from "./actions.ts";
import { hookOf } from "./do-step.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { openContext } from "./open-context.ts";
import { recordFailure } from "./plan-failure.ts";
import { authorityOf, rollBackAuthorityOf } from "./plan-row.ts";
import type { PlanAuthority } from "./plan-row.ts";
import { LeaseLostError, updateLeased, updateStep } from "./plan-store.ts";
import type { PlanLease, StoredPlan } from "./plan-store.ts";
import { anyTables } from "./step-action.ts";

/** Takes back the last step that is not taken back yet. @returns whether there may be more to do. */
export async function undoPlan(
  deps: EngineDeps,
  lease: PlanLease,
  stored: StoredPlan,
  signal: AbortSignal,
): Promise<boolean> {
  const { plan, row } = stored;
  const authority = rollBackAuthorityOf(row) ?? authorityOf(row);
  const position = plan.steps.findLastIndex(({ state }) => state === "done" || state === "running");
  if (position < 0) return endRollBack(deps, lease, stored, authority);
  try {
    await undoStep(deps, lease, { stored, position, authority, signal });
    return true;
  } catch (cause) {
    if (cause instanceof LeaseLostError || signal.aborted) return false;
    await recordFailure(deps, lease, { stored, position, cause });
    return false;
  }
}

interface StepUndoing {
  readonly stored: StoredPlan;
  readonly position: number;
  readonly authority: PlanAuthority;
  readonly signal: AbortSignal;
}

async function undoStep(deps: EngineDeps, lease: PlanLease, undoing: StepUndoing): Promise<void> {
  const { stored, position, authority } = undoing;
  const { plan } = stored;
  const ring = await deps.rings.ring(plan.purpose);
  if (ring === undefined) throw new RangeError(`plan ${plan.id} is for a ring that is not there`);
  const context = await openContext(deps, { ...undoing, ring, lease });
  const { step } = context;
  const isKept = step.rolls_back === false;
  if (!isKept) await hookOf(deps, context).use?.undo?.(context);
  const outcome = isKept ? undefined : await undoActions[step.do]?.(deps, context);
  await transact(deps.db, async (tx) => {
    await updateLeased(tx, lease, {});
    const at = deps.clock.now();
    await outcome?.commit?.(anyTables(tx), at);
    await updateLeased(tx, lease, { problem: null, next_at: at.toISOString() });
    await updateStep(tx, plan.id, position, { state: "undone", done_at: at.toISOString() });
    await deps.trail.in(tx).append({
      action: "plan.step-undone",
      actor: authority.requestedBy,
      subject: plan.id,
      occurredAt: at,
      detail: { plan: plan.definition.name, step: step.name },
    });
  });
}

async function endRollBack(
  deps: EngineDeps,
  lease: PlanLease,
  { plan }: StoredPlan,
  authority: PlanAuthority,
): Promise<boolean> {
  const at = deps.clock.now();
  const last = plan.steps.findLast(({ state }) => state === "undone");
  await transact(deps.db, async (tx) => {
    await updateLeased(tx, lease, {
      state: "rolled-back",
      exclusion: null,
      finished_at: at.toISOString(),
      next_at: null,
      problem: null,
    });
    await deps.trail.in(tx).append({
      action: "plan.rolled-back",
      actor: authority.requestedBy,
      subject: plan.id,
      occurredAt: at,
      detail: {
        plan: plan.definition.name,
        step: last?.name ?? "none",
        ...(authority.changeId !== undefined && { change: authority.changeId }),
      },
    });
  });
  return false;
}
