export interface RefreshingDeps {
  readonly clock: () => number;
  /** Lets the device see keys that others made. */
  readonly refresh: () => Promise<void>;
}

/** At most one refresh a second for keys that nobody knows: who asks for nonsense must not stop those who sign. */
const pauseMilliseconds = 1_000;

/** Refreshes for all who want it at once. */
export class Refreshing {
  readonly #deps: RefreshingDeps;
  #current: Promise<void> | undefined;
  #lastAt = -Infinity;

  constructor(deps: RefreshingDeps) {
    this.#deps = deps;
  }

  now(): Promise<void> {
    this.#current ??= this.#deps.refresh().finally(() => {
      this.#current = undefined;
      this.#lastAt = this.#deps.clock();
    });
    return this.#current;
  }

  /** @returns whether there was one; false if the last is less than a second ago. */
  async unlessFresh(): Promise<boolean> {
    const isFresh = this.#deps.clock() - this.#lastAt < pauseMilliseconds;
    if (this.#current === undefined && isFresh) return false;
    await this.now();
    return true;
  }
}
