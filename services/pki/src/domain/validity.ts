const dayMilliseconds = 86_400_000;
/** Certificates begin this much in the past, so that a machine whose clock is a little slow can use them at once. */
const backdateMilliseconds = 5 * 60_000;

/** When a certificate issued now begins. */
export function backdated(now: Date): Date {
  return new Date(now.getTime() - backdateMilliseconds);
}

/** The same time of day, so many days later. */
export function daysAfter(time: Date, days: number): Date {
  return new Date(time.getTime() + days * dayMilliseconds);
}

/** The earlier of two times. */
export function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
