import type { Language } from "./language.ts";
import { UsageError } from "./usage-error.ts";

const millisecondsOf = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Longer than any key lives; keeps dates within what a Date holds. */
const mostMilliseconds = 100 * 366 * millisecondsOf.d;

/** A span of time like `30d`, `12h`, `45m`, `90s`, `2w`, in milliseconds; undefined if it is none. */
export function durationOf(text: string): number | undefined {
  const parts = /^(\d{1,9})([smhdw])$/.exec(text);
  if (parts === null) return undefined;
  const [, count = "", unit = "s"] = parts;
  const milliseconds = Number(count) * millisecondsOf[unit as keyof typeof millisecondsOf];
  return milliseconds > mostMilliseconds ? undefined : milliseconds;
}

/** @throws UsageError, naming the option. */
export function readDuration(option: string, text: string): number {
  const milliseconds = durationOf(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new UsageError({
    zh: `${option} ${text}：请写成时长，如 30d、12h、45m、90s。`,
    en: `${option} ${text}: write a span of time like 30d, 12h, 45m or 90s.`,
  });
}

/** RFC 3339 §5.6; without an offset a time means something else on every machine. */
const dateTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i;

/** A time with its offset, or a span back from now; undefined if it is neither. */
export function timeOf(text: string, now: Date): Date | undefined {
  const back = durationOf(text);
  if (back !== undefined) return new Date(now.getTime() - back);
  if (!dateTime.test(text)) return undefined;
  const time = new Date(text.replace(" ", "T"));
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** @throws UsageError, naming the option. */
export function readTime(option: string, text: string, now: Date): Date {
  const time = timeOf(text, now);
  if (time !== undefined) return time;
  throw new UsageError({
    zh: `${option} ${text}：请写成带时区的时间，如 2026-11-20T08:00:00+08:00，或距今的时长，如 7d。`,
    en: `${option} ${text}: write a time with its offset, like 2026-11-20T08:00:00+08:00, or a span back from now, like 7d.`,
  });
}

/** A span of whole seconds, in the largest unit that divides it. */
export function spanInWords(seconds: number, language: Language): string {
  const units = [
    [86_400, "天", "d"],
    [3600, "小时", "h"],
    [60, "分钟", "min"],
  ] as const;
  const [size, zh, en] = units.find(([each]) => seconds % each === 0) ?? [1, "秒", "s"];
  return `${String(seconds / size)} ${language === "zh" ? zh : en}`;
}
