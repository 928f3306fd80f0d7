import type { Box } from "./ofd-package.ts";

/** An A0 sheet is 1189 mm long; a kilometre is nonsense, and still exact in a double. */
const longestMm = 100_000;

/** Reads an ST_Box, "x y width height" in millimetres; undefined unless it is four numbers with a size above zero. */
export function parseBox(text: string): Box | undefined {
  const parts = text.trim().split(/\s+/);
  if (
    parts.length !== 4 ||
    !parts.every((part) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(part))
  ) {
    return undefined;
  }
  const [x = NaN, y = NaN, width = NaN, height = NaN] = parts.map(Number);
  const isSane =
    [x, y, width, height].every((value) => Math.abs(value) <= longestMm) && width > 0 && height > 0;
  return isSane ? { x, y, width, height } : undefined;
}

/** Writes an ST_Box with at most four decimals: a tenth of a micrometre. */
export function boxText({ x, y, width, height }: Box): string {
  return [x, y, width, height].map((value) => String(roundMm(value))).join(" ");
}

/** To the precision in which boxes are written. */
export function roundMm(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
