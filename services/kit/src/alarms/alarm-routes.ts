import { z } from "zod";

import { defineRoute } from "../routes/index.ts";
import type { Route } from "../routes/index.ts";
import { alarmKinds, alarmSeverities } from "./alarm.ts";
import type { AlarmKind } from "./alarm.ts";
import type { Alarms } from "./create-alarms.ts";
import { alarmText } from "./webhook-channel.ts";

const localized = z.strictObject({ zh: z.string(), en: z.string() });

const alarmSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(Object.keys(alarmKinds) as [AlarmKind, ...AlarmKind[]]),
  title: localized,
  severity: z.enum(alarmSeverities),
  subject: z.string(),
  detail: localized,
  raised_at: z.string(),
  cleared_at: z.string().optional(),
});

/** More than a person reads at once. */
const listedMax = 500;

/** What officers and auditors may ask of a service's alarms. */
export function alarmRoutes({ alarms }: { readonly alarms: Alarms }): Route[] {
  return [
    defineRoute({
      method: "get",
      path: "/v1/alarms",
      summary: "List alarms, open ones first",
      permission: "alarm:read",
      query: z.strictObject({ state: z.enum(["open", "all"]).default("open") }),
      reply: { status: 200, schema: z.strictObject({ alarms: z.array(alarmSchema) }) },
      handle: async ({ query }) => ({
        alarms: (await alarms.list({ isOpen: query.state === "open", limit: listedMax })).map(alarmText),
      }),
    }),
    defineRoute({
      method: "post",
      path: "/v1/alarm-tests",
      summary: "Raise an alarm that only shows that alarms arrive",
      permission: "change:execute",
      reply: { status: 200, schema: alarmSchema },
      handle: async () => alarmText(await alarms.test()),
    }),
  ];
}
