import type { Certificate } from "../x509/index.ts";

/** Clocks of honest authorities differ by less than this. */
export const clockToleranceMilliseconds = 300_000;

/** Without nextUpdate newer information may be had at any time, so yesterday's is stale. */
const longestWithoutNextUpdateMilliseconds = 86_400_000;

/** When something was said, and until when it is the latest word. */
export interface Statement {
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  /** Of certificates that expired since then it still speaks. */
  readonly expiredSince?: Date;
}

/** Why a statement says nothing about a certificate. */
export interface TimeProblem {
  readonly why: string;
  /** Only too old: what it says of a revocation for good is still true. */
  readonly isStale: boolean;
}

/** Until when a statement is the latest word: the next one is due then. */
export function freshUntil({ thisUpdate, nextUpdate }: Statement): Date {
  return nextUpdate ?? new Date(thisUpdate.getTime() + longestWithoutNextUpdateMilliseconds);
}

/**
 * Why a list says nothing about the certificate at the time; undefined if it does.
 *
 * A list that was current at the time speaks of it. A later one does too: who is not on it was not revoked before. But
 * lists forget certificates that have expired (RFC 5280 §3.3), unless they say since when they do not.
 */
export function timeProblem(
  { thisUpdate, nextUpdate, expiredSince }: Statement,
  certificate: Certificate,
  { at, now }: { readonly at: Date; readonly now: Date },
): TimeProblem | undefined {
  if (thisUpdate.getTime() > now.getTime() + clockToleranceMilliseconds) {
    return { why: `is from a later time (${thisUpdate.toISOString()})`, isStale: false };
  }
  if (
    thisUpdate > certificate.notAfter &&
    !(expiredSince !== undefined && expiredSince <= certificate.notAfter)
  ) {
    return { why: "is from after the certificate expired", isStale: false };
  }
  const until = freshUntil({ thisUpdate, ...(nextUpdate && { nextUpdate }) });
  if (until >= at) return undefined;
  return { why: `is stale: a newer one was due at ${until.toISOString()}`, isStale: true };
}
