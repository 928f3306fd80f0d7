import { standardPlans } from "@yinxin/service-kit/rotations";
import type { PlanDefinition } from "@yinxin/service-kit/rotations";

const standard = standardPlans.find(({ name }) => name === "seal-maker");
if (standard === undefined) throw new Error("there is no standard plan for the maker of seals");

/**
 * The standard plan, and after the change every seal made again under the new key. Seals of the old key stay valid, so the
 * batch may take its time.
 */
export const sealMakerPlan: PlanDefinition = {
  ...standard,
  steps: standard.steps.flatMap((step) =>
    step.do !== "retire"
      ? [step]
      : [
          step,
          {
            name: "re-issue",
            title: { zh: "用新密钥重新制作全部印章", en: "Make every seal again with the new key" },
            do: "call",
            call: "seal-maker.re-issue",
          } as const,
        ],
  ),
};
