import { enrolmentProblems } from "@yinxin/service-kit/enrolment";
import type { ProblemTable } from "@yinxin/service-kit/problems";

import type { SealRefusalCode } from "../domain/seal-refusal.ts";

/** How the refusals of the seal service are answered. */
export const sealProblems = {
  ...enrolmentProblems,
  "seal-not-found": {
    status: 404,
    title: { zh: "没有这枚印章", en: "No such seal" },
    hint: { zh: "用 GET /v1/seals 查看可用的印章。", en: "GET /v1/seals lists the seals you may use." },
  },
  "seal-exists": {
    status: 409,
    title: { zh: "该单位已有此类印章", en: "The organization has such a seal already" },
    hint: {
      zh: "法定名称章每个单位只有一枚；先撤销旧章再制作新章。",
      en: "An organization has one seal of its legal name; revoke the old one first.",
    },
  },
  "seal-not-active": {
    status: 409,
    title: { zh: "印章当前不可用", en: "The seal cannot be applied now" },
    hint: {
      zh: "印章已停用、撤销或过期；请联系印章管理人员。",
      en: "It is suspended, revoked or expired; ask who manages your organization's seals.",
    },
  },
  "seal-not-permitted": {
    status: 403,
    title: { zh: "印章属于其他单位", en: "The seal belongs to another organization" },
    hint: {
      zh: "谁所有、谁控制：只能使用本单位的印章。",
      en: "A seal is controlled by its owner: use one of your own organization's.",
    },
  },
  "seal-numbers-used-up": {
    status: 409,
    title: { zh: "该行政区划的印章编码已用完", en: "The division has no seal codes left" },
    hint: { zh: "请更换 division_code。", en: "Use another division_code." },
  },
  "glyph-missing": {
    status: 422,
    title: { zh: "印章字体缺少所需的字", en: "The seal font lacks a character" },
    hint: {
      zh: "请管理员配置含有 detail 中该字的字体（SEAL_FONT_FILE）。",
      en: "Ask the operator for a font with the character in detail (SEAL_FONT_FILE).",
    },
  },
  "document-not-supported": {
    status: 415,
    title: { zh: "不支持的文件格式", en: "This kind of file takes no seal" },
    hint: { zh: "请上传 PDF 或 OFD 文件。", en: "Send a PDF or an OFD file." },
  },
  "document-malformed": {
    status: 422,
    title: { zh: "文件已损坏或不规范", en: "The file is damaged or malformed" },
    hint: {
      zh: "请用原软件重新导出文件后再盖章；detail 说明了问题所在。",
      en: "Export the file again and seal that; detail says what is wrong.",
    },
  },
  "document-encrypted": {
    status: 422,
    title: { zh: "文件已加密", en: "The file is encrypted" },
    hint: { zh: "请先取消文件的密码保护。", en: "Take the password off the file first." },
  },
  "document-tampered": {
    status: 409,
    title: { zh: "文件上已有的签章已失效", en: "A signature that the file has is broken" },
    hint: {
      zh: "文件在上次签章后被改动过；请取得未被改动的文件。",
      en: "The file was changed after it was signed; get the unchanged one.",
    },
  },
  "page-not-found": {
    status: 422,
    title: { zh: "没有这一页", en: "The document has no such page" },
    hint: { zh: "页码从 1 开始。", en: "Pages are counted from 1." },
  },
  "placement-outside-page": {
    status: 422,
    title: { zh: "盖章位置超出页面", en: "The seal would not lie on the page" },
    hint: {
      zh: "x_mm、y_mm 是印章左上角到页面左上角的距离，整枚印章须在页面之内。",
      en: "x_mm and y_mm are from the page's top left corner to the seal's; the whole seal must lie on the page.",
    },
  },
  "signing-closed": {
    status: 409,
    title: { zh: "文件不允许再盖章", en: "The document is closed to further seals" },
    hint: {
      zh: "文件中已有的签章或权限设置声明不得再添加签章。",
      en: "A signature or permission in the document says that nothing may be added.",
    },
  },
} as const satisfies ProblemTable<SealRefusalCode>;
