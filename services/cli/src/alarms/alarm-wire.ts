import { z } from "zod";

const localized = z.object({ zh: z.string(), en: z.string() });

/** An alarm as a service tells it. */
export const alarmSchema = z.object({
  id: z.string(),
  kind: z.string(),
  title: localized,
  severity: z.enum(["notice", "warning", "critical"]),
  subject: z.string(),
  detail: localized,
  raised_at: z.string(),
  cleared_at: z.string().optional(),
});

/** An alarm and the service that raised it. */
export type ServiceAlarm = z.infer<typeof alarmSchema> & { readonly service: string };
