/** One thing that must be over in time. */
export interface Deadline {
  /** It was over in time. Calling it again does nothing. */
  readonly done: () => void;
}

interface Entry {
  expiresAt: number;
  readonly milliseconds: number;
  readonly onLate: () => void;
  /** Whether it stands still while the device does something long. */
  readonly canWait: boolean;
}

/** Keeps many deadlines with one timer: a timer for each of ten thousand calls in a second would cost more than the calls. */
export class DeadlineWatch {
  readonly #clock: () => number;
  readonly #entries = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #longCalls = 0;

  /** @param clock milliseconds that only grow. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Calls `onLate` once, unless it is done before. */
  start(milliseconds: number, onLate: () => void, canWait = false): Deadline {
    const entry = { expiresAt: this.#clock() + milliseconds, milliseconds, onLate, canWait };
    this.#entries.add(entry);
    if (entry.expiresAt < this.#timerAt) this.#arm(entry.expiresAt);
    return {
      done: () => {
        this.#entries.delete(entry);
        if (this.#entries.size === 0) this.#disarm();
      },
    };
  }

  /**
   * The answer, or the rejection by `late` if it does not come in time; what comes afterwards is nobody's.
   *
   * @param canWait for calls that have to wait while the device makes a key.
   */
  within<Value>(
    answer: Promise<Value>,
    milliseconds: number,
    late: () => Error,
    canWait = false,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const expire = (): void => {
        reject(late());
      };
      const deadline = this.start(milliseconds, expire, canWait);
      answer.then(
        (value) => {
          deadline.done();
          resolve(value);
        },
        (cause: unknown) => {
          deadline.done();
          reject(cause instanceof Error ? cause : new Error("rejected without an error", { cause }));
        },
      );
    });
  }

  /** As {@link within}, for a call that keeps the device from answering others: their time stands still meanwhile. */
  async withinLong<Value>(answer: Promise<Value>, milliseconds: number, late: () => Error): Promise<Value> {
    this.#longCalls += 1;
    try {
      return await this.within(answer, milliseconds, late);
    } finally {
      this.#longCalls -= 1;
      if (this.#longCalls === 0) this.#restart();
    }
  }

  #restart(): void {
    const now = this.#clock();
    for (const entry of this.#entries) {
      if (entry.canWait) entry.expiresAt = now + entry.milliseconds;
    }
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#look();
      },
      Math.max(1, Math.ceil(at - this.#clock())),
    );
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Infinity;
  }

  #look(): void {
    const now = this.#clock();
    this.#timerAt = Infinity;
    const late: Entry[] = [];
    let next = Infinity;
    for (const entry of this.#entries) {
      if (entry.expiresAt <= now && entry.canWait && this.#longCalls > 0) {
        entry.expiresAt = now + entry.milliseconds;
      }
      if (entry.expiresAt <= now) late.push(entry);
      else next = Math.min(next, entry.expiresAt);
    }
    for (const entry of late) this.#entries.delete(entry);
    if (next !== Infinity) this.#arm(next);
    for (const { onLate } of late) onLate();
  }
}
