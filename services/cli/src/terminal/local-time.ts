import type { Language } from "./language.ts";

const minuteMilliseconds = 60_000;
const hourMinutes = 60;
const dayMinutes = 24 * hourMinutes;

/** Up to here minutes are told, then hours: `in 61 min`, `in 3 h`. */
const minutesAtMost = 2 * hourMinutes;
/** Up to here hours are told, then days. */
const hoursAtMostMinutes = 2 * dayMinutes;

/** Minutes east of Greenwich, where and when that is. */
type OffsetOf = (time: Date) => number;

/** Of this machine, at that time: summer time may differ. */
const localOffset: OffsetOf = (time) => -time.getTimezoneOffset();

/** A day where the reader is: `2026-11-22`. What is no time is shown as it is. */
export function localDay(time: string | Date, offsetOf: OffsetOf = localOffset): string {
  return shown(time, offsetOf, (text) => text.slice(0, "2026-11-22".length));
}

/** A time where the reader is, to the minute and with its offset: `2026-11-22 20:08 +08:00`. */
export function localTime(time: string | Date, offsetOf: OffsetOf = localOffset): string {
  return shown(time, offsetOf, (text, offset) => `${text.slice(0, "2026-11-22T20:08".length)} ${offset}`);
}

/** The same to the second, for events that follow one another: `2026-11-22 20:08:31 +08:00`. */
export function localSecond(time: string | Date, offsetOf: OffsetOf = localOffset): string {
  return shown(time, offsetOf, (text, offset) => `${text.slice(0, "2026-11-22T20:08:31".length)} ${offset}`);
}

function shown(
  time: string | Date,
  offsetOf: OffsetOf,
  write: (text: string, offset: string) => string,
): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  const offset = offsetOf(date);
  const text = new Date(date.getTime() + offset * minuteMilliseconds).toISOString();
  return write(text, offsetText(offset)).replace("T", " ");
}

/** RFC 3339 §5.6: `+08:00`. */
function offsetText(offset: number): string {
  const digits = (number: number): string => String(number).padStart(2, "0");
  const minutes = Math.abs(offset);
  return `${offset < 0 ? "-" : "+"}${digits(Math.floor(minutes / hourMinutes))}:${digits(minutes % hourMinutes)}`;
}

/** How long it is until then: `in 61 min`, `in 5 h`, `in 7 days`; `now` for what is over. Minutes are never fewer than it is. */
export function spanUntil(time: string | Date, now: Date, language: Language): string {
  const minutes = Math.ceil((new Date(time).getTime() - now.getTime()) / minuteMilliseconds);
  const isZh = language === "zh";
  if (Number.isNaN(minutes)) return "";
  if (minutes <= 0) return isZh ? "即刻" : "now";
  if (minutes <= minutesAtMost) return isZh ? `${String(minutes)} 分钟后` : `in ${String(minutes)} min`;
  const [count, zh, en] =
    minutes <= hoursAtMostMinutes
      ? [Math.round(minutes / hourMinutes), "小时", "h"]
      : [Math.round(minutes / dayMinutes), "天", "days"];
  return isZh ? `${String(count)} ${zh}后` : `in ${String(count)} ${en}`;
}

/** RFC 3339 §5.6, as services write it in the middle of a sentence. */
const timeInText = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})/g;

/** A sentence of a service, with its times as the reader's. */
export function withLocalTimes(text: string, offsetOf: OffsetOf = localOffset): string {
  return text.replaceAll(timeInText, (time) => localTime(time, offsetOf));
}
