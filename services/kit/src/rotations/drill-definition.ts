import type { JsonValue } from "../audit/index.ts";
import type { KeyRing } from "../key-rings/index.ts";
import type { PlanDefinition } from "./plan-definition.ts";
import type { PlanId } from "./plan.ts";

/**
 * The same plan on a ring that is made for it and cleared away at its end: every step, action and wait is the real one, and nothing
 * real stops.
 */
export function drillOf(
  definition: PlanDefinition,
  ring: KeyRing,
  id: PlanId,
): {
  readonly definition: PlanDefinition;
  readonly purpose: string;
  readonly parameters: Readonly<Record<string, JsonValue>>;
} {
  return {
    definition: {
      ...definition,
      name: `${definition.name}-drill`,
      title: { zh: `${definition.title.zh}（演练）`, en: `${definition.title.en} (drill)` },
      steps: [
        {
          name: "prepare-drill",
          title: { zh: "建立演练用密钥环并签名数次", en: "Make a ring for the drill and sign with it" },
          do: "prepare-drill",
        },
        ...definition.steps,
        {
          name: "clear-drill",
          title: { zh: "销毁演练用密钥", en: "Destroy the keys of the drill" },
          do: "clear-drill",
        },
      ],
    },
    purpose: `drill.${ring.purpose}.${id.slice("plan_".length)}`,
    parameters: { drill_of: ring.purpose },
  };
}
