/** One thing that must be over in time; plain, because every signature has several. */
export interface Deadline {
  expiresAt: number;
  readonly milliseconds: number;
  readonly onLate: () => void;
  /** Whether it stands still while the device does something long. */
  readonly canWait: boolean;
}

/** Keeps many deadlines with one timer: a timer for each of ten thousand calls in a second would cost more than the calls. */
export class DeadlineWatch {
  readonly #clock: () => number;
  readonly #deadlines = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #longCalls = 0;

  /** @param clock milliseconds that only grow. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Calls `onLate` once, unless it is done before. */
  start(milliseconds: number, onLate: () => void, canWait = false): Deadline {
    const deadline = { expiresAt: this.#clock() + milliseconds, milliseconds, onLate, canWait };
    this.#deadlines.add(deadline);
    if (deadline.expiresAt < this.#timerAt) this.#arm(deadline.expiresAt);
    return deadline;
  }

  /** It was over in time. Saying so again does nothing. */
  done(deadline: Deadline): void {
    this.#deadlines.delete(deadline);
    if (this.#deadlines.size === 0) this.#disarm();
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
      const onLate = (): void => {
        reject(late());
      };
      const deadline = this.start(milliseconds, onLate, canWait);
      answer.then(
        (value) => {
          this.done(deadline);
          resolve(value);
        },
        (cause: unknown) => {
          this.done(deadline);
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
    for (const deadline of this.#deadlines) {
      if (deadline.canWait) deadline.expiresAt = now + deadline.milliseconds;
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
    const late: Deadline[] = [];
    let next = Infinity;
    for (const deadline of this.#deadlines) {
      if (deadline.expiresAt <= now && deadline.canWait && this.#longCalls > 0) {
        deadline.expiresAt = now + deadline.milliseconds;
      }
      if (deadline.expiresAt <= now) late.push(deadline);
      else next = Math.min(next, deadline.expiresAt);
    }
    for (const deadline of late) this.#deadlines.delete(deadline);
    if (next !== Infinity) this.#arm(next);
    for (const { onLate } of late) onLate();
  }
}
