import { defineAuditCatalogue } from "@yinxin/service-kit/audit";
import { z } from "zod";

const imported = z.strictObject({ change: z.enum(["added", "changed"]) });

/** On the word of a key that is registered, or of officers, by a change. */
const byKeyOrChange = z.strictObject({
  key_id: z.string(),
  by_key: z.string().optional(),
  change: z.string().optional(),
});

/** What sso writes into its audit trail. Names that were typed and not found are never written: they may be passwords. */
export const ssoEvents = defineAuditCatalogue({
  "organization.imported": {
    title: { zh: "导入单位", en: "Organization imported" },
    detail: imported,
  },
  "person.imported": { title: { zh: "导入人员", en: "Person imported" }, detail: imported },
  "client.imported": { title: { zh: "导入接入系统", en: "Client imported" }, detail: imported },
  "client.removed": {
    title: { zh: "移除接入系统", en: "Client removed" },
    detail: z.strictObject({}),
  },
  "client-key.registered": {
    title: { zh: "接入系统登记新密钥", en: "Client registered a key" },
    detail: byKeyOrChange,
  },
  "client-key.removed": {
    title: { zh: "接入系统撤销密钥", en: "Client removed a key" },
    detail: byKeyOrChange,
  },
  "login.succeeded": {
    title: { zh: "登录成功", en: "Login succeeded" },
    detail: z.strictObject({ client_id: z.string(), address: z.string(), acr: z.string() }),
  },
  "login.failed": {
    title: { zh: "登录失败", en: "Login failed" },
    detail: z.strictObject({
      client_id: z.string(),
      address: z.string(),
      reason: z.enum(["unknown-user", "wrong-password", "account-blocked", "address-blocked"]),
    }),
  },
  "session.ended": { title: { zh: "退出登录", en: "Session ended" }, detail: z.strictObject({}) },
  "access-token.issued": {
    title: { zh: "签发访问令牌", en: "Access token issued" },
    detail: z.strictObject({
      client_id: z.string(),
      token_id: z.string(),
      scope: z.string(),
      expires_at: z.string(),
    }),
  },
  "id-token.issued": {
    title: { zh: "签发身份令牌", en: "ID token issued" },
    detail: z.strictObject({ client_id: z.string() }),
  },
});

export type SsoEvents = typeof ssoEvents;
