import { defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { z } from "zod";

/** What the audit trail of the seal service tells. */
export const sealEvents = defineAuditCatalogue({
  "maker-certificate.enrolled": {
    title: { zh: "取得制章者证书", en: "Seal maker's certificate enrolled" },
    detail: z.strictObject({ certificate_serial_number: z.string(), certificate_digest: z.string() }),
  },
  "seal.made": {
    title: { zh: "制作印章", en: "Seal made" },
    detail: z.strictObject({
      code: z.string(),
      type: z.number(),
      organization_id: z.string(),
      certificate_serial_number: z.string(),
      seal_digest: z.string(),
    }),
  },
  "seal.applied": {
    title: { zh: "加盖印章", en: "Seal applied to a document" },
    detail: z.strictObject({
      application_id: z.string(),
      format: z.string(),
      digest_before: z.string(),
      digest_after: z.string(),
      page: z.number(),
      reason: z.string().optional(),
    }),
  },
});
