/** Callers who call without a pause while something else happens. */
export interface TestTraffic<Result> {
  /** What they got so far. */
  readonly results: readonly Result[];
  /** Resolves when so many more calls have ended well. @throws the failure of any call. */
  more(count: number): Promise<void>;
  /** Lets the calls under way end. @throws the failure of any call. */
  stop(): Promise<readonly Result[]>;
}

/** Each of `callers` is called again and again, one call after the other; the callers together run at once. */
export function startTraffic<Result>(callers: readonly (() => Promise<Result>)[]): TestTraffic<Result> {
  const results: Result[] = [];
  let isRunning = true;
  let waiting: { readonly until: number; readonly resolve: () => void } | undefined;

  async function run(call: () => Promise<Result>): Promise<void> {
    while (isRunning) {
      results.push(await call());
      if (waiting !== undefined && results.length >= waiting.until) {
        waiting.resolve();
        waiting = undefined;
      }
    }
  }

  const all = Promise.all(callers.map(run));
  // A failed call is told by the next `more` or `stop`; until then nobody waits for it.
  all.catch(() => {
    isRunning = false;
  });
  return {
    results,
    more: async (count) => {
      const until = results.length + count;
      const reached = new Promise<void>((resolve) => {
        waiting = { until, resolve };
      });
      await Promise.race([reached, all]);
    },
    stop: async () => {
      isRunning = false;
      await all;
      return results;
    },
  };
}
