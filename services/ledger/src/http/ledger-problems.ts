import type { ProblemTable } from "@yinxin/service-kit/problems";

import type { LedgerRefusalCode } from "../domain/ledger-refusal.ts";

/** How each refusal of the ledger is answered. */
export const ledgerProblems = {
  "license-not-found": {
    status: 404,
    title: { zh: "没有这个证照", en: "No such license" },
    hint: { zh: "核对证照 id（lic_ 开头）。", en: "Check the license's id; it begins with lic_." },
  },
  "license-number-taken": {
    status: 409,
    title: { zh: "证照编号已被使用", en: "The license number is taken" },
    hint: {
      zh: "同一类型、同一机构下编号不能重复；若是重试，请查询已有的证照。",
      en: "A number is used once for a type and an authority; if this was a retry, read the license that is there.",
    },
  },
  "seal-not-of-organization": {
    status: 403,
    title: { zh: "印章不属于本单位", en: "The seal belongs to another organization" },
    hint: { zh: "使用本单位的印章。", en: "Use a seal of your own organization." },
  },
  "seal-not-of-issuing-authority": {
    status: 422,
    title: { zh: "印章不属于颁发机构", en: "The seal is not that of the issuing authority" },
    hint: {
      zh: "颁发机构的名称和代码须与印章所有者证书一致。",
      en: "Name and code of the issuing authority must be those in the seal owner's certificate.",
    },
  },
  "document-not-sealed": {
    status: 502,
    title: { zh: "送回的文件没有印章", en: "The document came back without a seal" },
    hint: { zh: "检查印章服务后重试。", en: "Look at the seal service, then try again." },
  },
  "document-not-valid": {
    status: 502,
    title: { zh: "盖章后的文件验证未通过", en: "The sealed document does not verify" },
    hint: {
      zh: "检查本服务的信任列表是否包含印章证书的根。",
      en: "Check that this service's trust list has the root of the seal's certificates.",
    },
  },
  "document-not-of-license": {
    status: 502,
    title: { zh: "盖章后的文件不是该证照", en: "The sealed document is another document" },
    hint: { zh: "检查印章服务后重试。", en: "Look at the seal service, then try again." },
  },
  "glyph-missing": {
    status: 422,
    title: { zh: "证照字体缺字", en: "The license font lacks a character" },
    hint: {
      zh: "请管理员在 LEDGER_FONT_FILE 中配置含有该字的字体。",
      en: "Ask the operator to name a font that has the character in LEDGER_FONT_FILE.",
    },
  },
  "seal-not-found": {
    status: 422,
    title: { zh: "没有这枚印章", en: "No such seal" },
    hint: { zh: "核对印章 id（seal_ 开头）。", en: "Check the seal's id; it begins with seal_." },
  },
  "seal-not-active": {
    status: 409,
    title: { zh: "印章当前不能使用", en: "The seal cannot be used now" },
    hint: { zh: "使用状态为有效的印章。", en: "Use a seal that is active." },
  },
} as const satisfies ProblemTable<LedgerRefusalCode>;
