import type { JsonValue } from "../audit/index.ts";
import { transact } from "../database/index.ts";
import { actions } from "./actions.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { updateLeased, updateStep } from "./plan-store.ts";
import type { PlanLease } from "./plan-store.ts";
import { anyTables, notReady } from "./step-action.ts";
import type { ActionContext } from "./step-action.ts";
import type { StepHook } from "./step-hook.ts";

/** One step at work. */
export interface StepAtWork {
  readonly context: ActionContext;
  readonly position: number;
}

/**
 * Does one step: checks, everything that is outside the database, checks again, and then one transaction in which the step ends.
 * Whoever lost the lease meanwhile stores nothing.
 */
export async function doStep(deps: EngineDeps, lease: PlanLease, work: StepAtWork): Promise<void> {
  const { context, position } = work;
  const { plan, step, authority } = context;
  const hook = hookOf(deps, context);
  await hook.use?.ready?.(context);
  const outcome = await actions[step.do](deps, context);
  const answer = await hook.use?.run?.(context);
  const result = resultOf(outcome.result, answer, hook);
  await hook.use?.check?.(context, answer ?? null);
  deps.onPoint?.({ planId: plan.id, step: step.name, at: "worked" });
  await transact(deps.db, async (tx) => {
    // First, so that two holders meet here and not in the rings.
    await updateLeased(tx, lease, {});
    const at = deps.clock.now();
    const changes = await outcome.commit?.(anyTables(tx), at);
    await hook.use?.finish?.(anyTables(tx), context, answer ?? null);
    await updateLeased(tx, lease, {
      state: "running",
      problem: null,
      next_at: at.toISOString(),
      ...(changes?.old_version !== undefined && { old_version: changes.old_version }),
      ...(changes?.next_version !== undefined && { next_version: changes.next_version }),
    });
    await updateStep(tx, plan.id, position, {
      state: "done",
      done_at: at.toISOString(),
      result: JSON.stringify(result),
    });
    await deps.trail.in(tx).append({
      action: "plan.step-done",
      actor: authority.requestedBy,
      subject: plan.id,
      occurredAt: at,
      detail: { plan: plan.definition.name, step: step.name },
    });
  });
}

interface HookChoice {
  readonly use?: StepHook;
  /** Why an optional hook was not called; shown with the step, so that nothing is passed over in silence. */
  readonly unused?: { readonly not_offered: string } | { readonly not_for_drills: string };
}

/** @throws Refusal for a hook that the service must have and does not. */
export function hookOf({ hooks }: EngineDeps, { plan, step }: ActionContext): HookChoice {
  if (step.call === undefined) return {};
  const hook = Object.hasOwn(hooks, step.call) ? hooks[step.call] : undefined;
  if (hook === undefined) {
    if (step.is_optional === true) return { unused: { not_offered: step.call } };
    throw notReady({
      zh: `本服务没有步骤所需的处理程序 ${step.call}。`,
      en: `This service has no hook ${step.call}, which the step needs.`,
    });
  }
  if (plan.isDrill && hook.drills !== true) return { unused: { not_for_drills: step.call } };
  return { use: hook };
}

function resultOf(
  own: Readonly<Record<string, JsonValue | undefined>>,
  answer: JsonValue | undefined,
  { unused }: HookChoice,
): JsonValue {
  if (answer === undefined) return { ...own, ...unused };
  const isOnlyHook = Object.keys(own).length === 0;
  return isOnlyHook ? answer : { ...own, hook: answer };
}
