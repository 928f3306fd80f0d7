import type { Clock } from "@yinxin/service-kit/clock";

import { addMinutes, idleMinutes } from "../domain/session.ts";
import type { LoginStore, ResultStore, SessionStore } from "./ports.ts";

export interface SweepExpiredDeps {
  readonly sessions: SessionStore;
  readonly logins: LoginStore;
  readonly results: ResultStore;
  readonly clock: Clock;
}

/** Removes sessions that are over, logins that nobody came back from, and files that were not fetched. */
export async function sweepExpired({ sessions, logins, results, clock }: SweepExpiredDeps): Promise<void> {
  const now = clock.now();
  await sessions.removeExpired(now, addMinutes(now, -idleMinutes));
  await logins.removeExpired(now);
  await results.removeExpired(now);
}
