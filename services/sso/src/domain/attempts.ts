/** How often something was tried without success, under one key (an account, an address). */
export interface AttemptState {
  readonly failures: number;
  readonly lastAt: Date;
  readonly blockedUntil: Date;
}

export interface AttemptRule {
  /** So many wrong tries cost nothing: people mistype. */
  readonly freeAttempts: number;
  readonly longestDelaySeconds: number;
  /** With more tries than this at the same moment, it is a machine that tries. */
  readonly contendersMax: number;
}

/** The longest wait of any rule. */
export const longestDelaySeconds = 15 * 60;

/** One account: five wrong tries, then each doubles the wait, so that a guesser gets about a hundred tries a day. */
export const accountRule: AttemptRule = { freeAttempts: 5, longestDelaySeconds, contendersMax: 5 };
/**
 * One address: an office of many people may stand behind it, who log in at the same minute and mistype all day, so the wait
 * stays one that they can bear. A guesser gets two tries a minute, over all the accounts that he tries.
 */
export const addressRule: AttemptRule = { freeAttempts: 20, longestDelaySeconds: 30, contendersMax: 100 };

const firstDelaySeconds = 2;
/** Failures older than this no longer count. */
export const forgottenAfterSeconds = 60 * 60;

/**
 * Counts one more try, before it is known how it ends: what is counted only afterwards does not stop a hundred tries
 * at the same moment. The caller takes it back after a success.
 *
 * @returns the state to store, or undefined while the key is blocked; a try while blocked does not prolong the block,
 *   or a stranger could lock the owner out for ever.
 */
export function countAttempt(
  previous: AttemptState | undefined,
  now: Date,
  rule: AttemptRule,
): AttemptState | undefined {
  if (previous !== undefined && previous.blockedUntil > now) return undefined;
  const failures = (previous === undefined || isForgotten(previous, now) ? 0 : previous.failures) + 1;
  return { failures, lastAt: now, blockedUntil: addSeconds(now, delaySeconds(failures, rule)) };
}

/** Seconds to wait after the given number of failures. */
export function delaySeconds(failures: number, rule: AttemptRule): number {
  const beyond = failures - rule.freeAttempts;
  if (beyond <= 0) return 0;
  return Math.min(rule.longestDelaySeconds, firstDelaySeconds * 2 ** (beyond - 1));
}

function isForgotten(state: AttemptState, now: Date): boolean {
  return addSeconds(state.lastAt, forgottenAfterSeconds) <= now;
}

function addSeconds(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
