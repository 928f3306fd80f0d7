/** Counts failures and says when there were too many within a while. */
export class Breaker {
  readonly #failures: number;
  readonly #withinMilliseconds: number;
  #times: number[] = [];

  constructor(failures: number, withinMilliseconds: number) {
    this.#failures = failures;
    this.#withinMilliseconds = withinMilliseconds;
  }

  /** @returns whether this was one too many; it counts from nothing then. */
  fail(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < this.#withinMilliseconds);
    this.#times.push(now);
    if (this.#times.length < this.#failures) return false;
    this.#times = [];
    return true;
  }

  reset(): void {
    this.#times = [];
  }
}
