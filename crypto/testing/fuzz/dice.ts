/** Numbers from 0 up to, not including, `limit`. */
export type Dice = (limit: number) => number;

/**
 * Dice of a seed, the same on every machine (xorshift, 32 bits): a run that found something can be repeated.
 *
 * @param seed any whole number but 0.
 */
export function diceOf(seed: number): Dice {
  let state = seed | 0;
  if (state === 0) throw new RangeError("a seed is not 0");
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
