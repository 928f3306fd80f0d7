/** Somebody who is logged in, as the server keeps it; the browser has only the id. */
export interface Session {
  /** Digest of the id in the cookie: a copy of the database opens no session. */
  readonly idDigest: string;
  /** Has to come back with every form that this session sends. */
  readonly formToken: string;
  readonly accessToken: string;
  readonly idToken: string;
  readonly personId: string;
  readonly personName: string;
  readonly organizationName: string;
  readonly lastSeenAt: Date;
  readonly tokenExpiresAt: Date;
}

/** GB/T 22239-2019 §8.1.4.1 b): who does nothing for so long is logged out. */
export const idleMinutes = 30;
/**
 * Somebody who opens a form gets at least so long to send it: with less left, the page goes by sso first, which gives a new
 * token without asking as long as the session there lives.
 */
export const formMinutes = 10;

/** Whether the session may still be used. */
export function isAlive(session: Session, now: Date): boolean {
  return session.tokenExpiresAt > now && addMinutes(session.lastSeenAt, idleMinutes) > now;
}

/** Whether the access token will last as long as a form takes. */
export function lastsForForm(session: Session, now: Date): boolean {
  return session.tokenExpiresAt > addMinutes(now, formMinutes);
}

/** A login on its way to sso and back (RFC 6749 §10.12, RFC 7636, OpenID Connect Core §15.5.2). */
export interface PendingLogin {
  readonly idDigest: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnPath: string;
  readonly expiresAt: Date;
}

/** How long the login page may stay open; sso's own limit is the same. */
export const loginMinutes = 30;

/** The pages that a login may return to; anything else leads home, and nothing leads to another site. */
export function returnPathOf(asked: unknown): string {
  return asked === "/stamp" || asked === "/" ? asked : "/stamp";
}

/** The time so many minutes later. */
export function addMinutes(at: Date, minutes: number): Date {
  return new Date(at.getTime() + minutes * 60_000);
}
