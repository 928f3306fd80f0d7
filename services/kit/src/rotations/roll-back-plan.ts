import type { Transaction } from "kysely";

import { refuse } from "../problems/index.ts";
import { authorityOf } from "./create-plan.ts";
import type { RollBackRequest } from "./rotations.ts";
import { planColumns, planOf, planStepColumns } from "./plan-row.ts";
import type { Plan } from "./plan.ts";
import type { RotationRefusalCode } from "./rotation-problems.ts";
import type { RotationTables } from "./rotation-tables.ts";

/** Whether a plan can still be rolled back. */
export function canRollBack({ definition, state, steps }: Plan): boolean {
  const end = definition.roll_back_until;
  const isOpen = state === "running" || state === "stuck";
  return isOpen && end !== undefined && steps.find(({ name }) => name === end)?.state === "waiting";
}

/** Tells the engine to take a plan back; whoever is in the middle of a step of it can store nothing more. */
export async function rollBackPlan(
  tx: Transaction<RotationTables>,
  id: string,
  request: RollBackRequest,
): Promise<void> {
  // Taken before the steps are read: from here on none of them begins.
  const row = await tx
    .updateTable("plans")
    .set((set) => ({ lease_fence: set("lease_fence", "+", 1), lease_holder: null, lease_until: null }))
    .where("id", "=", id)
    .returning(planColumns)
    .executeTakeFirst();
  if (row === undefined) throw planNotFound(id);
  const stepRows = await tx
    .selectFrom("plan_steps")
    .select(planStepColumns)
    .where("plan_id", "=", id)
    .orderBy("position")
    .execute();
  const plan = planOf(row, stepRows);
  if (!canRollBack(plan)) {
    throw refuse<RotationRefusalCode>("plan-past-roll-back", {
      zh: `计划 ${id} 处于 ${plan.state} 状态，已过步骤 ${plan.definition.roll_back_until ?? "—"}。`,
      en: `The plan ${id} is ${plan.state} and past the step ${plan.definition.roll_back_until ?? "—"}.`,
    });
  }
  await tx
    .updateTable("plans")
    .set({
      state: "rolling-back",
      roll_back: JSON.stringify(authorityOf(request)),
      next_at: request.at.toISOString(),
      problem: null,
    })
    .where("id", "=", id)
    .execute();
}

export function planNotFound(id: string) {
  return refuse<RotationRefusalCode>("plan-not-found", {
    zh: `没有计划 ${id}。`,
    en: `There is no plan ${id}.`,
  });
}
