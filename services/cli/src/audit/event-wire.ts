import { z } from "zod";

/** An event of the audit log as a service tells it. */
export const eventSchema = z.object({
  index: z.int(),
  occurred_at: z.string(),
  action: z.string(),
  title: z.object({ zh: z.string(), en: z.string() }).optional(),
  actor: z.string(),
  on_behalf_of: z.string().optional(),
  subject: z.string(),
  request_id: z.string().optional(),
  key: z.object({ purpose: z.string(), version: z.int() }).optional(),
  detail: z.json(),
});
export type ToldEvent = z.infer<typeof eventSchema>;

export const eventPageSchema = z.object({
  events: z.array(eventSchema),
  /** Where the next page begins; absent on the last. */
  next: z.int().optional(),
});

/** An event and the service in whose log it is. */
export type ServiceEvent = ToldEvent & { readonly service: string };
