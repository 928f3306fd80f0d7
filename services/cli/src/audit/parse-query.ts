import { meant, printable, timeOf, UsageError } from "../terminal/index.ts";

/** What `GET /v1/audit/events` is asked, by the names of its parameters. */
export interface EventQuery {
  readonly action?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly request_id?: string;
  readonly key?: string;
  /** RFC 3339 */
  readonly since?: string;
  readonly until?: string;
  readonly text?: string;
}

/** Kinds of records: an identifier names one wherever it is an event's subject. */
const recordKinds = [
  "seal",
  "license",
  "document",
  "person",
  "certificate",
  "change",
  "plan",
  "subject",
] as const;

/** Each word before a colon, and the parameter that it is. */
const parameters: ReadonlyMap<string, keyof EventQuery> = new Map([
  ...recordKinds.map((kind): [string, keyof EventQuery] => [kind, "subject"]),
  ["action", "action"],
  ["actor", "actor"],
  ["request", "request_id"],
  ["key", "key"],
  ["since", "since"],
  ["until", "until"],
  ["text", "text"],
]);

/** Longer is no question that a person types. */
const queryCharactersMax = 1000;

/**
 * A search as people type it: `seal:seal_7 actor:li-qiang since:7d request:req_9 "a phrase" words`. All of it must hold.
 *
 * @throws UsageError for a word before a colon that is none of ours, one given twice, a time that cannot be read.
 */
export function parseEventQuery(typed: string, now: Date): EventQuery {
  if (typed.length > queryCharactersMax)
    throw new UsageError({ zh: "查询过长。", en: "That search is too long." });
  const query: Partial<Record<keyof EventQuery, string>> = {};
  const words: string[] = [];
  for (const { name, value } of termsOf(typed)) {
    if (name === undefined) {
      words.push(value);
      continue;
    }
    const parameter = parameterOf(name);
    if (query[parameter] !== undefined)
      throw new UsageError({
        zh: `${name}：同一条件写了两次。`,
        en: `${name}: the search names ${parameter.replace("_id", "")} twice.`,
      });
    query[parameter] = parameter === "since" || parameter === "until" ? timeText(name, value, now) : value;
  }
  const text = [query.text, ...words].filter((word) => word !== undefined).join(" ");
  return { ...query, ...(text === "" ? {} : { text }) };
}

interface Term {
  /** Before the colon; undefined for a plain word. */
  readonly name: string | undefined;
  readonly value: string;
}

/** `name:value`, `name:"a value"`, `"a phrase"`, `word`. */
const termPattern = /(?:([A-Za-z-]+):)?(?:"([^"]*)"|([^\s"]+))/g;

function termsOf(typed: string): readonly Term[] {
  if ((typed.match(/"/g)?.length ?? 0) % 2 === 1)
    throw new UsageError({ zh: "查询中的引号没有成对。", en: 'A quote (") in the search is not closed.' });
  return Array.from(typed.matchAll(termPattern), ([, name, phrase, word]) => ({
    name,
    value: phrase ?? word ?? "",
  })).filter(({ name, value }) => {
    if (value !== "") return true;
    if (name !== undefined)
      throw new UsageError({ zh: `${name}: 之后缺少内容。`, en: `${name}: what of it?` });
    return false;
  });
}

function parameterOf(name: string): keyof EventQuery {
  const parameter = parameters.get(name);
  if (parameter !== undefined) return parameter;
  const names = [...parameters.keys()];
  const near = meant(name, names);
  const typed = printable(name);
  const hint = near.length > 0 ? ` Did you mean ${near.join(" or ")}?` : ` It knows ${names.join(", ")}.`;
  const zh = near.length > 0 ? `您是否要用：${near.join("、")}？` : `可用：${names.join("、")}。`;
  throw new UsageError({
    zh: `查询中没有条件 ${typed}:。${zh}若要查找这些字本身：text:"…"。`,
    en: `The search knows no ${typed}:.${hint} For the words themselves: text:"…".`,
  });
}

function timeText(name: string, value: string, now: Date): string {
  const time = timeOf(value, now);
  if (time !== undefined) return time.toISOString();
  const typed = `${name}:${printable(value)}`;
  throw new UsageError({
    zh: `${typed}：请写成距今的时长，如 7d，或带时区的时间，如 2026-11-20T08:00:00+08:00。`,
    en: `${typed}: write a span of time back from now, like 7d, or a time with its offset, like 2026-11-20T08:00:00+08:00.`,
  });
}
