import type { KeyRing } from "../key-rings/index.ts";
import type { PlanDefinition } from "./plan-definition.ts";
import { hasStep } from "./plan-request.ts";

/**
 * A definition as it is for one ring: a stand-by key is published only where the ring's own plan says so. Elsewhere what is
 * published takes part in something already, as the second signature on a log's checkpoints does. And the compromise of a ring whose
 * plan says so waits for no cache.
 */
export function fitDefinition(
  definition: PlanDefinition,
  { plan }: Pick<KeyRing, "plan">,
  definitions: ReadonlyMap<string, PlanDefinition>,
): PlanDefinition {
  const own = definitions.get(plan);
  if (hasStep(definition, "compromise")) {
    return own?.replaced_at_once === true ? { ...definition, replaced_at_once: true } : definition;
  }
  const isShown = own?.shows_stand_by === true;
  if (definition.makes_stand_by !== true || isShown) return definition;
  return { ...definition, steps: definition.steps.filter((step) => step.do !== "publish") };
}

/** The ring with the figures that one plan goes by. */
export function fitRing(ring: KeyRing, definition: PlanDefinition): KeyRing {
  const isAtOnce = definition.replaced_at_once === true && hasStep(definition, "compromise");
  return isAtOnce ? { ...ring, propagationSeconds: 0 } : ring;
}
