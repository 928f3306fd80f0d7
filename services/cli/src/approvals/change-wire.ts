import { z } from "zod";

const localized = z.object({ zh: z.string(), en: z.string() });

/** What `POST /v1/change-previews` answers, as far as it is shown. */
export const previewSchema = z.object({
  effect: z.array(localized),
  numbers: z.record(z.string(), z.number()),
  steps: z.array(z.object({ name: z.string(), title: localized, at: z.string().optional() })),
});
export type Preview = z.infer<typeof previewSchema>;

/** A change as a service tells it. What it proves is in the export, and is judged here. */
export const changeRowSchema = z.object({
  id: z.string(),
  state: z.string(),
  ended_by: z.string().optional(),
  service: z.string(),
  operation: z.string(),
  target: z.string(),
  reason: z.string(),
  proposer: z.string(),
  persons: z.object({ counted: z.int(), needed: z.int() }),
  created_at: z.string(),
  not_after: z.string(),
  uses: z.int(),
  review_before: z.string().optional(),
  reviewed_by: z.string().optional(),
});
export type ChangeRow = z.infer<typeof changeRowSchema>;

/** What `GET /v1/changes` answers. */
export const changeListSchema = z.object({ changes: z.array(changeRowSchema) });

/** What `GET /v1/changes/:id` answers. */
export const changeReplySchema = z.object({ change: changeRowSchema, export: z.unknown() });

/** What `POST /v1/changes/:id/execution` answers. */
export const executionSchema = z.object({ result: z.json() });
