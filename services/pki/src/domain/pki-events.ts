import { defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { z } from "zod";

/** What the audit trail of the certificate authority tells. */
export const pkiEvents = defineAuditCatalogue({
  "authority.created": {
    title: { zh: "建立证书颁发机构", en: "Certificate authority created" },
    detail: z.strictObject({
      algorithm: z.string(),
      root_serial_number: z.string(),
      issuing_serial_number: z.string(),
      root_digest: z.string(),
    }),
  },
  "certificate.issued": {
    title: { zh: "签发证书", en: "Certificate issued" },
    detail: z.strictObject({
      authority_id: z.string(),
      profile: z.string(),
      /** Of the request that was answered. */
      request_digest: z.string(),
      certificate_digest: z.string(),
      not_after: z.string(),
    }),
  },
});
