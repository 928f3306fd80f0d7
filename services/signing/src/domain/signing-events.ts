import { defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { z } from "zod";

/** What the audit trail of the signing service tells. */
export const signingEvents = defineAuditCatalogue({
  "purpose.created": {
    title: { zh: "建立签名用途", en: "Purpose created" },
    detail: z.strictObject({ algorithm: z.string(), certificate_serial_number: z.string() }),
  },
  "purpose.certified": {
    title: { zh: "签名用途的新密钥取得证书", en: "Next key of a purpose certified" },
    detail: z.strictObject({ key_version: z.int().min(1), certificate_serial_number: z.string() }),
  },
  "message.signed": {
    title: { zh: "签名", en: "Message signed" },
    detail: z.strictObject({ purpose: z.string(), message_digest: z.string() }),
  },
});
