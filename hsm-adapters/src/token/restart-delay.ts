/** Crashes that are answered by a new host at once; a library that crashes more often gets time, and callers are told. */
const immediateRestarts = 5;
const withinMilliseconds = 60_000;
const firstDelayMilliseconds = 250;
const longestDelayMilliseconds = 10_000;

/**
 * How long to wait before the host is started again.
 *
 * @param earlier when it was started before, as far as that matters.
 * @returns the delay, and what to give as `earlier` the next time.
 */
export function restartDelay(
  earlier: readonly number[],
  now: number,
): { readonly delay: number; readonly restarts: number[] } {
  const restarts = [...earlier.filter((time) => now - time < withinMilliseconds), now];
  const excess = restarts.length - immediateRestarts;
  const delay =
    excess <= 0 ? 0 : Math.min(firstDelayMilliseconds * 2 ** (excess - 1), longestDelayMilliseconds);
  return { delay, restarts };
}
