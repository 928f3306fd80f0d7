import type { Plan } from "./plan.ts";
import type { ActionDeps } from "./step-action.ts";
import type { StepHook } from "./step-hook.ts";

/** How far the engine has come, for whoever shows progress. */
export interface StepPoint {
  readonly planId: string;
  readonly step: string;
  /** `begun`: stored as begun; `worked`: everything outside the database is done; `done`: stored as done. */
  readonly at: "begun" | "worked" | "done";
}

/** What the engine works with. */
export interface EngineDeps extends ActionDeps {
  readonly hooks: Readonly<Record<string, StepHook>>;
  readonly onStuck?: (plan: Plan) => void;
  readonly onPoint?: (point: StepPoint) => void;
}
