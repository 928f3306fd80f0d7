import { transact } from "../database/index.ts";
import { isRefusal } from "../problems/index.ts";
import type { Localized } from "../problems/index.ts";
import type { EngineDeps } from "./engine-deps.ts";
import { authorityOf } from "./plan-row.ts";
import { LeaseLostError, readPlan, updateLeased } from "./plan-store.ts";
import type { PlanLease, StoredPlan } from "./plan-store.ts";
import type { PlanProblem } from "./plan.ts";

/** The first wait after a failure; each one after it is twice as long. */
const firstBackoffSeconds = 5;
/** Also how often a stuck plan is tried: what was in its way may be gone, and nobody has to be there to see it. */
const longestBackoffSeconds = 600;
/** A step that failed as often as this will not mend by itself: somebody must look. */
export const attemptsUntilStuck = 5;

export interface StepFailure {
  readonly stored: StoredPlan;
  readonly position: number;
  readonly cause: unknown;
}

/** Keeps why a step failed and when it is tried again; after too many times the plan is stuck and an alarm is out. */
export async function recordFailure(deps: EngineDeps, lease: PlanLease, failure: StepFailure): Promise<void> {
  const problem = problemOf(failure, deps.clock.now());
  const { plan } = failure.stored;
  const { step, attempts } = problem;
  deps.log.warn({ plan: plan.id, step, attempts, err: failure.cause }, "a step of a plan failed");
  try {
    await storeProblem(deps, lease, failure.stored, problem);
  } catch (lost) {
    if (lost instanceof LeaseLostError) return;
    throw lost;
  }
  if (attempts < attemptsUntilStuck) return;
  const current = await readPlan(deps.db, plan.id);
  if (current !== undefined) deps.onStuck?.(current.plan);
}

function problemOf({ stored: { plan }, position, cause }: StepFailure, now: Date): PlanProblem {
  const step = plan.steps[position]?.name ?? "—";
  const before = plan.problem?.step === step ? plan.problem : undefined;
  return {
    step,
    ...reasonOf(cause),
    attempts: (before?.attempts ?? 0) + 1,
    since: before?.since ?? now,
  };
}

async function storeProblem(
  deps: EngineDeps,
  lease: PlanLease,
  { plan, row }: StoredPlan,
  problem: PlanProblem,
): Promise<void> {
  const { step, attempts, code } = problem;
  const now = deps.clock.now();
  const isStuck = attempts >= attemptsUntilStuck;
  const backoff = Math.min(firstBackoffSeconds * 2 ** (attempts - 1), longestBackoffSeconds);
  const wait = isStuck ? longestBackoffSeconds : backoff;
  await transact(deps.db, async (tx) => {
    await updateLeased(tx, lease, {
      ...(isStuck && plan.state === "running" && { state: "stuck" as const }),
      problem: JSON.stringify(problem),
      next_at: new Date(now.getTime() + wait * 1000).toISOString(),
    });
    if (attempts !== attemptsUntilStuck) return;
    await deps.trail.in(tx).append({
      action: "plan.stuck",
      actor: authorityOf(row).requestedBy,
      subject: plan.id,
      occurredAt: now,
      detail: { plan: plan.definition.name, step, code },
    });
  });
}

/** What officers may see: a refusal's own words; of a fault only its code or its kind, since its message is for the log. */
function reasonOf(cause: unknown): { readonly code: string; readonly detail: Localized } {
  if (isRefusal(cause)) {
    const { code, detail } = cause;
    return { code, detail: typeof detail === "string" ? { zh: detail, en: detail } : detail };
  }
  const code = codeOf(cause);
  return {
    code,
    detail: {
      zh: `步骤失败（${code}）；详情见服务日志。`,
      en: `The step failed (${code}); the log says more.`,
    },
  };
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Za-z][A-Za-z0-9_-]{0,60}$/.test(code) ? code : "fault";
}
