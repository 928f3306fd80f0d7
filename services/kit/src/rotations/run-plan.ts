import { transact } from "../database/index.ts";
import type { KeyRing } from "../key-rings/index.ts";
import { compromiseResult } from "./compromise-clock.ts";
import { doStep } from "./do-step.ts";
import { fitRing } from "./fit-definition.ts";
import { ringOfDrill } from "./drill-actions.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { recordFailure } from "./plan-failure.ts";
import { earliestTime } from "./plan-times.ts";
import { authorityOf } from "./plan-row.ts";
import { LeaseLostError, readPlan, updateLeased, updateStep } from "./plan-store.ts";
import type { PlanLease, StoredPlan } from "./plan-store.ts";
import { openContext } from "./open-context.ts";
import type { Plan } from "./plan.ts";
import { notReady, PlanOvertakenError } from "./step-action.ts";
import { endSuperseded } from "./supersede-plans.ts";
import { undoPlan } from "./undo-plan.ts";

/** Takes steps of one plan for as long as one is due and nothing fails. */
export async function runPlan(deps: EngineDeps, lease: PlanLease, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await takeNextStep(deps, lease, signal))) {
    // The next step is found anew: what the last one changed is in the database.
  }
}

/** @returns whether the plan may have another step that is due. */
async function takeNextStep(deps: EngineDeps, lease: PlanLease, signal: AbortSignal): Promise<boolean> {
  const stored = await readPlan(deps.db, lease.planId);
  if (stored === undefined) return false;
  if (stored.row.state === "rolling-back") return undoPlan(deps, lease, stored, signal);
  const position = stored.plan.steps.findIndex(({ state }) => state !== "done");
  if (position < 0) return finishPlan(deps, lease, stored);
  try {
    return await takeStep(deps, lease, { stored, position, signal });
  } catch (cause) {
    if (cause instanceof LeaseLostError || signal.aborted) return false;
    if (cause instanceof PlanOvertakenError) return endOvertaken(deps, lease, stored, cause);
    await recordFailure(deps, lease, { stored, position, cause });
    return false;
  }
}

interface StepTaking {
  readonly stored: StoredPlan;
  readonly position: number;
  readonly signal: AbortSignal;
}

async function takeStep(deps: EngineDeps, lease: PlanLease, taking: StepTaking): Promise<boolean> {
  const { stored, position } = taking;
  const { plan } = stored;
  const ring = await ringOf(deps, plan);
  const context = await openContext(deps, { ...taking, ring, lease, authority: authorityOf(stored.row) });
  const earliest = earliestTime(
    {
      definition: plan.definition,
      ring,
      parameters: plan.parameters,
      startedAt: plan.createdAt,
      doneAt: (name) => plan.steps.find((step) => step.name === name)?.doneAt,
      nextPublishedAt: context.nextIfMade?.publishedAt,
      oldRetiringAt: context.old?.retiringAt,
    },
    position,
  );
  if (earliest.at > deps.clock.now()) {
    await updateLeased(deps.db, lease, { next_at: earliest.at.toISOString() });
    return false;
  }
  await beginStep(deps, lease, stored, position);
  deps.onPoint?.({ planId: plan.id, step: context.step.name, at: "begun" });
  await doStep(deps, lease, { context, position });
  deps.onPoint?.({ planId: plan.id, step: context.step.name, at: "done" });
  return true;
}

async function ringOf(deps: EngineDeps, plan: Plan): Promise<KeyRing> {
  const ring = (await deps.rings.ring(plan.purpose)) ?? (await ringOfDrill(deps, plan));
  if (ring !== undefined) return fitRing(ring, plan.definition);
  throw notReady({ zh: `没有密钥环 ${plan.purpose}。`, en: `There is no key ring ${plan.purpose}.` });
}

/** From here a roll-back knows that the step may have done something. */
async function beginStep(
  deps: EngineDeps,
  lease: PlanLease,
  { stepRows }: StoredPlan,
  position: number,
): Promise<void> {
  const now = deps.clock.now().toISOString();
  const row = stepRows[position];
  await transact(deps.db, async (tx) => {
    await updateLeased(tx, lease, {});
    await updateStep(tx, lease.planId, position, {
      state: "running",
      started_at: row?.started_at ?? now,
      attempts: (row?.attempts ?? 0) + 1,
    });
  });
}

async function endOvertaken(
  deps: EngineDeps,
  lease: PlanLease,
  { plan, row }: StoredPlan,
  { by }: PlanOvertakenError,
): Promise<boolean> {
  const at = deps.clock.now();
  const authority = authorityOf(row);
  await transact(deps.db, async (tx) => {
    await updateLeased(tx, lease, {});
    await endSuperseded(deps, tx, { plan, by, authority, at });
  });
  return false;
}

async function finishPlan(deps: EngineDeps, lease: PlanLease, { plan, row }: StoredPlan): Promise<boolean> {
  const at = deps.clock.now();
  const result = compromiseResult(plan);
  await transact(deps.db, async (tx) => {
    await updateLeased(tx, lease, {
      state: "done",
      exclusion: null,
      finished_at: at.toISOString(),
      next_at: null,
      problem: null,
      ...(result !== undefined && { result: JSON.stringify(result) }),
    });
    await deps.trail.in(tx).append({
      action: "plan.done",
      actor: authorityOf(row).requestedBy,
      subject: plan.id,
      occurredAt: at,
      detail: { plan: plan.definition.name, target: plan.purpose },
    });
  });
  return false;
}
