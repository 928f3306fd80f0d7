import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";

import { addMinutes, loginMinutes, returnPathOf } from "../domain/session.ts";
import type { Session } from "../domain/session.ts";
import type { LoginStore, ResultStore, SessionStore, SignOn } from "./ports.ts";
import { digestOfSecret, newSecret } from "./secrets.ts";

export interface LogInDeps {
  readonly signOn: SignOn;
  readonly logins: LoginStore;
  readonly sessions: SessionStore;
  readonly results: ResultStore;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Begins a login. @returns where to send the browser, and the secret to give it in a cookie until it comes back. */
export async function startLogin(
  deps: LogInDeps,
  askedReturnPath: unknown,
): Promise<{ readonly address: string; readonly loginSecret: string }> {
  const { address, ...toRemember } = await deps.signOn.start();
  const loginSecret = newSecret(deps.randomBytes);
  await deps.logins.add({
    idDigest: digestOfSecret(loginSecret),
    ...toRemember,
    returnPath: returnPathOf(askedReturnPath),
    expiresAt: addMinutes(deps.clock.now(), loginMinutes),
  });
  return { address, loginSecret };
}

/**
 * Ends a login in a session of its own: whatever session the browser had before is removed, so that nobody can have
 * planted it.
 *
 * @throws Refusal `login-not-finished` for an answer that this browser did not ask for, asked for too long ago, or has
 *   used already; or if sso did not log anybody in.
 */
export async function finishLogin(
  deps: LogInDeps,
  request: {
    readonly loginSecret: string | undefined;
    readonly oldSessionSecret: string | undefined;
    readonly query: string;
  },
): Promise<{ readonly sessionSecret: string; readonly returnPath: string }> {
  const now = deps.clock.now();
  const login =
    request.loginSecret === undefined
      ? undefined
      : await deps.logins.take(digestOfSecret(request.loginSecret));
  if (login === undefined || login.expiresAt <= now) {
    throw refuse("login-not-finished", "This browser has no login on its way, or it took too long.");
  }
  const { expiresAt, ...signedOn } = await deps.signOn.finish(request.query, login);
  const sessionSecret = newSecret(deps.randomBytes);
  const session = {
    idDigest: digestOfSecret(sessionSecret),
    formToken: newSecret(deps.randomBytes),
    ...signedOn,
    lastSeenAt: now,
    tokenExpiresAt: expiresAt,
  };
  await keepResults(deps, request.oldSessionSecret, session);
  await endSession(deps, request.oldSessionSecret);
  await deps.sessions.add(session);
  return { sessionSecret, returnPath: login.returnPath };
}

/** A session that was renewed on the way is the same person's: files that wait for them still do. */
async function keepResults(
  deps: Pick<LogInDeps, "sessions" | "results">,
  oldSecret: string | undefined,
  next: Session,
): Promise<void> {
  const old = oldSecret === undefined ? undefined : await deps.sessions.find(digestOfSecret(oldSecret));
  if (old?.personId === next.personId) await deps.results.moveToSession(old.idDigest, next.idDigest);
}

/** Forgets a session and everything that waits for it. @returns its ID token, to end the login at sso with. */
export async function endSession(
  deps: Pick<LogInDeps, "sessions" | "results" | "clock">,
  sessionSecret: string | undefined,
): Promise<string | undefined> {
  if (sessionSecret === undefined) return undefined;
  const idDigest = digestOfSecret(sessionSecret);
  const session = await deps.sessions.find(idDigest);
  if (session !== undefined) await deps.sessions.end(session, deps.clock.now());
  await deps.results.removeOfSession(idDigest);
  return session?.idToken;
}
