import type { KeyStoreCounters, KeyStoreError, KeyStoreHealth } from "../key-store/index.ts";

/** What a token store has done since it was opened. */
export class TokenCounters {
  readonly #clock: () => number;
  #signatures = 0;
  #failures = 0;
  #retries = 0;
  #evictedSessions = 0;
  #hostRestarts = 0;
  #lostAt: number | undefined;
  #lastRecoveryMilliseconds: number | undefined;
  #lastError: KeyStoreHealth["lastError"];

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /**
   * A signature that verified. If the host was lost before the device answered, it comes from the next one: the recovery ends.
   *
   * @param answeredAt when the device had answered.
   */
  signed(answeredAt: number): void {
    this.#signatures += 1;
    if (this.#lostAt === undefined || answeredAt <= this.#lostAt) return;
    this.#lastRecoveryMilliseconds = this.#clock() - this.#lostAt;
    this.#lostAt = undefined;
  }

  /** The time, for {@link signed}. */
  now(): number {
    return this.#clock();
  }

  failed(error: KeyStoreError): void {
    this.#failures += 1;
    this.#lastError = { code: error.code, message: error.message };
  }

  retried(): void {
    this.#retries += 1;
  }

  evicted(): void {
    this.#evictedSessions += 1;
  }

  /** The host is gone: a recovery begins, unless one is under way. */
  lost(): void {
    this.#lostAt ??= this.#clock();
  }

  restarted(): void {
    this.#hostRestarts += 1;
  }

  get lastError(): KeyStoreHealth["lastError"] {
    return this.#lastError;
  }

  read(): KeyStoreCounters {
    return {
      signatures: this.#signatures,
      failures: this.#failures,
      retries: this.#retries,
      evictedSessions: this.#evictedSessions,
      hostRestarts: this.#hostRestarts,
      ...(this.#lastRecoveryMilliseconds !== undefined && {
        lastRecoveryMilliseconds: this.#lastRecoveryMilliseconds,
      }),
    };
  }
}
