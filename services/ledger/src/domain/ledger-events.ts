import { defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { z } from "zod";

/** What the audit trail of the ledger tells. Holders are named by the license's id only. */
export const ledgerEvents = defineAuditCatalogue({
  "license.issued": {
    title: { zh: "颁发电子证照", en: "License issued" },
    detail: z.strictObject({
      leaf_index: z.int(),
      seal_id: z.string(),
      fields_root: z.string(),
      document_digest: z.string(),
    }),
  },
  "license.read": {
    title: { zh: "查阅电子证照", en: "License read" },
    detail: z.strictObject({ part: z.enum(["metadata", "document"]) }),
  },
  "checkpoint.signed": {
    title: { zh: "签署底账检查点", en: "Checkpoint signed" },
    detail: z.strictObject({ size: z.int(), root: z.string() }),
  },
  "log-key.announced": {
    title: { zh: "在底账中宣布后继密钥", en: "Successor of the log's key announced in the log" },
    detail: z.strictObject({ leaf_index: z.int(), from_key: z.string(), to_key: z.string() }),
  },
  "checkpoint.cosigned": {
    title: { zh: "新密钥同签检查点", en: "Checkpoint signed by the next key too" },
    detail: z.strictObject({ size: z.int() }),
  },
});
