import { KeyStoreError } from "../key-store/index.ts";
import type { KeyUri } from "../key-store/index.ts";
import type { DeviceCaller } from "./device-caller.ts";
import type { DeviceSupervisor } from "./device-supervisor.ts";
import { keyNotFound } from "./key-finder.ts";
import type { KeyTable } from "./key-table.ts";
import { recoveryActions } from "./recovery-actions.ts";
import type { RecoveryAction } from "./recovery-actions.ts";
import type { Refreshing } from "./refreshing.ts";
import type { PooledSession, SessionPool } from "./session-pool.ts";
import type { TokenCounters } from "./token-counters.ts";
import { asKeyStoreError } from "./token-errors.ts";

/** Something that needs a session, and that may be done again if it failed. */
export interface SessionOperation<Answer, Result> {
  readonly uri: KeyUri;
  readonly use: (session: PooledSession) => Promise<Answer>;
  /** What is made of the answer; the session already serves others meanwhile. */
  readonly finish: (answer: Answer) => Promise<Result>;
}

export interface SessionOperationsDeps {
  readonly clock: () => number;
  readonly pool: SessionPool;
  readonly supervisor: DeviceSupervisor;
  readonly caller: DeviceCaller;
  readonly refreshing: Refreshing;
  readonly keys: KeyTable;
  readonly counters: TokenCounters;
  readonly requestMilliseconds: number;
}

/** How long to leave a busy device alone before it is asked again. */
const busyPauseMilliseconds = 20;

/** One request from its coming to its answer. */
interface Attempts {
  readonly uri: KeyUri;
  readonly expiresAt: number;
  /** By what led to them; none for most requests. */
  retries: Map<RecoveryAction, number> | undefined;
}

/** Runs operations on pooled sessions, and does what {@link recoveryActions} says when one fails. */
export class SessionOperations {
  readonly #deps: SessionOperationsDeps;

  constructor(deps: SessionOperationsDeps) {
    this.#deps = deps;
  }

  /** @throws KeyStoreError why it failed in the end. */
  async run<Answer, Result>(operation: SessionOperation<Answer, Result>): Promise<Result> {
    const { clock, pool, requestMilliseconds, counters } = this.#deps;
    const attempts: Attempts = {
      uri: operation.uri,
      expiresAt: clock() + requestMilliseconds,
      retries: undefined,
    };
    for (;;) {
      // What the pool refuses at once, it would refuse again.
      const taken = pool.take(Math.max(1, attempts.expiresAt - clock()));
      let session: PooledSession | undefined;
      let isMine = false;
      try {
        session = taken instanceof Promise ? await taken : taken;
        isMine = true;
        const answer = await operation.use(session);
        isMine = false;
        pool.give(session);
        return await operation.finish(answer);
      } catch (cause) {
        const error = asKeyStoreError(cause);
        this.#settle(session, isMine, error);
        await this.#prepareRetry(attempts, session, error);
        counters.retried();
      }
    }
  }

  /** What becomes of the session. */
  #settle(session: PooledSession | undefined, isMine: boolean, error: KeyStoreError): void {
    if (session === undefined) return;
    const { pool } = this.#deps;
    const { action } = recoveryActions[error.code];
    if (action === "replace-session" || action === "replace-session-or-host") pool.condemn(session, error);
    if (isMine) pool.give(session);
  }

  /** Puts right what can be put right. @throws KeyStoreError the error itself if there is no further attempt. */
  async #prepareRetry(
    attempts: Attempts,
    session: PooledSession | undefined,
    error: KeyStoreError,
  ): Promise<void> {
    const { caller, supervisor, clock } = this.#deps;
    const { uri, expiresAt } = attempts;
    const { action, retries: allowed } = recoveryActions[error.code];
    const connection = session?.connection ?? supervisor.current;
    if (connection !== undefined) await caller.recover(connection, error);
    const retries = (attempts.retries ??= new Map<RecoveryAction, number>());
    const used = retries.get(action) ?? 0;
    retries.set(action, used + 1);
    if (used >= allowed || clock() >= expiresAt) throw lastWord(uri, error);
    await this.#change(uri, action, used);
  }

  /** Makes the next attempt another one than the last. */
  async #change(uri: KeyUri, action: RecoveryAction, retriesBefore: number): Promise<void> {
    const { keys, refreshing } = this.#deps;
    if (action === "find-key" || action === "read-key") keys.forget(uri);
    if (action === "find-key" && retriesBefore > 0) await refreshing.unlessFresh();
    if (action === "wait") await new Promise((resolve) => setTimeout(resolve, busyPauseMilliseconds));
  }
}

/** A handle that nothing makes good belongs to a key that is not there any more. */
function lastWord(uri: KeyUri, error: KeyStoreError): KeyStoreError {
  return error.code === "key-handle-stale" ? keyNotFound(uri) : error;
}
