import type { CallMode } from "./config.ts";

/** Below this a call costs less than handing it to another thread and back. */
const quickMilliseconds = 0.3;

/**
 * So many calls in a row that were to be quick and were not show that the device is another now: a network came in between, say. One
 * alone may have waited for the processor.
 */
const slowCalls = 3;

/** So many calls lie between the first two trials, four times as many between the next, and never more than the second number. */
const callsUntilTrial = 4;
const maximumCallsUntilTrial = 1024;

/**
 * Whether a key's signatures are made in this thread or another. A token in software answers in microseconds, and every hand-over costs
 * more; a device takes milliseconds, in which other sessions can work.
 *
 * Only a call in this thread shows what the device itself takes: on another, a busy machine counts too. So one is made for trial, the
 * first after the device has answered once, and again ever more rarely as long as it is slow.
 */
export class CallPace {
  readonly #mode: CallMode;
  #isQuick = false;
  #slowInARow = 0;
  #untilTrial = 1;
  #nextPause = callsUntilTrial;

  constructor(mode: CallMode) {
    this.#mode = mode;
  }

  /** Whether the call that is about to be made is made in this thread. */
  nextIsSynchronous(): boolean {
    if (this.#mode !== "measured") return this.#mode === "synchronous";
    if (this.#isQuick) return true;
    this.#untilTrial -= 1;
    if (this.#untilTrial >= 0) return false;
    this.#untilTrial = this.#nextPause;
    this.#nextPause = Math.min(4 * this.#nextPause, maximumCallsUntilTrial);
    return true;
  }

  /** Notes how long a call in this thread took. */
  note(milliseconds: number): void {
    this.#slowInARow = milliseconds < quickMilliseconds ? 0 : this.#slowInARow + 1;
    if (!this.#isQuick) {
      this.#isQuick = this.#slowInARow === 0;
    } else if (this.#slowInARow >= slowCalls) {
      this.#isQuick = false;
      this.#untilTrial = this.#nextPause = callsUntilTrial;
    }
  }
}
