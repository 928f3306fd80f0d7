import { askServices, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import { onlyWord, printable, renderJson } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
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
    if (isJson) terminal.print(renderJson(events));
    else if (events.length > 0) terminal.print(renderEvents(events, terminal));
    if (events.length === 0) sayNothingRecorded(subject, terminal);
    return exitCode;
  },
});

/** A mistyped id and a record that nobody looked at are the same to the log. */
function sayNothingRecorded(subject: string, { language, say }: Terminal): void {
  say(
    language === "zh"
      ? `没有查看 ${printable(subject)} 的记录：没有人看过它，或者编号有误。\n编号的样子：lic_…、seal_…、psn_…（须完整）。\n  → yinxin audit search 'subject:${printable(subject)}'`
      : `No look at ${printable(subject)} is recorded: nobody looked, or the id is not right.\nIds look like lic_…, seal_…, psn_…, and are given whole.\n  → yinxin audit search 'subject:${printable(subject)}'`,
  );
}
