import type { ProblemTable } from "../problems/index.ts";

/** What only the parts put together here refuse. */
export const governanceProblems = {
  "audit-log-continues": {
    status: 409,
    title: { zh: "审计日志不需要新纪元", en: "The audit log needs no new epoch" },
    hint: {
      zh: "用 yinxin audit verify 查看日志的状态。",
      en: "See how the log stands with yinxin audit verify.",
    },
  },
  "log-key-not-replaceable": {
    status: 409,
    title: { zh: "日志密钥不能这样更换", en: "The log key cannot be replaced so" },
    hint: {
      zh: "先处置泄露（yinxin keys compromise），再用 yinxin audit replace-key 更换。",
      en: "Deal with the compromise first (yinxin keys compromise), then use yinxin audit replace-key.",
    },
  },
} as const satisfies ProblemTable;
