import type { CallMode } from "./config.ts";

/** Below this a call costs less than handing it to another thread and back. */
const quickMilliseconds = 0.3;

/** So many signatures are timed before it is decided. The quickest counts: the others may have waited for each other. */
const measuredCalls = 4;

/** A call that was to be quick and took so long shows that the device is another now: a network came in between, say. */
const slowMilliseconds = 20 * quickMilliseconds;

/**
 * Whether a key's signatures are made in this thread or another. A token in software answers in microseconds, and every hand-over costs
 * more; a device takes milliseconds, in which other sessions can work.
 */
export class CallPace {
  readonly #mode: CallMode;
  #measured = 0;
  #quickest = Infinity;

  constructor(mode: CallMode) {
    this.#mode = mode;
  }

  get isSynchronous(): boolean {
    if (this.#mode !== "measured") return this.#mode === "synchronous";
    return this.#measured >= measuredCalls && this.#quickest < quickMilliseconds;
  }

  /** Notes how long a call took. */
  note(milliseconds: number): void {
    if (this.#mode !== "measured") return;
    if (this.isSynchronous) {
      if (milliseconds > slowMilliseconds) this.#measured = 0;
      return;
    }
    if (this.#measured === 0) this.#quickest = Infinity;
    if (this.#measured >= measuredCalls) return;
    this.#measured += 1;
    this.#quickest = Math.min(this.#quickest, milliseconds);
  }
}
