import type { JsonValue } from "../audit/index.ts";
import type { KeyRing } from "../key-rings/index.ts";
import type { Localized } from "../problems/index.ts";
import type { PlanDefinition, PlanStepDefinition } from "./plan-definition.ts";

/** What the time of a step depends on: of a plan that runs, or of one that is only imagined. */
export interface PlanTimes {
  readonly definition: PlanDefinition;
  readonly ring: Pick<KeyRing, "propagationSeconds" | "overlapSeconds">;
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly startedAt: Date;
  /** When an earlier step ended. */
  doneAt(step: string): Date | undefined;
  /** Since when the public key that is to sign has been shown. */
  readonly nextPublishedAt?: Date | undefined;
  /** Since when the version that leaves no longer signs. */
  readonly oldRetiringAt?: Date | undefined;
}

export interface EarliestTime {
  readonly at: Date;
  /** Absent where the step waits for nothing but the one before. */
  readonly because?: Localized;
}

/**
 * The earliest moment of a step: after the step before it, after what its definition waits for, and, whatever the definition says,
 * no key signs before the longest cache knows it and none leaves before what it signed has ended.
 */
export function earliestTime(times: PlanTimes, position: number): EarliestTime {
  const step = times.definition.steps[position];
  const before = times.definition.steps[position - 1];
  const start = (before && times.doneAt(before.name)) ?? times.startedAt;
  if (step === undefined) return { at: start };
  let latest: EarliestTime = { at: start };
  for (const bound of [waitOf(times, step, start), floorOf(times, step)]) {
    if (bound !== undefined && bound.at > latest.at) latest = bound;
  }
  return latest;
}

function waitOf(times: PlanTimes, { after }: PlanStepDefinition, start: Date): EarliestTime | undefined {
  if (after === undefined) return undefined;
  const from = startOfWait(times, after, start);
  const seconds = secondsOf(times, after.seconds);
  return { at: later(from, seconds), because: becauseOf(after.seconds, seconds) };
}

/** What was shown already, as a stand-by key is, has been in the caches since then. */
function startOfWait(
  times: PlanTimes,
  { step, seconds }: NonNullable<PlanStepDefinition["after"]>,
  start: Date,
): Date {
  if (seconds === "propagation" && times.nextPublishedAt !== undefined) return times.nextPublishedAt;
  return step === undefined ? start : (times.doneAt(step) ?? start);
}

/**
 * A wait in seconds.
 *
 * @throws RangeError where the ring keeps what it signed for ever, so the wait never ends, or the request names no time.
 */
export function secondsOf(
  { ring, parameters }: Pick<PlanTimes, "ring" | "parameters">,
  wait: number | "propagation" | "overlap" | "requested",
): number {
  if (typeof wait === "number") return wait;
  if (wait === "propagation") return ring.propagationSeconds;
  const seconds = wait === "overlap" ? ring.overlapSeconds : parameters["after_seconds"];
  if (typeof seconds !== "number") throw new RangeError(`the wait "${wait}" has no end`);
  return seconds;
}

function floorOf(times: PlanTimes, { do: action }: PlanStepDefinition): EarliestTime | undefined {
  const { ring, nextPublishedAt, oldRetiringAt } = times;
  if ((action === "retire" || action === "activate") && nextPublishedAt !== undefined) {
    const seconds = ring.propagationSeconds;
    return { at: later(nextPublishedAt, seconds), because: becauseOf("propagation", seconds) };
  }
  if (action === "deactivate" && oldRetiringAt !== undefined && ring.overlapSeconds !== undefined) {
    return {
      at: later(oldRetiringAt, ring.overlapSeconds),
      because: becauseOf("overlap", ring.overlapSeconds),
    };
  }
  return undefined;
}

function becauseOf(wait: number | "propagation" | "overlap" | "requested", seconds: number): Localized {
  const [zh, en] = [durationZh(seconds), durationEn(seconds)];
  switch (wait) {
    case "propagation":
      return { zh: `最长的缓存要 ${zh} 才更新`, en: `the longest cache takes ${en} to be new` };
    case "overlap":
      return { zh: `旧密钥签发的内容最长还有效 ${zh}`, en: `what the old key signed lives for up to ${en}` };
    case "requested":
      return { zh: `申请的等待期为 ${zh}`, en: `the request asks for ${en} of waiting` };
    default:
      return { zh: `计划等待 ${zh}`, en: `the plan waits ${en}` };
  }
}

const units = [
  { seconds: 86_400, zh: "天", one: "day", many: "days" },
  { seconds: 3600, zh: "小时", one: "hour", many: "hours" },
  { seconds: 60, zh: "分钟", one: "minute", many: "minutes" },
  { seconds: 1, zh: "秒", one: "second", many: "seconds" },
] as const;

function unitOf(seconds: number): (typeof units)[number] {
  return units.find((unit) => seconds >= unit.seconds && seconds % unit.seconds === 0) ?? units[3];
}

function durationZh(seconds: number): string {
  const unit = unitOf(seconds);
  return `${String(seconds / unit.seconds)} ${unit.zh}`;
}

function durationEn(seconds: number): string {
  const unit = unitOf(seconds);
  const count = seconds / unit.seconds;
  return `${String(count)} ${count === 1 ? unit.one : unit.many}`;
}

function later(from: Date, seconds: number): Date {
  return new Date(from.getTime() + seconds * 1000);
}
