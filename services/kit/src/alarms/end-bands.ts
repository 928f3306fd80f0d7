import type { AlarmSeverity } from "./alarm.ts";

const dayMilliseconds = 86_400_000;

/** Days before an end at which somebody is told again, and how loudly. */
const bands: readonly (readonly [days: number, severity: AlarmSeverity])[] = [
  [1, "critical"],
  [7, "critical"],
  [30, "warning"],
  [90, "notice"],
];

/** How near an end is: a name for the alarm's key, and how loudly to tell; undefined while it is far. */
export function bandOf(
  end: Date,
  now: Date,
): { readonly name: string; readonly severity: AlarmSeverity } | undefined {
  const daysLeft = (end.getTime() - now.getTime()) / dayMilliseconds;
  const band = bands.find(([days]) => daysLeft <= days);
  return band && { name: `${String(band[0])}d`, severity: band[1] };
}
