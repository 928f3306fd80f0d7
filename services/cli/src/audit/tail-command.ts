import { askServices, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import type { ServiceConnection } from "../officer/index.ts";
import { printable, renderJsonLine, UsageError } from "../terminal/index.ts";
import type { Terminal } from "../terminal/index.ts";
import type { ServiceEvent } from "./event-wire.ts";
import { parseEventQuery } from "./parse-query.ts";
import type { EventQuery } from "./parse-query.ts";
import { readEvents } from "./read-events.ts";
import { eventLine } from "./render-events.ts";

const linesDefault = 10;
const linesMax = 1000;
/** Soon enough for a person who watches. */
const lookMilliseconds = 1000;

export const command = officerCommand({
  role: "auditor",
  lines: ["audit tail [QUERY] [--lines N] [--follow]"],
  examples: ["audit tail --follow", "audit tail 'action:key.moved' --lines 50"],
  about: {
    zh: "审计日志最近的事件，旧的在前；--follow 继续显示新事件，直到 Ctrl-C。",
    en: "The last events of the audit logs, oldest first; --follow goes on with new ones until Ctrl-C.",
  },
  options: {
    lines: { type: "string", value: "N", help: { zh: "多少条（缺省 10）", en: "how many (10 if absent)" } },
    follow: { type: "boolean", help: { zh: "继续显示新事件", en: "go on with what happens" } },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const query = parseEventQuery(positionals.join(" "), terminal.now());
    const lines = readLines(values.lines);
    const services = (await session()).services(values.service);
    // Before the events themselves: what happens after this look is shown by the next one, and nothing falls between.
    const next = values.follow === true ? await endsOf(services) : new Map<ServiceConnection, number>();
    const answers = await askServices(services, async (service) => {
      const end = next.get(service) ?? Infinity;
      return (await readEvents(service, query, { limit: lines })).filter(({ index }) => index < end);
    });
    const exitCode = sayFailures(answers, terminal);
    const events = oldestFirst(answers.answers.flatMap(({ answer }) => answer)).slice(-lines);
    show(events, terminal, isJson);
    if (events.length === 0)
      terminal.say(terminal.language === "zh" ? "没有这样的事件。" : "There is no such event.");
    if (values.follow === true) await follow(next, query, { terminal, isJson });
    return exitCode;
  },
});

/** An event a line: JSON is one object a line here, so that a program can read it as it comes. */
function show(events: readonly ServiceEvent[], terminal: Terminal, isJson: boolean): void {
  for (const event of events) {
    if (isJson) terminal.print(renderJsonLine(event));
    else
      terminal.print(
        `${eventLine(event, terminal.language)
          .map(printable)
          .filter((cell) => cell !== "")
          .join("  ")}\n`,
      );
  }
}

/** Where the log of each service ends that answers. */
async function endsOf(services: readonly ServiceConnection[]): Promise<Map<ServiceConnection, number>> {
  const { answers } = await askServices(services, (service) => readEvents(service, {}, { limit: 1 }));
  return new Map(answers.map(({ service, answer: [last] }) => [service, (last?.index ?? -1) + 1]));
}

/** @param next the first event of each service that was not shown yet */
async function follow(
  next: Map<ServiceConnection, number>,
  query: EventQuery,
  { terminal, isJson }: { readonly terminal: Terminal; readonly isJson: boolean },
): Promise<void> {
  const services = [...next.keys()];
  while (!terminal.unread.aborted) {
    await terminal.pause(lookMilliseconds);
    const { answers } = await askServices(services, (service) =>
      readEvents(service, query, { limit: linesMax, order: "ascending", from: next.get(service) ?? 0 }),
    );
    for (const { service, answer } of answers) {
      const last = answer.at(-1);
      if (last !== undefined) next.set(service, last.index + 1);
    }
    show(oldestFirst(answers.flatMap(({ answer }) => answer)), terminal, isJson);
  }
}

function oldestFirst(events: readonly ServiceEvent[]): readonly ServiceEvent[] {
  return events.toSorted(
    (one, other) => one.occurred_at.localeCompare(other.occurred_at) || one.index - other.index,
  );
}

function readLines(text: string | undefined): number {
  if (text === undefined) return linesDefault;
  const lines = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (lines >= 1 && lines <= linesMax) return lines;
  throw new UsageError({
    zh: `--lines ${text}：请写 1 到 ${String(linesMax)} 之间的数字。`,
    en: `--lines ${text}: write a number from 1 to ${String(linesMax)}.`,
  });
}
