import type { Clock } from "@yinxin/service-kit/clock";

import { isAlive } from "../domain/session.ts";
import type { Session } from "../domain/session.ts";
import type { SessionStore } from "./ports.ts";
import { digestOfSecret } from "./secrets.ts";

/** Writing the time of every visit would be a write for every picture; a minute is exact enough. */
const touchEverySeconds = 60;

/** The living session of a browser, if it has one; notes that somebody was here. */
export async function findSession(
  deps: { readonly sessions: SessionStore; readonly clock: Clock },
  sessionSecret: string | undefined,
): Promise<Session | undefined> {
  if (sessionSecret === undefined) return undefined;
  const now = deps.clock.now();
  const session = await deps.sessions.find(digestOfSecret(sessionSecret));
  if (session === undefined || !isAlive(session, now)) return undefined;
  if (now.getTime() - session.lastSeenAt.getTime() >= touchEverySeconds * 1000) {
    await deps.sessions.touch(session.idDigest, now);
  }
  return session;
}
