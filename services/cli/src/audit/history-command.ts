import { askServices, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import { onlyWord, renderJson } from "../terminal/index.ts";
import { eventPageSchema } from "./event-wire.ts";
import { renderEvents } from "./render-events.ts";

export const command = officerCommand({
  role: "auditor",
  lines: ["audit history SUBJECT"],
  examples: ["audit history seal_7", "audit history psn_wanglei --json"],
  about: {
    zh: "一条记录的查看历史：谁、何时、通过哪个接口查看了它。查看历史本身也会记入日志。",
    en: "Who looked at a record, when, and by which route. Looking at this is an event too.",
  },
  options: { ...serviceOption },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const subject = onlyWord(positionals, "a subject, like seal_7");
    const answers = await askServices((await session()).services(values.service), async (service) => {
      const path = `/v1/audit/access-history?subject=${encodeURIComponent(subject)}`;
      const { events } = await service.send({ method: "GET", path, reply: eventPageSchema });
      return events.map((event) => ({ ...event, service: service.name }));
    });
    const exitCode = sayFailures(answers, terminal);
    const events = answers.answers
      .flatMap(({ answer }) => answer)
      .sort((one, other) => one.occurred_at.localeCompare(other.occurred_at));
    terminal.print(isJson ? renderJson(events) : renderEvents(events, terminal));
    return exitCode;
  },
});
