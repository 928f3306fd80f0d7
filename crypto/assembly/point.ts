/**
 * Points in Jacobian coordinates, x = X/Z² and y = Y/Z³, on a curve with a = −3.
 *
 * A point is X, Y, Z at 0, 40, 80; an affine one x, y at 0, 36. The formulas are those of the Explicit-Formulas Database
 * ("dbl-2001-b", "madd" in its oldest form), with linear terms taken into the reductions.
 */
import { ONE, B, P } from "./curve";
import {
  add,
  canonical,
  copy,
  ELEMENT,
  multiply,
  multiplyAdd8,
  multiplySubtract,
  multiplyTwo,
  negateIf,
  selectInto,
  square,
  squareSubtract,
  squareSubtract4,
  subtract,
  triple,
  zeroMask,
} from "./field";
import { invert } from "./inverse";
import { ROW_BYTES, ROWS, WORK } from "./memory";
import { lessMask } from "./scalar";

export const POINT_BYTES: usize = 120;
export const AFFINE_BYTES: usize = 72;
const Y: usize = 40;
const Z: usize = 80;
const AFFINE_Y: usize = 36;

// Registers, clear of those of scalar.ts, inverse.ts, sha512.ts and nonce.ts.
const t0: usize = WORK + 1280;
const t1: usize = WORK + 1320;
const t2: usize = WORK + 1360;
const t3: usize = WORK + 1400;
const t4: usize = WORK + 1440;
const t5: usize = WORK + 1480;
const spare: usize = WORK + 1520; // a point
const doubled: usize = WORK + 1640; // a point

/** p = 2p. */
export function double(p: usize): void {
  square(t0, p + Z);
  square(t1, p + Y);
  subtract(t2, p, t0);
  add(t3, p, t0);
  multiply(t2, t2, t3);
  triple(t2, t2); // α = 3(X − Z²)(X + Z²)
  add(t3, t1, t1);
  multiply(t3, p, t3); // 2β = 2XY²
  squareSubtract4(p, t2, t3);
  subtract(t4, p + Y, p + Z);
  add(t5, t1, t0);
  squareSubtract(p + Z, t4, t5); // −2YZ; Y comes out negated too, which is the same point
  square(t1, t1);
  subtract(t4, p, t3);
  subtract(t4, t4, t3);
  multiplyAdd8(p + Y, t2, t4, t1);
}

/** p = p + q, or p − q if the sign mask is all ones; the two must be neither equal, nor opposite, nor infinity. */
export function addAffine(p: usize, q: usize, sign: i32): void {
  differences(p, q, sign);
  finishAddition(p);
}

/** t3 = the difference of the x and t4 that of the y, both times powers of Z. */
function differences(p: usize, q: usize, sign: i32): void {
  square(t0, p + Z);
  multiply(t1, p + Z, t0);
  negateIf(t2, q + AFFINE_Y, sign);
  multiplySubtract(t3, q, t0, p);
  multiplySubtract(t4, t2, t1, p + Y);
}

function finishAddition(p: usize): void {
  square(t0, t3);
  multiply(t1, t3, t0);
  multiply(t2, p, t0);
  multiply(p + Z, p + Z, t3);
  add(t0, t2, t2);
  add(t0, t0, t1);
  squareSubtract(p, t4, t0);
  subtract(t2, t2, p);
  multiplyTwo(p + Y, t4, t2, p + Y, t1);
}

/** As {@link addAffine}, and right for equal points too; takes the same steps whether they are or not. */
export function addAffineComplete(p: usize, q: usize, sign: i32): void {
  memory.copy(doubled, p, POINT_BYTES);
  double(doubled);
  differences(p, q, sign);
  canonical(t0, t3);
  canonical(t1, t4);
  const isEqual = zeroMask(t0) & zeroMask(t1);
  finishAddition(p);
  selectInto(p, doubled, isEqual);
  selectInto(p + Y, doubled + Y, isEqual);
  selectInto(p + Z, doubled + Z, isEqual);
}

/** Whether a number modulo p is 0; for public numbers. Both primes are −1 modulo 2²⁹, so that few reach the real test. */
function isZero(a: usize): bool {
  if (((load<i32>(a) + 2) & 0x1fffffff) > 4) return false;
  canonical(t5, a);
  return zeroMask(t5) != 0;
}

/**
 * As {@link addAffine} for public points, whatever they are. Infinity is a flag beside the point.
 *
 * @returns whether the sum is infinity.
 */
export function addAffinePublic(p: usize, isInfinity: bool, q: usize, sign: i32): bool {
  if (isInfinity) {
    setAffine(p, q, sign);
    return false;
  }
  differences(p, q, sign);
  if (isZero(t3)) {
    if (!isZero(t4)) return true;
    double(p);
    return false;
  }
  finishAddition(p);
  return false;
}

/** p = ±q. */
export function setAffine(p: usize, q: usize, sign: i32): void {
  copy(p, q);
  negateIf(p + Y, q + AFFINE_Y, sign);
  copy(p + Z, ONE);
}

/** x and y of r = the point p, in Montgomery form, given 1/Z. */
export function applyInverse(r: usize, p: usize, inverse: usize): void {
  square(t0, inverse);
  multiply(t1, t0, inverse);
  multiply(t2, p + Y, t1);
  multiply(r, p, t0);
  copy(r + AFFINE_Y, t2);
}

/** x and y of r = the point p; not infinity. */
export function toAffine(r: usize, p: usize): void {
  invert(t4, p + Z);
  applyInverse(r, p, t4);
}

/** Whether x and y in normal form, out of Montgomery form, are below p. */
export function isReduced(q: usize): bool {
  return (lessMask(q, P) & lessMask(q + AFFINE_Y, P)) != 0;
}

/** Whether y² = x³ − 3x + b for x and y in Montgomery form. */
export function isOnCurve(q: usize): bool {
  square(t0, q);
  subtract(t1, t0, ONE);
  subtract(t1, t1, ONE);
  subtract(t1, t1, ONE);
  multiply(t1, q, t1);
  add(t1, t1, B);
  square(t2, q + AFFINE_Y);
  subtract(t1, t1, t2);
  canonical(t1, t1);
  return zeroMask(t1) != 0;
}

// Where a row keeps the product of all Z so far.
const PRODUCT: usize = 120;

/** Puts a point into row `index`. */
export function putRow(index: usize, p: usize): void {
  memory.copy(ROWS + index * ROW_BYTES, p, POINT_BYTES);
}

/** Writes rows 0…count−1 as affine points, `stride` bytes apart, with one inversion. None may be infinity. */
export function writeRows(to: usize, stride: usize, count: usize): void {
  copy(ROWS + PRODUCT, ROWS + Z);
  for (let i: usize = 1; i < count; i++) {
    const row = ROWS + i * ROW_BYTES;
    multiply(row + PRODUCT, row - ROW_BYTES + PRODUCT, row + Z);
  }
  invert(t3, ROWS + (count - 1) * ROW_BYTES + PRODUCT);
  for (let i: usize = count - 1; i > 0; i--) {
    const row = ROWS + i * ROW_BYTES;
    multiply(t4, t3, row - ROW_BYTES + PRODUCT);
    multiply(t3, t3, row + Z);
    applyInverse(to + i * stride, row, t4);
  }
  applyInverse(to, ROWS, t3);
}

/** Writes q, 3q, 5q … (2·count − 1)q as affine points; q is affine and may be the first of them. */
export function writeOddMultiples(to: usize, q: usize, count: usize): void {
  setAffine(doubled, q, 0);
  double(doubled);
  // On the isomorphic curve where 2q has Z = 1 every step is an addition of an affine point.
  square(t0, doubled + Z);
  multiply(t1, t0, doubled + Z);
  multiply(spare, q, t0);
  multiply(spare + Y, q + AFFINE_Y, t1);
  copy(spare + Z, ONE);
  const step = affineStep;
  copy(step, doubled);
  copy(step + AFFINE_Y, doubled + Y);
  for (let i: usize = 0; i < count; i++) {
    putRow(i, spare);
    const z = ROWS + i * ROW_BYTES + Z;
    multiply(z, z, doubled + Z);
    if (i + 1 < count) addAffine(spare, step, 0);
  }
  writeRows(to, AFFINE_BYTES, count);
}
const affineStep: usize = WORK + 1760;
