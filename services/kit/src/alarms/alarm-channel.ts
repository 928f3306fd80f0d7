import type { Alarm } from "./alarm.ts";

/** Something that takes alarms out of the service. */
export interface AlarmChannel {
  /** Kebab-case; part of the record of what was delivered. */
  readonly name: string;
  /** Which of these it takes now; the rest waits for a later call. */
  accepts(alarm: Alarm, at: Date): boolean;
  /** Delivers them together. @throws if they did not arrive for certain: they are delivered again. */
  deliver(alarms: readonly Alarm[], at: Date): Promise<void>;
}
