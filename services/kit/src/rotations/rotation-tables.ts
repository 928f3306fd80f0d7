import { sql } from "kysely";
import type { Kysely } from "kysely";

import { bytesColumn } from "../database/index.ts";
import type { Migration } from "../database/index.ts";
import { planStates, planStepStates } from "./plan.ts";
import type { PlanState, PlanStepState } from "./plan.ts";

/** The tables of plans as they are stored; texts that hold JSON say so. */
export interface RotationTables {
  plans: {
    id: string;
    definition_name: string;
    /** JSON, as it was when the plan was made. */
    definition: string;
    purpose: string;
    /** What no second open plan may have; null once the plan is finished. */
    exclusion: string | null;
    state: PlanState;
    is_drill: number;
    old_version: number | null;
    next_version: number | null;
    /** JSON. */
    parameters: string;
    /** JSON: who asked, why, by which change, and who agreed. */
    request: string;
    /** JSON: the same of the roll-back. */
    roll_back: string | null;
    created_at: string;
    finished_at: string | null;
    /** When the engine looks at it; null once the plan is finished. */
    next_at: string | null;
    lease_holder: string | null;
    lease_fence: number;
    lease_until: string | null;
    /** JSON. */
    problem: string | null;
    /** JSON. */
    result: string | null;
  };
  plan_steps: {
    plan_id: string;
    position: number;
    name: string;
    state: PlanStepState;
    started_at: string | null;
    done_at: string | null;
    attempts: number;
    /** JSON. */
    result: string | null;
    /** JSON: what the step's hook remembers. */
    memory: string | null;
  };
  plan_documents: { plan_id: string; name: string; media_type: string; content: Uint8Array };
}

/** The tables of plans; part of every service's migrations as `0013-rotations`. */
export const rotationMigration: Migration = {
  up: async (db) => {
    await createPlans(db);
    await db.schema
      .createTable("plan_steps")
      .addColumn("plan_id", "text", (column) => column.notNull().references("plans.id"))
      .addColumn("position", "integer", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull().check(oneOf("state", planStepStates)))
      .addColumn("started_at", "text")
      .addColumn("done_at", "text")
      .addColumn("attempts", "integer", (column) => column.notNull())
      .addColumn("result", "text")
      .addColumn("memory", "text")
      .addPrimaryKeyConstraint("plan_steps_key", ["plan_id", "position"])
      .execute();
    await db.schema
      .createTable("plan_documents")
      .addColumn("plan_id", "text", (column) => column.notNull().references("plans.id"))
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("media_type", "text", (column) => column.notNull())
      .addColumn("content", bytesColumn(db), (column) => column.notNull())
      .addPrimaryKeyConstraint("plan_documents_key", ["plan_id", "name"])
      .execute();
  },
};

async function createPlans(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("plans")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("definition_name", "text", (column) => column.notNull())
    .addColumn("definition", "text", (column) => column.notNull())
    .addColumn("purpose", "text", (column) => column.notNull())
    .addColumn("exclusion", "text", (column) => column.unique())
    .addColumn("state", "text", (column) => column.notNull().check(oneOf("state", planStates)))
    .addColumn("is_drill", "integer", (column) => column.notNull())
    .addColumn("old_version", "integer")
    .addColumn("next_version", "integer")
    .addColumn("parameters", "text", (column) => column.notNull())
    .addColumn("request", "text", (column) => column.notNull())
    .addColumn("roll_back", "text")
    .addColumn("created_at", "text", (column) => column.notNull())
    .addColumn("finished_at", "text")
    .addColumn("next_at", "text")
    .addColumn("lease_holder", "text")
    .addColumn("lease_fence", "integer", (column) => column.notNull())
    .addColumn("lease_until", "text")
    .addColumn("problem", "text")
    .addColumn("result", "text")
    .execute();
  await db.schema.createIndex("plans_next_at").on("plans").column("next_at").execute();
  await db.schema.createIndex("plans_purpose").on("plans").column("purpose").execute();
}

function oneOf(column: string, values: readonly string[]): ReturnType<typeof sql<boolean>> {
  return sql<boolean>`${sql.ref(column)} in (${sql.join(values.map((value) => sql.lit(value)))})`;
}
