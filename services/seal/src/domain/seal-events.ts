import { defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { z } from "zod";

/** What the audit trail of the seal service tells. */
export const sealEvents = defineAuditCatalogue({
  "maker-certificate.enrolled": {
    title: { zh: "取得制章者证书", en: "Seal maker's certificate enrolled" },
    detail: z.strictObject({ certificate_serial_number: z.string(), certificate_digest: z.string() }),
  },
  "owner-certificate.enrolled": {
    title: { zh: "取得印章所有者证书", en: "Seal owner's certificate enrolled" },
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
  "seal.tested": {
    title: { zh: "印章自检（空白页，不留存）", en: "Seal tested on an empty page, which is not kept" },
    detail: z.strictObject({ version: z.int(), digest_after: z.string() }),
  },
  "seal.reissued": {
    title: { zh: "重新制作印章数据", en: "Seal made again" },
    detail: z.strictObject({
      version: z.int(),
      owner_key_version: z.int(),
      maker_key_version: z.int(),
      seal_digest: z.string(),
    }),
  },
  "seal.version-effective": {
    title: { zh: "印章新版本生效", en: "Version of a seal in force" },
    /** `previous_closes_at`: what is sealed with the versions before until then stays good, and nothing is sealed with them after. */
    detail: z.strictObject({ version: z.int(), previous_closes_at: z.string() }),
  },
});
