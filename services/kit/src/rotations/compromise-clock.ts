import type { JsonValue } from "../audit/index.ts";
import { passedOver } from "./passed-over.ts";
import type { Plan } from "./plan.ts";

/** How long it took from the first stop until nobody could use the key any more, and until the ring worked again. */
export interface CompromiseClock {
  readonly reportedAt: Date;
  readonly suspendedAt: Date;
  readonly safeAt?: Date;
  readonly restoredAt?: Date;
  readonly secondsToSafe?: number;
  readonly secondsToRestored?: number;
}

/** The clock of a compromise: "time to safe" ends with the last step before the list of signatures that did something. */
export function compromiseClock(plan: Plan): CompromiseClock | undefined {
  const doneAt = (name: string) => plan.steps.find((step) => step.name === name)?.doneAt;
  const suspendedAt =
    momentOf(plan, "suspended_at") ?? plan.steps.find((step) => step.do === "suspend")?.doneAt;
  const listing = plan.steps.findIndex((step) => step.do === "list-signatures");
  if (suspendedAt === undefined || listing < 1) return undefined;
  const safeAt = plan.steps.slice(0, listing).findLast((step) => passedOver(step) === undefined)?.doneAt;
  const restoredAt = doneAt("activate");
  const start = momentOf(plan, "reported_at") ?? plan.createdAt;
  return {
    reportedAt: start,
    suspendedAt,
    ...(safeAt !== undefined && { safeAt, secondsToSafe: secondsBetween(start, safeAt) }),
    ...(restoredAt !== undefined && { restoredAt, secondsToRestored: secondsBetween(start, restoredAt) }),
  };
}

function momentOf({ parameters }: Plan, name: string): Date | undefined {
  const text = parameters[name];
  return typeof text === "string" ? new Date(text) : undefined;
}

/** What a finished compromise came to; undefined for any other plan. */
export function compromiseResult(plan: Plan): JsonValue | undefined {
  const clock = compromiseClock(plan);
  if (clock === undefined) return undefined;
  const list = plan.steps.find((step) => step.do === "list-signatures")?.result;
  return {
    reported_at: clock.reportedAt.toISOString(),
    suspended_at: clock.suspendedAt.toISOString(),
    safe_at: clock.safeAt?.toISOString(),
    restored_at: clock.restoredAt?.toISOString(),
    time_to_safe_seconds: clock.secondsToSafe,
    time_to_restored_seconds: clock.secondsToRestored,
    signatures_after_boundary: list ?? null,
    passed_over: plan.steps.filter((step) => passedOver(step) !== undefined).map(({ name }) => name),
  };
}

function secondsBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1000;
}
