import { randomBytes } from "node:crypto";

/** Something to do again and again. One run counts as `operations` (default 1). */
export interface Task {
  readonly name: string;
  readonly run: () => void;
  readonly operations?: number;
}

/** What a number has to be. It is read as a ratio unless it says otherwise, because machines differ and are shared. */
export interface Target {
  readonly of: "ratio" | "value";
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One number beside another of the same run. */
export interface Measurement {
  readonly subject: string;
  readonly operation: string;
  readonly value: number;
  readonly unit: "1/s" | "MB/s" | "ms";
  readonly baseline: string;
  readonly baselineValue: number;
  readonly ratio: number;
  readonly target?: Target;
}

export interface Pace {
  readonly rounds: number;
  /** CPU time of one task in one round. */
  readonly milliseconds: number;
}

export const usualPace: Pace = { rounds: 5, milliseconds: 100 };

/** For much JavaScript, which the machine compiles better and better for a second or two. */
export const scriptPace: Pace = { rounds: 10, milliseconds: 200 };

/**
 * How often each task runs in a second of CPU time: the best of all rounds. Every round runs every task, so that a busy
 * moment of the machine meets subject and baseline alike.
 */
export function ratesOf(tasks: readonly Task[], pace: Pace = usualPace): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  const counts = new Map(tasks.map((task) => [task.name, countFor(task, pace.milliseconds)]));
  for (let round = 0; round < pace.rounds; round += 1) {
    for (const { name, run, operations = 1 } of tasks) {
      const count = counts.get(name) ?? 1;
      const rate = (count * operations) / secondsOf(run, count);
      best.set(name, Math.max(best.get(name) ?? 0, rate));
    }
  }
  return best;
}

/** How many runs fill the time; finding out also warms the task up. */
function countFor({ run }: Task, milliseconds: number): number {
  for (let count = 1; ; count *= 4) {
    const seconds = secondsOf(run, count);
    if (seconds * 1000 >= milliseconds / 4)
      return Math.max(1, Math.ceil((count * milliseconds) / (seconds * 1000)));
  }
}

function secondsOf(run: () => void, count: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < count; i += 1) run();
  const { user, system } = process.cpuUsage(before);
  return Math.max(user + system, 1) / 1e6;
}

/** The rate of a task that was measured. @throws Error if it was not. */
export function rateOf(rates: ReadonlyMap<string, number>, name: string): number {
  const rate = rates.get(name);
  if (rate === undefined) throw new Error(`${name} was not measured`);
  return rate;
}

/** A measurement of rates. */
export function compared(
  what: Pick<Measurement, "subject" | "operation" | "unit">,
  value: number,
  baseline: { readonly name: string; readonly value: number },
  target?: Target,
): Measurement {
  return {
    ...what,
    value,
    baseline: baseline.name,
    baselineValue: baseline.value,
    ratio: value / baseline.value,
    ...(target !== undefined && { target }),
  };
}

export function isMet({ value, ratio, target }: Measurement): boolean {
  if (target === undefined) return true;
  const number = target.of === "ratio" ? ratio : value;
  return number >= (target.atLeast ?? -Infinity) && number <= (target.atMost ?? Infinity);
}

/** Fails a bench whose subject does not do what it is timed for. */
export function mustHold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the bench is wrong: ${what}`);
}

export const randomOf = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
