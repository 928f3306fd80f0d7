/**
 * How often a property is tried: `usual` in the tests, a hundred times that under `npm run fuzz`, which sets
 * YINXIN_FUZZ_FACTOR.
 */
export function fuzzRuns(usual: number): number {
  const factor = Number(process.env["YINXIN_FUZZ_FACTOR"] ?? "1");
  if (!Number.isSafeInteger(factor) || factor < 1)
    throw new RangeError("YINXIN_FUZZ_FACTOR is a whole number of 1 or more");
  return usual * factor;
}
