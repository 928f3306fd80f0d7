import type { Verdict } from "./report.ts";

/** A verdict in words, and what a reader should do next. */
export interface VerdictWords {
  readonly zh: string;
  readonly en: string;
  readonly advice: { readonly zh: string; readonly en: string };
}

/** The same words wherever a verdict is shown; a caller localises by the verdict's code. */
export const verdictWords: Readonly<Record<Verdict, VerdictWords>> = {
  VALID: { zh: "有效", en: "Valid", advice: { zh: "", en: "" } },
  VALID_WITH_WARNINGS: {
    zh: "有效（有提示）",
    en: "Valid, with notes",
    advice: { zh: "请阅读提示。", en: "Read the notes." },
  },
  VALID_THEN_REVOKED: {
    zh: "盖章时有效，现已撤销",
    en: "Valid when sealed, since revoked",
    advice: { zh: "请查看撤销日期和原因。", en: "See when and why it was revoked." },
  },
  INDETERMINATE: {
    zh: "暂不能确定",
    en: "Cannot tell yet",
    advice: { zh: "请补充所缺的材料后再验。", en: "Supply what is missing and verify again." },
  },
  INVALID: {
    zh: "无效",
    en: "Not valid",
    advice: { zh: "请勿采信，并联系出具单位。", en: "Do not rely on it; contact the issuer." },
  },
  UNSIGNED: {
    zh: "没有签章",
    en: "No seal in this file",
    advice: { zh: "印章图片不是电子印章。", en: "A picture of a seal is not a seal." },
  },
};
