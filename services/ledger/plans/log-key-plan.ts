import { standardPlans } from "@yinxin/service-kit/rotations";
import type { PlanDefinition } from "@yinxin/service-kit/rotations";

const standard = standardPlans.find(({ name }) => name === "log-key");
if (standard === undefined) throw new Error("there is no standard plan for the key of a log");

/** Longer than any call lasts that opened the old key just before the change. */
const callsUnderWaySeconds = 60;

/** The standard plan; the old private key is there until no call can be under way that holds it. */
export const logKeyPlan: PlanDefinition = {
  ...standard,
  steps: standard.steps.flatMap((step) =>
    step.do !== "retire"
      ? [step]
      : [
          step,
          {
            name: "calls-under-way",
            title: { zh: "等待进行中的调用结束", en: "Wait until calls under way have ended" },
            do: "wait",
            after: { step: "retire", seconds: callsUnderWaySeconds },
          } as const,
        ],
  ),
};
