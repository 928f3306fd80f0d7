import type { ProblemTable } from "../problems/index.ts";

/** Why a plan is refused, or why a step of it is not taken yet. */
export type RotationRefusalCode =
  | "plan-not-found"
  | "plan-unknown"
  | "plan-under-way"
  | "plan-not-applicable"
  | "plan-past-roll-back"
  | "plan-step-not-ready"
  | "plan-document-not-found";

/** The problems of plans; every service's table takes them in. */
export const rotationProblems = {
  "plan-not-found": {
    status: 404,
    title: { zh: "没有这个计划", en: "There is no such plan" },
    hint: { zh: "用 GET /v1/plans 查看所有计划。", en: "GET /v1/plans lists every plan." },
  },
  "plan-unknown": {
    status: 422,
    title: { zh: "没有这种计划", en: "There is no plan of this name" },
    hint: {
      zh: "在启动配置 PLAN_FILES 中给出该计划的定义。",
      en: "Give the plan's definition to the service in PLAN_FILES.",
    },
  },
  "plan-under-way": {
    status: 409,
    title: { zh: "该密钥环已有计划在执行", en: "A plan is under way for this ring" },
    hint: {
      zh: "等它完成，或先回退它。",
      en: "Wait for it to end, or roll it back first.",
    },
  },
  "plan-not-applicable": {
    status: 409,
    title: { zh: "计划不适用于密钥的当前状态", en: "The plan does not fit the state of the key" },
    hint: { zh: "查看该密钥环的版本和状态。", en: "Look at the ring's versions and their states." },
  },
  "plan-past-roll-back": {
    status: 409,
    title: { zh: "计划已过回退点", en: "The plan is past the point where it can be rolled back" },
    hint: {
      zh: "让计划执行完；需要时再轮换一次。",
      en: "Let the plan end, and rotate once more if it is needed.",
    },
  },
  "plan-step-not-ready": {
    status: 409,
    title: { zh: "计划的步骤尚不能执行", en: "A step of the plan cannot be taken yet" },
    hint: {
      zh: "系统会自动重试；原因见计划。",
      en: "It is tried again by itself; the plan says why it waits.",
    },
  },
  "plan-document-not-found": {
    status: 404,
    title: { zh: "计划没有这份文件", en: "The plan has no such document" },
    hint: { zh: "GET /v1/plans/{id} 列出它的文件。", en: "GET /v1/plans/{id} lists its documents." },
  },
} as const satisfies ProblemTable<RotationRefusalCode>;
