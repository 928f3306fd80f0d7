import type { KeyRing } from "../key-rings/index.ts";
import type { PlanDefinition } from "./plan-definition.ts";

/**
 * A definition as it is for one ring: a stand-by key is published only where the ring's own plan says so. Elsewhere what is
 * published takes part in something already, as the second signature on a log's checkpoints does.
 */
export function fitDefinition(
  definition: PlanDefinition,
  { plan }: Pick<KeyRing, "plan">,
  definitions: ReadonlyMap<string, PlanDefinition>,
): PlanDefinition {
  const isShown = definitions.get(plan)?.shows_stand_by === true;
  if (definition.makes_stand_by !== true || isShown) return definition;
  return { ...definition, steps: definition.steps.filter((step) => step.do !== "publish") };
}
