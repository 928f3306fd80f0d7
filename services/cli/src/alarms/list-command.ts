import { z } from "zod";

import { exitCodes } from "../exit-codes.ts";
import { askServices, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import { noWords, renderJson } from "../terminal/index.ts";
import { alarmSchema } from "./alarm-wire.ts";
import type { ServiceAlarm } from "./alarm-wire.ts";
import { renderAlarms } from "./render-alarms.ts";

const severities = ["critical", "warning", "notice"] as const;

export const command = officerCommand({
  lines: ["alarms list [--all] [--service NAME]"],
  examples: ["alarms list", "alarms list --all --json"],
  about: {
    zh: "列出各服务的告警，最紧急的在前；缺省只列未解除的。",
    en: "Lists the alarms of every service, the most urgent first; those that are still on, unless told otherwise.",
  },
  options: {
    all: { type: "boolean", help: { zh: "也列已解除的", en: "also those that are over" } },
    "exit-code": {
      type: "boolean",
      help: { zh: "有未解除的告警时以 10 退出", en: "end with 10 if an alarm is on" },
    },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    noWords(positionals);
    const reply = z.object({ alarms: z.array(alarmSchema) });
    const path = `/v1/alarms?state=${values.all === true ? "all" : "open"}`;
    const asked = await askServices((await session()).services(values.service), (service) =>
      service.send({ method: "GET", path, reply }),
    );
    const exitCode = sayFailures(asked, terminal);
    const alarms = asked.answers
      .flatMap(({ service, answer }) => answer.alarms.map((alarm) => ({ ...alarm, service: service.name })))
      .sort(byUrgency);
    terminal.print(isJson ? renderJson(alarms) : renderAlarms(alarms, terminal));
    const open = alarms.filter(({ cleared_at }) => cleared_at === undefined).length;
    if (!isJson) terminal.say(terminal.language === "zh" ? `${String(open)} 条未解除` : `${String(open)} on`);
    return exitCode === exitCodes.done && values["exit-code"] === true && open > 0 ? exitCodes.due : exitCode;
  },
});

function byUrgency(one: ServiceAlarm, other: ServiceAlarm): number {
  const isOver = ({ cleared_at }: ServiceAlarm): number => (cleared_at === undefined ? 0 : 1);
  return (
    isOver(one) - isOver(other) ||
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    other.raised_at.localeCompare(one.raised_at)
  );
}
