import { hexOf, utf8Of } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import type { Clock } from "@yinxin/service-kit/clock";

import { normalizedUsername } from "../domain/account.ts";
import type { Account } from "../domain/account.ts";
import { passwordLevel } from "../domain/assurance.ts";
import { accountRule, addressRule, countAttempt } from "../domain/attempts.ts";
import type { AttemptRule } from "../domain/attempts.ts";
import type { AccountReader, AttemptCounters, Audit, PasswordMatcher, Transact } from "./ports.ts";

export interface LogInDeps<Tx> {
  readonly accounts: AccountReader;
  readonly attempts: AttemptCounters;
  readonly passwords: PasswordMatcher;
  readonly audit: Audit<Tx>;
  readonly transact: Transact<Tx>;
  readonly clock: Clock;
}

export interface LogInRequest {
  readonly username: string;
  readonly password: string;
  /** Of the other end of the connection. */
  readonly address: string;
  /** The browser's name, if somebody has logged in as this person with it before. */
  readonly knownBrowser?: string;
  /** The system that the person wants to go to. */
  readonly clientId: string;
}

type FailureReason = "unknown-user" | "wrong-password" | "account-blocked" | "address-blocked";

/** Longer input is not a name or a password of ours; it is refused like a wrong one. */
const usernameLengthMax = 64;
const passwordLengthMax = 256;

/**
 * Checks a name and a password.
 *
 * The caller learns only whether they are right: an unknown name, a wrong password and a blocked account look the same,
 * and take the same time. Why it failed is in the audit trail.
 *
 * @returns the account, or undefined.
 */
export async function logIn<Tx>(deps: LogInDeps<Tx>, request: LogInRequest): Promise<Account | undefined> {
  const checked = await check(deps, request);
  if ("account" in checked) {
    await accepted(deps, request, checked.account);
    return checked.account;
  }
  await refused(deps, request, checked);
  return undefined;
}

interface Failure {
  readonly reason: FailureReason;
  readonly subject: string;
}

async function check<Tx>(
  deps: LogInDeps<Tx>,
  request: LogInRequest,
): Promise<{ readonly account: Account } | Failure> {
  const username = normalizedUsername(request.username);
  const keys = { account: accountKey(username, request.knownBrowser), address: `address:${request.address}` };
  // A blocked address is refused before the expensive part: that says nothing about any account.
  if (!(await count(deps, keys.address, addressRule)))
    return { reason: "address-blocked", subject: unknownSubject };
  const mayTry = await count(deps, keys.account, accountRule);

  const found = await findMatching(deps, request, username, mayTry);
  if (!mayTry) return { reason: "account-blocked", subject: found.account?.id ?? unknownSubject };
  if (found.account === undefined) return { reason: "unknown-user", subject: unknownSubject };
  if (!found.isRight) return { reason: "wrong-password", subject: found.account.id };

  await deps.attempts.remove(keys.account);
  await deps.attempts.takeBack(keys.address);
  return { account: found.account };
}

/** Compares with somebody in any case, so that the time says nothing about who exists and who is blocked. */
async function findMatching<Tx>(
  deps: LogInDeps<Tx>,
  { password }: LogInRequest,
  username: string,
  mayTry: boolean,
): Promise<{ readonly account: Account | undefined; readonly isRight: boolean }> {
  const isSane = username.length <= usernameLengthMax && password.length <= passwordLengthMax;
  const found = isSane ? await deps.accounts.findByUsername(username) : undefined;
  const hash = mayTry ? found?.passwordHash : undefined;
  return { account: found?.account, isRight: await deps.passwords.matches(hash, isSane ? password : "") };
}

/** Whom the trail names where nobody is known; what was typed may be a password, so it is not written. */
const unknownSubject = "unknown";

/**
 * Names are counted by digest: what is typed as a name may be a password. A browser that is known has a counter of its own,
 * which strangers who guess at the name do not fill.
 */
function accountKey(username: string, knownBrowser: string | undefined): string {
  const name = hexOf(digest("SM3", utf8Of(username)));
  return knownBrowser === undefined ? `account:${name}` : `account:${name}:${knownBrowser}`;
}

async function count(
  deps: { readonly attempts: AttemptCounters; readonly clock: Clock },
  key: string,
  rule: AttemptRule,
): Promise<boolean> {
  for (let round = 0; round < rule.contendersMax; round += 1) {
    const previous = await deps.attempts.find(key);
    const next = countAttempt(previous, deps.clock.now(), rule);
    if (next === undefined) return false;
    if (await deps.attempts.replace(key, previous, next)) return true;
  }
  return false;
}

async function accepted<Tx>(deps: LogInDeps<Tx>, request: LogInRequest, account: Account): Promise<void> {
  await deps.transact(async (tx) => {
    await deps.audit.in(tx).append({
      action: "login.succeeded",
      actor: account.id,
      subject: account.id,
      occurredAt: deps.clock.now(),
      detail: { client_id: request.clientId, address: request.address, acr: passwordLevel.acr },
    });
  });
}

async function refused<Tx>(
  deps: LogInDeps<Tx>,
  request: LogInRequest,
  { reason, subject }: Failure,
): Promise<void> {
  await deps.transact(async (tx) => {
    await deps.audit.in(tx).append({
      action: "login.failed",
      actor: unknownSubject,
      subject,
      occurredAt: deps.clock.now(),
      detail: { client_id: request.clientId, address: request.address, reason },
    });
  });
}
