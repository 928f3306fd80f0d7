import { z } from "zod";

const localized = z.object({ zh: z.string(), en: z.string() });

/** A step of a plan as a service tells it, as far as it is shown. */
export const planStepSchema = z.object({
  name: z.string(),
  title: localized,
  do: z.string().optional(),
  state: z.string(),
  started_at: z.string().optional(),
  done_at: z.string().optional(),
  attempts: z.int().optional(),
  result: z.json().optional(),
});

/** What `GET /v1/plans/:id` answers, as far as it is shown. */
export const planSchema = z.object({
  id: z.string(),
  purpose: z.string(),
  title: localized,
  state: z.string(),
  is_drill: z.boolean().optional(),
  old_version: z.int().optional(),
  next_version: z.int().optional(),
  created_at: z.string(),
  finished_at: z.string().optional(),
  can_roll_back: z.boolean().optional(),
  reason: z.string().optional(),
  change: z.string().optional(),
  next_at: z.string().optional(),
  steps: z.array(planStepSchema),
  problem: z.object({ step: z.string(), code: z.string(), detail: localized, attempts: z.int() }).optional(),
  result: z.json().optional(),
  documents: z.array(z.object({ name: z.string(), size_bytes: z.int() })).optional(),
});
export type ToldPlan = z.infer<typeof planSchema>;

export const planListSchema = z.object({ plans: z.array(planSchema) });
