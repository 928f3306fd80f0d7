import type { Selectable } from "kysely";

import type { JsonValue } from "../audit/index.ts";
import type { PlanDefinition } from "./plan-definition.ts";
import type { Plan, PlanId, PlanProblem, PlanStep } from "./plan.ts";
import type { RotationTables } from "./rotation-tables.ts";

export type PlanRow = Selectable<RotationTables["plans"]>;
export type PlanStepRow = Selectable<RotationTables["plan_steps"]>;

/** Who asked for something, why, and who agreed, as it is kept with a plan. */
export interface PlanAuthority {
  readonly reason: string;
  readonly requestedBy: string;
  readonly changeId?: string;
  readonly persons?: readonly string[];
  readonly isBreakGlass?: boolean;
}

export const planColumns = [
  "id",
  "definition_name",
  "definition",
  "purpose",
  "exclusion",
  "state",
  "is_drill",
  "old_version",
  "next_version",
  "parameters",
  "request",
  "roll_back",
  "created_at",
  "finished_at",
  "next_at",
  "lease_holder",
  "lease_fence",
  "lease_until",
  "problem",
  "result",
] as const satisfies readonly (keyof PlanRow)[];

export const planStepColumns = [
  "plan_id",
  "position",
  "name",
  "state",
  "started_at",
  "done_at",
  "attempts",
  "result",
  "memory",
] as const satisfies readonly (keyof PlanStepRow)[];

/** What was asked when the plan was made. */
export function authorityOf(row: PlanRow): PlanAuthority {
  return JSON.parse(row.request) as PlanAuthority;
}

/** What was asked when the plan was to be rolled back. */
export function rollBackAuthorityOf(row: PlanRow): PlanAuthority | undefined {
  return row.roll_back === null ? undefined : (JSON.parse(row.roll_back) as PlanAuthority);
}

/** The plan of a row and the rows of its steps. */
export function planOf(row: PlanRow, stepRows: readonly PlanStepRow[]): Plan {
  const definition = JSON.parse(row.definition) as PlanDefinition;
  const { reason, requestedBy, changeId } = authorityOf(row);
  return {
    id: row.id as PlanId,
    definition,
    purpose: row.purpose,
    state: row.state,
    isDrill: row.is_drill === 1,
    ...(row.old_version !== null && { oldVersion: row.old_version }),
    ...(row.next_version !== null && { nextVersion: row.next_version }),
    parameters: JSON.parse(row.parameters) as Record<string, JsonValue>,
    reason,
    requestedBy,
    ...(changeId !== undefined && { changeId }),
    createdAt: new Date(row.created_at),
    ...(row.finished_at !== null && { finishedAt: new Date(row.finished_at) }),
    steps: definition.steps.map((step, position) => stepOf(step, stepRows[position])),
    ...(row.problem !== null && { problem: problemOf(row.problem) }),
    ...(row.next_at !== null && { nextAt: new Date(row.next_at) }),
    ...(row.result !== null && { result: JSON.parse(row.result) as JsonValue }),
  };
}

function stepOf(step: PlanDefinition["steps"][number], row: PlanStepRow | undefined): PlanStep {
  const { name, title, do: action } = step;
  if (row === undefined) return { name, title, do: action, state: "waiting", attempts: 0 };
  return {
    name,
    title,
    do: action,
    state: row.state,
    attempts: row.attempts,
    ...(row.started_at !== null && { startedAt: new Date(row.started_at) }),
    ...(row.done_at !== null && { doneAt: new Date(row.done_at) }),
    ...(row.result !== null && { result: JSON.parse(row.result) as JsonValue }),
  };
}

function problemOf(text: string): PlanProblem {
  const stored = JSON.parse(text) as Omit<PlanProblem, "since"> & { since: string };
  return { ...stored, since: new Date(stored.since) };
}
