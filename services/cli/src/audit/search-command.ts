import { askServices, officerCommand, sayFailures, serviceOption } from "../officer/index.ts";
import { readDuration, renderJson, UsageError } from "../terminal/index.ts";
import type { ServiceEvent } from "./event-wire.ts";
import { parseEventQuery } from "./parse-query.ts";
import type { EventQuery } from "./parse-query.ts";
import { readEvents } from "./read-events.ts";
import { renderEvents } from "./render-events.ts";

const limitDefault = 100;
const limitMax = 10_000;

export const command = officerCommand({
  role: "auditor",
  lines: ["audit search QUERY [--limit N] [--around SPAN]"],
  examples: [
    "audit search 'seal:seal_7 actor:li-qiang since:7d'",
    "audit search 'request:req_018f3a52' --around 30s",
  ],
  about: {
    zh: "在各服务的审计日志中查找，新的在前。查询语法：seal: license: document: person: change: plan: subject: actor: action: request:\nkey: since: until: text:，其余的词在内容中查找；全部条件须同时满足。",
    en: "Searches the audit logs of every service, newest first. The query: seal: license: document: person: change: plan: subject: actor:\naction: request: key: since: until: text:, and words that stand in the event; all of it must hold.",
  },
  options: {
    limit: {
      type: "string",
      value: "N",
      help: { zh: "最多多少条（缺省 100）", en: "at most so many (100 if absent)" },
    },
    around: {
      type: "string",
      value: "SPAN",
      help: {
        zh: "再列出这些事件前后这段时间内的全部事件",
        en: "also everything that happened so shortly before and after",
      },
    },
    ...serviceOption,
  },
  run: async ({ values, positionals, terminal, isJson, session }) => {
    const query = parseEventQuery(positionals.join(" "), terminal.now());
    const limit = readLimit(values.limit);
    const around = values.around === undefined ? undefined : readDuration("--around", values.around);
    const services = (await session()).services(values.service);
    const search = (what: EventQuery) =>
      askServices(services, (service) => readEvents(service, what, { limit }));
    const found = await search(query);
    const hits = newestFirst(found.answers.flatMap(({ answer }) => answer));
    const span = around === undefined ? undefined : spanAround(hits, around);
    const all = span === undefined ? found : await search(span);
    const events = newestFirst(all.answers.flatMap(({ answer }) => answer)).slice(0, limit);
    const exitCode = sayFailures(all, terminal);
    if (isJson) terminal.print(renderJson(events));
    else if (events.length > 0) terminal.print(renderEvents(events, terminal));
    if (!isJson)
      terminal.say(
        terminal.language === "zh" ? `${String(events.length)} 条` : `${String(events.length)} event(s)`,
      );
    return exitCode;
  },
});

function readLimit(text: string | undefined): number {
  if (text === undefined) return limitDefault;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= limitMax) return limit;
  throw new UsageError({
    zh: `--limit ${text}：请写 1 到 ${String(limitMax)} 之间的数字。`,
    en: `--limit ${text}: write a number from 1 to ${String(limitMax)}.`,
  });
}

function newestFirst(events: readonly ServiceEvent[]): readonly ServiceEvent[] {
  return events.toSorted(
    (one, other) => other.occurred_at.localeCompare(one.occurred_at) || other.index - one.index,
  );
}

/** From shortly before the first of these events to shortly after the last. */
function spanAround(events: readonly ServiceEvent[], milliseconds: number): EventQuery | undefined {
  const times = events.map(({ occurred_at }) => Date.parse(occurred_at));
  if (times.length === 0) return undefined;
  return {
    since: new Date(Math.min(...times) - milliseconds).toISOString(),
    until: new Date(Math.max(...times) + milliseconds).toISOString(),
  };
}
