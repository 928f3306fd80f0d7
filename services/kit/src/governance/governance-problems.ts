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
} as const satisfies ProblemTable;
