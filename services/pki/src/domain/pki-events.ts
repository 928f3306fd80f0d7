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
  "authority-certificate.issued": {
    title: { zh: "为颁发机构自身签发证书", en: "Certificate of an authority's own key issued" },
    detail: z.strictObject({
      authority_id: z.string(),
      profile: z.enum(["root-ca", "issuing-ca", "cross-ca"]),
      /** Of the key that it is about. */
      key_id: z.string(),
      certificate_digest: z.string(),
      not_after: z.string(),
    }),
  },
  "certificate.revoked": {
    title: { zh: "吊销证书", en: "Certificate revoked" },
    detail: z.strictObject({
      authority_id: z.string(),
      reason: z.string(),
      invalid_from: z.string().optional(),
    }),
  },
  "certificate-list.issued": {
    title: { zh: "签发证书吊销列表", en: "Certificate revocation list issued" },
    detail: z.strictObject({
      number: z.int(),
      revoked: z.int(),
      next_update: z.string(),
      list_digest: z.string(),
    }),
  },
});
