import { z } from "zod";

const localized = z.object({ zh: z.string(), en: z.string() });

export const driftSchema = z.object({
  kind: z.string(),
  key_uri: z.string(),
  purpose: z.string().optional(),
  version: z.int().optional(),
  found: z.string(),
  since: z.string(),
});
export type ToldDrift = z.infer<typeof driftSchema>;

const certificateSchema = z.object({
  subject: z.string(),
  serial_number: z.string(),
  not_after: z.string(),
  days_left: z.int(),
});

/** A version as a service tells it, as far as it is shown. */
export const versionSchema = z.object({
  purpose: z.string(),
  version: z.int(),
  state: z.string(),
  algorithm: z.string(),
  key_id: z.string(),
  key_uris: z.array(z.string()),
  certificate: certificateSchema.optional(),
  is_standby: z.boolean(),
  is_frozen: z.boolean(),
  signatures: z.int(),
  usage_limit: z.int().optional(),
  created_at: z.string(),
  published_at: z.string().optional(),
  activated_at: z.string().optional(),
  suspended_at: z.string().optional(),
  retiring_at: z.string().optional(),
  deactivated_at: z.string().optional(),
  compromised_at: z.string().optional(),
  destroyed_at: z.string().optional(),
  crypto_period_ends_at: z.string().optional(),
  served_until: z.string().optional(),
  last_used_at: z.string().optional(),
  self_tested_at: z.string().optional(),
  invalid_from: z.string().optional(),
  origin: z.object({
    generated_by: z.string(),
    device: z.string().optional(),
    local: z.boolean().optional(),
    extractable: z.boolean().optional(),
  }),
  backup: z.object({ made_at: z.string(), restore_tested_at: z.string().optional() }).optional(),
  change_id: z.string().optional(),
});
export type ToldVersion = z.infer<typeof versionSchema>;

const inventorySchema = versionSchema.extend({
  ring_title: localized,
  device: z.object({ name: z.string(), state: z.string(), remaining_tries: z.int().optional() }),
  signatures_today: z.int(),
  restore_tested_days_ago: z.int().optional(),
  is_standby_ready: z.boolean(),
  due: z.array(z.object({ kind: z.string(), at: z.string().optional(), detail: localized })),
  drift: z.array(driftSchema),
});
export type ToldInventoryRow = z.infer<typeof inventorySchema>;

const freezeSchema = z.object({ scope: z.string(), reason: z.string(), since: z.string() });

/** What `GET /v1/key-rings` answers, as far as it is shown. */
export const ringListSchema = z.object({
  rings: z.array(z.object({ purpose: z.string() })),
  versions: z.array(inventorySchema),
  drift: z.array(driftSchema),
  freezes: z.array(freezeSchema),
});

const planSchema = z.object({
  id: z.string(),
  definition: z.string(),
  state: z.string(),
  next_step: z.string().optional(),
  next_at: z.string().optional(),
});

/** What `GET /v1/key-rings/:purpose` answers, as far as it is shown. */
export const ringSchema = z.object({
  ring: z.object({
    purpose: z.string(),
    title: localized,
    algorithm: z.string(),
    crypto_period_days: z.int(),
    propagation_seconds: z.int(),
    overlap_seconds: z.int().optional(),
    plan: z.string(),
  }),
  versions: z.array(versionSchema),
  plans: z.array(planSchema),
  drift: z.array(driftSchema),
  history: z.array(
    z.object({
      index: z.int(),
      occurred_at: z.string(),
      action: z.string(),
      actor: z.string(),
      detail: z.json(),
    }),
  ),
});
export type ToldRing = z.infer<typeof ringSchema>;
