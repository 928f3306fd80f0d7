import type { PlanStep } from "./plan.ts";

/** Why a step did nothing: the service has no such hook, or the hook touches what is real and this is a drill. */
export type PassedOver = "not_offered" | "not_for_drills";

/**
 * Whether the plan went past a step that did nothing, and why. A step whose action does something by itself was done even
 * where the service adds nothing to it.
 */
export function passedOver({
  do: action,
  state,
  result,
}: Pick<PlanStep, "do" | "state" | "result">): PassedOver | undefined {
  if (state !== "done" || (action !== "call" && action !== "certify")) return undefined;
  if (typeof result !== "object" || result === null || Array.isArray(result)) return undefined;
  if ("not_offered" in result) return "not_offered";
  return "not_for_drills" in result ? "not_for_drills" : undefined;
}
