import type { Clock } from "@yinxin/service-kit/clock";

import { forgottenAfterSeconds, longestDelaySeconds } from "../domain/attempts.ts";

export interface SweepExpiredDeps {
  readonly attempts: { removeOlderThan(lastAt: Date): Promise<void> };
  readonly records: { removeExpired(before: Date): Promise<void> };
  readonly clock: Clock;
}

/** The library accepts clocks that differ a little; a record is kept until nobody can mean it any more. */
const graceSeconds = 60;

/** Removes what no longer decides anything: expired sessions and codes, forgotten attempts. */
export async function sweepExpired({ attempts, records, clock }: SweepExpiredDeps): Promise<void> {
  const now = clock.now().getTime();
  await records.removeExpired(new Date(now - graceSeconds * 1000));
  await attempts.removeOlderThan(new Date(now - (forgottenAfterSeconds + longestDelaySeconds) * 1000));
}
