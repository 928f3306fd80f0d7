/**
 * Inversion by division steps (D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd computation and modular inversion",
 * 2019) with the half-integer start of P. Wuille, for which 590 steps do for 256 bits. The count of steps is fixed and each
 * does the same work, so that the time tells nothing about the number.
 */
import { N, N_INVERSE, P, R3, R3_N } from "./curve";
import { canonical, ELEMENT, multiply, normalise } from "./field";
import { WORK } from "./memory";
import { multiplyN } from "./scalar";

const MASK: i64 = 0x1fffffff;
/** 21 rounds of 29 steps: 609. */
const ROUNDS: i32 = 21;
const STEPS: i32 = 29;

// Clear of the registers of scalar.ts.
const f: usize = WORK + 240;
const g: usize = WORK + 280;
const d: usize = WORK + 320;
const e: usize = WORK + 360;
const matrix: usize = WORK + 400; // u, v, q, r

/** r = a⁻¹ in Montgomery form modulo p; 0 for 0. */
export function invert(r: usize, a: usize): void {
  canonical(g, a);
  divisionSteps(P, <i32>MASK);
  multiply(r, d, R3);
}

/** r = a⁻¹ in Montgomery form modulo n; `a` is in its normal form. 0 for 0. */
export function invertN(r: usize, a: usize): void {
  memory.copy(g, a, ELEMENT);
  divisionSteps(N, N_INVERSE);
  multiplyN(r, d, R3_N);
}

/** d = g⁻¹ modulo the modulus, in its normal form. */
function divisionSteps(modulus: usize, modulusInverse: i32): void {
  memory.copy(f, modulus, ELEMENT);
  memory.fill(d, 0, ELEMENT);
  memory.fill(e, 0, ELEMENT);
  store<i32>(e, 1);
  let zeta: i32 = -1;
  for (let round: i32 = 0; round < ROUNDS; round++) {
    zeta = stepMatrix(zeta, load<i32>(f) | (load<i32>(f + 4) << 29), load<i32>(g) | (load<i32>(g + 4) << 29));
    applyToCoefficients(modulus, modulusInverse);
    applyToNumbers();
  }
  // g is 0 and f is 1 or −1; d has the sign of f, and lies in −2m…m.
  const sign = load<i32>(f, 32) >> 31;
  let carry: i64 = 0;
  const isNegative = load<i32>(d, 32) >> 31;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const limb = load<i32>(d + i) + (load<i32>(modulus + i) & isNegative);
    carry += <i64>((limb ^ sign) - sign);
    store<i32>(d + i, <i32>(i == 32 ? carry : carry & MASK));
    carry >>= 29;
  }
  normalise(d, d, modulus);
}

/** 29 division steps on the low bits of f and g; leaves the matrix that does the same to the whole numbers. */
function stepMatrix(start: i32, low: i32, lowG: i32): i32 {
  let zeta = start;
  let u: i32 = 1, v: i32 = 0, q: i32 = 0, r: i32 = 1;
  let ff = low, gg = lowG;
  for (let step: i32 = 0; step < STEPS; step++) {
    const swap = zeta >> 31;
    const odd = -(gg & 1);
    gg += ((ff ^ swap) - swap) & odd;
    q += ((u ^ swap) - swap) & odd;
    r += ((v ^ swap) - swap) & odd;
    const both = swap & odd;
    zeta = (zeta ^ both) - 1;
    ff += gg & both;
    u += q & both;
    v += r & both;
    gg >>= 1;
    u <<= 1;
    v <<= 1;
  }
  store<i32>(matrix, u);
  store<i32>(matrix, v, 4);
  store<i32>(matrix, q, 8);
  store<i32>(matrix, r, 12);
  return zeta;
}

/** (f, g) = matrix·(f, g) / 2²⁹, exactly. */
function applyToNumbers(): void {
  const u = <i64>load<i32>(matrix), v = <i64>load<i32>(matrix, 4);
  const q = <i64>load<i32>(matrix, 8), r = <i64>load<i32>(matrix, 12);
  let a: i64 = 0, b: i64 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const fi = <i64>load<i32>(f + i), gi = <i64>load<i32>(g + i);
    a += u * fi + v * gi;
    b += q * fi + r * gi;
    if (i > 0) {
      store<i32>(f + i - 4, <i32>(a & MASK));
      store<i32>(g + i - 4, <i32>(b & MASK));
    }
    a >>= 29;
    b >>= 29;
  }
  store<i32>(f, <i32>a, 32);
  store<i32>(g, <i32>b, 32);
}

/** (d, e) = matrix·(d, e) / 2²⁹ modulo the modulus; both stay within −2m…m. */
function applyToCoefficients(modulus: usize, modulusInverse: i32): void {
  const u = <i64>load<i32>(matrix), v = <i64>load<i32>(matrix, 4);
  const q = <i64>load<i32>(matrix, 8), r = <i64>load<i32>(matrix, 12);
  const signD = <i64>(load<i32>(d, 32) >> 31), signE = <i64>(load<i32>(e, 32) >> 31);
  let a: i64 = u * <i64>load<i32>(d) + v * <i64>load<i32>(e);
  let b: i64 = q * <i64>load<i32>(d) + r * <i64>load<i32>(e);
  // The multiple of m that clears the low limb, chosen so that negative d or e are lifted at the same time.
  let md: i64 = (u & signD) + (v & signE);
  let me: i64 = (q & signD) + (r & signE);
  md -= (<i64>modulusInverse * a + md) & MASK;
  me -= (<i64>modulusInverse * b + me) & MASK;
  a += md * <i64>load<i32>(modulus);
  b += me * <i64>load<i32>(modulus);
  a >>= 29;
  b >>= 29;
  for (let i: usize = 4; i < ELEMENT; i += 4) {
    const di = <i64>load<i32>(d + i), ei = <i64>load<i32>(e + i), mi = <i64>load<i32>(modulus + i);
    a += u * di + v * ei + md * mi;
    b += q * di + r * ei + me * mi;
    store<i32>(d + i - 4, <i32>(a & MASK));
    store<i32>(e + i - 4, <i32>(b & MASK));
    a >>= 29;
    b >>= 29;
  }
  store<i32>(d, <i32>a, 32);
  store<i32>(e, <i32>b, 32);
}
