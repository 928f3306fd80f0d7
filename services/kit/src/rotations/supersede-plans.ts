import type { Transaction } from "kysely";

import type { KitTrail } from "../audit/index.ts";
import { planColumns, planOf, planStepColumns } from "./plan-row.ts";
import type { PlanAuthority } from "./plan-row.ts";
import { openPlanStates } from "./plan-store.ts";
import type { Plan } from "./plan.ts";
import type { RotationTables } from "./rotation-tables.ts";

export interface Superseding {
  readonly purpose: string;
  readonly by: string;
  readonly authority: PlanAuthority;
  readonly at: Date;
}

/**
 * Ends the rotations of a ring whose key is compromised, as long as they have not put their new key to work: the compromise takes
 * that key as the successor. A rotation that is past this only takes the older key out, and goes on.
 */
export async function supersedePlans(
  { trail }: { readonly trail: KitTrail },
  tx: Transaction<RotationTables>,
  { purpose, by, authority, at }: Superseding,
): Promise<void> {
  const rows = await tx
    .selectFrom("plans")
    .select(planColumns)
    .where("exclusion", "=", `ring:${purpose}`)
    .where("state", "in", openPlanStates)
    .execute();
  for (const row of rows) {
    const stepRows = await tx
      .selectFrom("plan_steps")
      .select(planStepColumns)
      .where("plan_id", "=", row.id)
      .orderBy("position")
      .execute();
    const plan = planOf(row, stepRows);
    const isAtWork = plan.steps.some((step) => startsToSign(step.do) && step.state === "done");
    if (!isAtWork) await endSuperseded({ trail }, tx, { plan, by, authority, at });
  }
}

/** Ends a plan that something else has taken the place of. */
export async function endSuperseded(
  { trail }: { readonly trail: KitTrail },
  tx: Transaction<RotationTables>,
  { plan, by, authority, at }: Omit<Superseding, "purpose"> & { readonly plan: Plan },
): Promise<void> {
  await tx
    .updateTable("plans")
    .set((set) => ({
      state: "superseded" as const,
      exclusion: null,
      finished_at: at.toISOString(),
      next_at: null,
      problem: null,
      // Whoever is in the middle of a step of it can store nothing more.
      lease_fence: set("lease_fence", "+", 1),
    }))
    .where("id", "=", plan.id)
    .execute();
  await trail.in(tx).append({
    action: "plan.superseded",
    actor: authority.requestedBy,
    subject: plan.id,
    occurredAt: at,
    detail: { plan: plan.definition.name, by },
  });
}

/** Whether with such a step another key begins to sign. */
export function startsToSign(action: string): boolean {
  return action === "retire" || action === "activate";
}
