/** China keeps one time zone and no summer time, so the offset is a constant and not a setting of the machine. */
const chinaOffsetMinutes = 8 * 60;

/** A time as people read it on our pages: `2026-11-21 10:02 (UTC+8)`, whatever the offset it was written with. */
export function formatTime(at: Date): string {
  return `${chinaTime(at).slice(0, 16).replace("T", " ")} (UTC+8)`;
}

/** The same with seconds, for details and evidence. */
export function formatExactTime(at: Date): string {
  return `${chinaTime(at).slice(0, 19).replace("T", " ")} (UTC+8)`;
}

/** The calendar day in China: `2026-11-21`. */
export function formatDate(at: Date): string {
  return chinaTime(at).slice(0, 10);
}

function chinaTime(at: Date): string {
  return new Date(at.getTime() + chinaOffsetMinutes * 60_000).toISOString();
}
