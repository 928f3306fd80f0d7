import { invert, multiply } from "./field.ts";

/** A value of a polynomial for each byte of what is shared. */
export interface Point {
  /** From 1 to 255; the secret stands at 0. */
  readonly x: number;
  readonly y: Uint8Array;
}

/**
 * Values at 1 … `count` of polynomials of degree `threshold` - 1 whose value at 0 is the secret, byte by byte (Shamir, "How to
 * share a secret", 1979). With fewer than `threshold` of them every secret is as likely as before.
 *
 * @param coefficients `threshold` - 1 random strings as long as the secret.
 */
export function evaluate(secret: Uint8Array, coefficients: readonly Uint8Array[], count: number): Point[] {
  return Array.from({ length: count }, (_, at) => {
    const x = at + 1;
    const y = secret.map((byte, position) => {
      // Horner's rule from the highest coefficient down.
      const above = coefficients.reduceRight(
        (sum, coefficient) => multiply(sum ^ (coefficient[position] ?? 0), x),
        0,
      );
      return byte ^ above;
    });
    return { x, y };
  });
}

/** The value at `at` of the polynomials of least degree through these points, which are of one length and have different x. */
export function interpolate(points: readonly Point[], at: number): Uint8Array {
  const result = new Uint8Array(points[0]?.y.length ?? 0);
  for (const point of points) {
    const weight = lagrangeWeight(point.x, points, at);
    point.y.forEach((byte, position) => {
      result[position] = (result[position] ?? 0) ^ multiply(byte, weight);
    });
  }
  return result;
}

function lagrangeWeight(x: number, points: readonly Point[], at: number): number {
  return points
    .filter((other) => other.x !== x)
    .reduce((product, other) => multiply(product, multiply(at ^ other.x, invert(x ^ other.x))), 1);
}
