import { askServices, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import { localTime, noWords, printTable, renderJson } from "../terminal/index.ts";
import type { Cell } from "../terminal/index.ts";
import { planListSchema } from "./plan-wire.ts";
import { planStateCell } from "./render-plan.ts";

const headings = {
  zh: ["编号", "服务", "对象", "内容", "步骤", "下一步", "状态"],
  en: ["PLAN", "SERVICE", "TARGET", "WHAT", "STEPS", "NEXT", "STATE"],
} as const;

const none = { zh: "没有计划。", en: "There are no plans." } as const;

export const command = officerCommand({
  lines: ["plans list [--purpose PURPOSE]"],
  examples: ["plans list", "plans list --purpose sso.token --json"],
  about: {
    zh: "列出轮换、泄露处置等计划及其进度。",
    en: "Lists plans (rotations, compromises) and how far they are.",
  },
  options: {
    purpose: {
      type: "string",
      value: "PURPOSE",
      help: { zh: "只列这个用途的计划", en: "only plans on this key" },
    },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const query = values.purpose === undefined ? "" : `?purpose=${encodeURIComponent(values.purpose)}`;
    const answers = await askServices((await session()).services(values.service), (service) =>
      service.send({ method: "GET", path: `/v1/plans${query}`, reply: planListSchema }),
    );
    const exitCode = sayFailures(answers, terminal);
    const plans = answers.answers.flatMap(({ service, answer }) =>
      answer.plans.map((plan) => ({ service: service.name, ...plan })),
    );
    const { language } = terminal;
    const rows = plans.map((plan): Cell[] => [
      plan.id,
      plan.service,
      plan.purpose,
      plan.title[language],
      `${String(plan.steps.filter(({ state }) => state === "done").length)}/${String(plan.steps.length)}`,
      plan.next_at === undefined ? "" : localTime(plan.next_at),
      planStateCell(plan.state, language),
    ]);
    if (isJson) terminal.print(renderJson(plans));
    else printTable(terminal, { heading: headings[language], rows, none });
    return exitCode;
  },
});
