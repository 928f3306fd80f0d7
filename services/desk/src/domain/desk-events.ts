import { defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { z } from "zod";

/**
 * What the desk writes into its audit log: only what happens here. Who logged in stands in the sign-on service's, which
 * seal was applied to what in the seal service's; `application_id` leads there.
 */
export const deskEvents = defineAuditCatalogue({
  "session.begun": { title: { zh: "进入工作台", en: "Session begun" }, detail: z.strictObject({}) },
  "session.ended": { title: { zh: "退出工作台", en: "Session ended" }, detail: z.strictObject({}) },
  "document.kept": {
    title: { zh: "暂存已盖章文件", en: "Sealed document kept for download" },
    detail: z.strictObject({ digest: z.string(), kept_until: z.string() }),
  },
});

export type DeskEvents = typeof deskEvents;
