/** Far above any ledger; below it the arithmetic of the tree is exact in a JavaScript number. */
const maximumLeaves = 2 ** 48;

/** Whether this can be a tree size or a leaf index; a claim beyond the limit is not believed. */
export function isLeafCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= maximumLeaves;
}

/** The largest level with 2^level ≤ count, for count ≥ 1. `Math.log2` rounds up just below large powers. */
export function levelWithin(count: number): number {
  let level = 0;
  while (2 ** (level + 1) <= count) level += 1;
  return level;
}

/** The number that this text writes in decimal without leading zeros; undefined if it is none, or beyond the limit. */
export function parseLeafCount(text: string): number | undefined {
  const count = Number(text);
  return /^(0|[1-9]\d*)$/.test(text) && isLeafCount(count) ? count : undefined;
}
