import { changeCommand } from "../approvals/index.ts";
import { findAmongServices } from "../officer/index.ts";
import { onlyWord } from "../terminal/index.ts";
import { readPlan } from "./follow-plan.ts";

export const command = changeCommand({
  line: "plans roll-back PLAN",
  examples: [
    "plans roll-back plan_018f3a52c0de4b1c --dry-run",
    'plans roll-back plan_018f3a52c0de4b1c --reason "wrong key"',
  ],
  about: {
    zh: "回退一项还没过回退点的计划；需要两位管理员。",
    en: "Takes back a plan that has not passed its point of no return. It takes two officers.",
  },
  operations: ["plan.roll-back"],
  options: {},
  wanted: async ({ positionals }, session) => {
    const id = onlyWord(positionals, "a plan (plan_…)");
    const { service } = await findAmongServices(session.services(), {
      what: { zh: "计划", en: "plan" },
      name: id,
      code: "plan-not-found",
      absent: ["plan-not-found"],
      list: "yinxin plans list",
      find: (each) => readPlan(each, id),
    });
    return { service, operation: "plan.roll-back", target: id, parameters: {} };
  },
});
