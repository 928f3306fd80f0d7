import type { JsonValue } from "../audit/index.ts";
import type { Localized } from "../problems/index.ts";
import type { PlanDefinition, StepAction } from "./plan-definition.ts";

export type PlanId = `plan_${string}`;

export const planStates = ["running", "stuck", "done", "rolling-back", "rolled-back", "superseded"] as const;
/** `stuck`: a step failed too often; it is tried again, slowly, and an alarm is out. `superseded`: a compromise took its place, or its key was put to other use. */
export type PlanState = (typeof planStates)[number];

export const planStepStates = ["waiting", "running", "done", "undone"] as const;
export type PlanStepState = (typeof planStepStates)[number];

/** Why a step did not go through, without secrets. */
export interface PlanProblem {
  readonly step: string;
  readonly code: string;
  readonly detail: Localized;
  readonly attempts: number;
  readonly since: Date;
}

export interface PlanStep {
  readonly name: string;
  readonly title: Localized;
  readonly do: StepAction;
  readonly state: PlanStepState;
  /** Known once the step that it waits for is done. */
  readonly earliestAt?: Date;
  readonly startedAt?: Date;
  readonly doneAt?: Date;
  readonly attempts: number;
  readonly result?: JsonValue;
}

/** A plan as it stands. */
export interface Plan {
  readonly id: PlanId;
  readonly definition: PlanDefinition;
  readonly purpose: string;
  readonly state: PlanState;
  readonly isDrill: boolean;
  readonly oldVersion?: number;
  readonly nextVersion?: number;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly reason: string;
  readonly requestedBy: string;
  readonly changeId?: string;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
  readonly steps: readonly PlanStep[];
  readonly problem?: PlanProblem;
  /** When the engine looks at it next. */
  readonly nextAt?: Date;
  /** What the whole plan came to, once it is done: for a compromise the clock and the counts. */
  readonly result?: JsonValue;
}

/** What a plan would do and when, if it were started at `at`. Nothing is changed. */
export interface PlanSimulation {
  readonly definition: string;
  readonly title: Localized;
  readonly purpose: string;
  readonly at: Date;
  readonly steps: readonly SimulatedStep[];
  readonly affected: readonly { readonly what: Localized; readonly count: number }[];
  /** The last moment at which the plan can be rolled back, if nothing is late. */
  readonly rollBackUntil?: Date;
  readonly endsAt: Date;
  /** What stands in its way now: creating it would be refused for these. */
  readonly obstacles: readonly Localized[];
}

export interface SimulatedStep {
  readonly name: string;
  readonly title: Localized;
  readonly do: StepAction;
  /** The earliest time: no step is ever taken before it. */
  readonly at: Date;
  /** Why it is not earlier, where it waits. */
  readonly because?: Localized;
  /** Who notices what. */
  readonly notice?: Localized;
}
