import type { Kysely, Transaction } from "kysely";

import type { JsonValue } from "../audit/index.ts";
import { transact } from "../database/index.ts";
import type { Plan, PlanState } from "./plan.ts";
import { planColumns, planOf, planStepColumns } from "./plan-row.ts";
import type { PlanAuthority, PlanRow, PlanStepRow } from "./plan-row.ts";
import type { RotationTables } from "./rotation-tables.ts";

/** Plans in these states have something left to do. */
export const openPlanStates = ["running", "stuck", "rolling-back"] as const satisfies readonly PlanState[];

/** A list longer than this is for no screen. */
const listMax = 500;

/** The right to work on one plan until a moment; a later holder has a higher fence. */
export interface PlanLease {
  readonly planId: string;
  readonly fence: number;
}

/** Somebody else works on the plan, or it was stopped: what this holder did no longer counts. */
export class LeaseLostError extends Error {
  constructor(planId: string) {
    super(`the lease of ${planId} was lost`);
    this.name = "LeaseLostError";
  }
}

export interface StoredPlan {
  readonly row: PlanRow;
  readonly stepRows: readonly PlanStepRow[];
  readonly plan: Plan;
}

type Tables = Kysely<RotationTables>;

export async function readPlan(db: Tables, id: string): Promise<StoredPlan | undefined> {
  const row = await db.selectFrom("plans").select(planColumns).where("id", "=", id).executeTakeFirst();
  if (row === undefined) return undefined;
  const stepRows = await db
    .selectFrom("plan_steps")
    .select(planStepColumns)
    .where("plan_id", "=", id)
    .orderBy("position")
    .execute();
  return { row, stepRows, plan: planOf(row, stepRows) };
}

export interface PlanQuery {
  readonly purpose?: string;
  readonly states?: readonly PlanState[];
}

/** Newest first. */
export async function listPlans(db: Tables, { purpose, states }: PlanQuery): Promise<readonly Plan[]> {
  const rows = await db
    .selectFrom("plans")
    .select(planColumns)
    .$if(purpose !== undefined, (query) => query.where("purpose", "=", purpose ?? ""))
    .$if(states !== undefined, (query) => query.where("state", "in", [...(states ?? [])]))
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(listMax)
    .execute();
  if (rows.length === 0) return [];
  const stepRows = await db
    .selectFrom("plan_steps")
    .select(planStepColumns)
    .where(
      "plan_id",
      "in",
      rows.map(({ id }) => id),
    )
    .orderBy("position")
    .execute();
  return rows.map((row) =>
    planOf(
      row,
      stepRows.filter((step) => step.plan_id === row.id),
    ),
  );
}

/** The open plan that excludes others in this way. */
export async function openPlanOf(db: Tables, exclusion: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("plans")
    .select("id")
    .where("exclusion", "=", exclusion)
    .where("state", "in", openPlanStates)
    .executeTakeFirst();
  return row?.id;
}

/** A new plan; its steps wait. */
export async function insertPlan(
  tx: Transaction<RotationTables>,
  plan: Pick<
    PlanRow,
    "id" | "definition" | "definition_name" | "purpose" | "exclusion" | "is_drill" | "old_version"
  > & {
    readonly stepNames: readonly string[];
    readonly parameters: Readonly<Record<string, JsonValue>>;
    readonly authority: PlanAuthority;
    readonly at: Date;
  },
): Promise<void> {
  const { stepNames, parameters, authority, at, ...columns } = plan;
  await tx
    .insertInto("plans")
    .values({
      ...columns,
      state: "running",
      next_version: null,
      parameters: JSON.stringify(parameters),
      request: JSON.stringify(authority),
      roll_back: null,
      created_at: at.toISOString(),
      finished_at: null,
      next_at: at.toISOString(),
      lease_holder: null,
      lease_fence: 0,
      lease_until: null,
      problem: null,
      result: null,
    })
    .execute();
  const rows = stepNames.map((name, position) => ({
    plan_id: plan.id,
    position,
    name,
    state: "waiting" as const,
    started_at: null,
    done_at: null,
    attempts: 0,
    result: null,
    memory: null,
  }));
  await tx.insertInto("plan_steps").values(rows).execute();
}

/** Plans that are due and that nobody works on, the longest due first. */
export async function duePlans(db: Tables, at: Date, limit: number): Promise<readonly string[]> {
  const now = at.toISOString();
  const rows = await db
    .selectFrom("plans")
    .select("id")
    .where("state", "in", openPlanStates)
    .where("next_at", "<=", now)
    .where((or) => or.or([or("lease_until", "is", null), or("lease_until", "<=", now)]))
    .orderBy("next_at")
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Takes the plan, if it is still due and free. Whoever had it before can store nothing more. */
export async function takeLease(
  db: Tables,
  planId: string,
  { holder, at, until }: { readonly holder: string; readonly at: Date; readonly until: Date },
): Promise<PlanLease | undefined> {
  const now = at.toISOString();
  const taken = await db
    .updateTable("plans")
    .set((set) => ({
      lease_holder: holder,
      lease_fence: set("lease_fence", "+", 1),
      lease_until: until.toISOString(),
    }))
    .where("id", "=", planId)
    .where("state", "in", openPlanStates)
    .where("next_at", "<=", now)
    .where((or) => or.or([or("lease_until", "is", null), or("lease_until", "<=", now)]))
    .returning("lease_fence")
    .executeTakeFirst();
  return taken && { planId, fence: taken.lease_fence };
}

/** Changes the plan if the lease still holds. @throws LeaseLostError, which undoes the transaction. */
export async function updateLeased(
  db: Tables,
  { planId, fence }: PlanLease,
  values: Partial<
    Pick<
      PlanRow,
      | "state"
      | "exclusion"
      | "old_version"
      | "next_version"
      | "finished_at"
      | "next_at"
      | "problem"
      | "result"
      | "lease_until"
      | "lease_holder"
    >
  >,
): Promise<void> {
  const changed = await db
    .updateTable("plans")
    .set({ ...values, lease_fence: fence })
    .where("id", "=", planId)
    .where("lease_fence", "=", fence)
    .where("state", "in", openPlanStates)
    .executeTakeFirst();
  if (changed.numUpdatedRows !== 1n) throw new LeaseLostError(planId);
}

/** Gives the plan back; if it was lost meanwhile there is nothing to give. */
export async function releaseLease(db: Tables, { planId, fence }: PlanLease): Promise<void> {
  await db
    .updateTable("plans")
    .set({ lease_holder: null, lease_until: null })
    .where("id", "=", planId)
    .where("lease_fence", "=", fence)
    .execute();
}

export async function updateStep(
  tx: Tables,
  planId: string,
  position: number,
  values: Partial<Omit<PlanStepRow, "plan_id" | "position" | "name">>,
): Promise<void> {
  await tx
    .updateTable("plan_steps")
    .set(values)
    .where("plan_id", "=", planId)
    .where("position", "=", position)
    .execute();
}

/** Keeps what a step has come to, at once. @throws LeaseLostError */
export async function rememberStep(
  db: Tables,
  lease: PlanLease,
  position: number,
  memory: JsonValue,
): Promise<void> {
  await transact(db, async (tx) => {
    await updateLeased(tx, lease, {});
    await updateStep(tx, lease.planId, position, { memory: JSON.stringify(memory) });
  });
}
