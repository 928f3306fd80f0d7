import { exitCodes } from "../exit-codes.ts";
import { findAmongServices, officerCommand } from "../officer/index.ts";
import { onlyWord, renderJson } from "../terminal/index.ts";
import { followPlan, readPlan } from "./follow-plan.ts";
import { renderPlan } from "./render-plan.ts";

export const command = officerCommand({
  lines: ["plans show PLAN [--wait]"],
  examples: ["plans show plan_018f3a52c0de4b1c9a7e55aa", "plans show plan_018f3a52c0de4b1c9a7e55aa --wait"],
  about: {
    zh: "显示一项计划的每一步：何时完成，或不早于何时。",
    en: "Shows each step of a plan: when it was done, or before when it will not be.",
  },
  options: {
    wait: { type: "boolean", help: { zh: "等到计划结束", en: "wait until it ends" } },
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const id = onlyWord(positionals, "a plan (plan_…)");
    const { service, answer } = await findAmongServices((await session()).services(), {
      what: { zh: "计划", en: "plan" },
      name: id,
      code: "plan-not-found",
      absent: ["plan-not-found", "not-found"],
      list: "yinxin plans list",
      find: (each) => readPlan(each, id),
    });
    if (values.wait === true) return await followPlan(service, id, { terminal, isJson, waits: true });
    terminal.print(isJson ? renderJson({ service: service.name, ...answer }) : renderPlan(answer, terminal));
    return exitCodes.done;
  },
});
