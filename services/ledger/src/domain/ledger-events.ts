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
});
