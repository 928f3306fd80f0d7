/**
 * Arithmetic modulo p in Montgomery form (R = 2²⁶¹) on nine limbs of 29 bits.
 *
 * Limbs are signed and lazy: a product leaves limbs of 29 bits and a value within a little of 0…p, sums and differences
 * are taken limb by limb with no carry. A product may be taken of factors whose limbs are ca·2²⁹ and cb·2²⁹ at most with
 * ca·cb ≤ 3; then no column of 9 partial products leaves 63 bits. Both primes are −1 modulo 2²⁹ and sparse, so that the
 * reduction needs shifts only. There is no branch and no index that depends on a value.
 */
import { IS_SM2, ONE, P, PLAIN_ONE } from "./curve";

/** Bytes that one element occupies. */
export const ELEMENT: usize = 36;
const MASK: i64 = 0x1fffffff;

/**
 * Reduces the seventeen columns of a product and adds a linear term: r = t·R⁻¹ + c·2^shift. `mode` says whether c is
 * added (1), subtracted (−1) or absent (0), and is known when compiling; with a linear term the part above 2²⁵⁶ is folded back, so that the value stays within −ε…p+ε.
 */
// @ts-ignore: decorators of AssemblyScript
@inline
function reduce(
  r: usize,
  c: usize,
  shift: i64,
  mode: i32,
  t0: i64,
  t1: i64,
  t2: i64,
  t3: i64,
  t4: i64,
  t5: i64,
  t6: i64,
  t7: i64,
  t8: i64,
  t9: i64,
  t10: i64,
  t11: i64,
  t12: i64,
  t13: i64,
  t14: i64,
  t15: i64,
  t16: i64,
): void {
  let acc: i64 = t0;
  const m0: i64 = acc & MASK;
  acc >>= 29;
  acc += t1;
  const m1: i64 = acc & MASK;
  acc >>= 29;
  acc += t2;
  if (IS_SM2) acc += (m0 << 6);
  const m2: i64 = acc & MASK;
  acc >>= 29;
  acc += t3;
  if (IS_SM2) acc += (m1 << 6) - (m0 << 9);
  else acc += (m0 << 9);
  const m3: i64 = acc & MASK;
  acc >>= 29;
  acc += t4;
  if (IS_SM2) acc += (m2 << 6) - (m1 << 9);
  else acc += (m1 << 9);
  const m4: i64 = acc & MASK;
  acc >>= 29;
  acc += t5;
  if (IS_SM2) acc += (m3 << 6) - (m2 << 9);
  else acc += (m2 << 9);
  const m5: i64 = acc & MASK;
  acc >>= 29;
  acc += t6;
  if (IS_SM2) acc += (m4 << 6) - (m3 << 9);
  else acc += (m3 << 9) + (m0 << 18);
  const m6: i64 = acc & MASK;
  acc >>= 29;
  acc += t7;
  if (IS_SM2) acc += (m5 << 6) - (m4 << 9) - (m0 << 21);
  else acc += (m4 << 9) + (m1 << 18) - (m0 << 21);
  const m7: i64 = acc & MASK;
  acc >>= 29;
  acc += t8;
  if (IS_SM2) acc += (m6 << 6) + (m0 << 24) - (m5 << 9) - (m1 << 21);
  else acc += (m5 << 9) + (m2 << 18) + (m0 << 24) - (m1 << 21);
  const m8: i64 = acc & MASK;
  acc >>= 29;
  acc += t9;
  if (IS_SM2) acc += (m7 << 6) + (m1 << 24) - (m6 << 9) - (m2 << 21);
  else acc += (m6 << 9) + (m3 << 18) + (m1 << 24) - (m2 << 21);
  if (mode != 0) acc = linear(acc, c, 0, shift, mode);
  const o0: i64 = acc & MASK;
  acc >>= 29;
  acc += t10;
  if (IS_SM2) acc += (m8 << 6) + (m2 << 24) - (m7 << 9) - (m3 << 21);
  else acc += (m7 << 9) + (m4 << 18) + (m2 << 24) - (m3 << 21);
  if (mode != 0) acc = linear(acc, c, 1, shift, mode);
  const o1: i64 = acc & MASK;
  acc >>= 29;
  acc += t11;
  if (IS_SM2) acc += (m3 << 24) - (m8 << 9) - (m4 << 21);
  else acc += (m8 << 9) + (m5 << 18) + (m3 << 24) - (m4 << 21);
  if (mode != 0) acc = linear(acc, c, 2, shift, mode);
  const o2: i64 = acc & MASK;
  acc >>= 29;
  acc += t12;
  if (IS_SM2) acc += (m4 << 24) - (m5 << 21);
  else acc += (m6 << 18) + (m4 << 24) - (m5 << 21);
  if (mode != 0) acc = linear(acc, c, 3, shift, mode);
  const o3: i64 = acc & MASK;
  acc >>= 29;
  acc += t13;
  if (IS_SM2) acc += (m5 << 24) - (m6 << 21);
  else acc += (m7 << 18) + (m5 << 24) - (m6 << 21);
  if (mode != 0) acc = linear(acc, c, 4, shift, mode);
  const o4: i64 = acc & MASK;
  acc >>= 29;
  acc += t14;
  if (IS_SM2) acc += (m6 << 24) - (m7 << 21);
  else acc += (m8 << 18) + (m6 << 24) - (m7 << 21);
  if (mode != 0) acc = linear(acc, c, 5, shift, mode);
  const o5: i64 = acc & MASK;
  acc >>= 29;
  acc += t15;
  acc += (m7 << 24) - (m8 << 21);
  if (mode != 0) acc = linear(acc, c, 6, shift, mode);
  const o6: i64 = acc & MASK;
  acc >>= 29;
  acc += t16;
  acc += (m8 << 24);
  if (mode != 0) acc = linear(acc, c, 7, shift, mode);
  const o7: i64 = acc & MASK;
  acc >>= 29;
  if (mode != 0) acc = linear(acc, c, 8, shift, mode);
  const q: i64 = mode != 0 ? acc >> 24 : 0;
  store<i32>(r, <i32>(o0 + q));
  store<i32>(r, <i32>(o1), 4);
  store<i32>(r, <i32>(IS_SM2 ? o2 - (q << 6) : o2), 8);
  store<i32>(r, <i32>(IS_SM2 ? o3 + (q << 9) : o3 - (q << 9)), 12);
  store<i32>(r, <i32>(o4), 16);
  store<i32>(r, <i32>(o5), 20);
  store<i32>(r, <i32>(IS_SM2 ? o6 : o6 - (q << 18)), 24);
  store<i32>(r, <i32>(o7 + (q << 21)), 28);
  store<i32>(r, <i32>(mode != 0 ? acc & 0xffffff : acc), 32);
}

// @ts-ignore: decorators of AssemblyScript
@inline
function linear(acc: i64, c: usize, limb: usize, shift: i64, mode: i32): i64 {
  const term = <i64>load<i32>(c + (limb << 2)) << shift;
  return mode > 0 ? acc + term : acc - term;
}

/** r = a·b + c·2^shift, with the linear term as {@link reduce} takes it. */
// @ts-ignore: decorators of AssemblyScript
@inline
function multiplyLinear(r: usize, a: usize, b: usize, c: usize, shift: i64, mode: i32): void {
  const a0: i64 = <i64>load<i32>(a);
  const a1: i64 = <i64>load<i32>(a, 4);
  const a2: i64 = <i64>load<i32>(a, 8);
  const a3: i64 = <i64>load<i32>(a, 12);
  const a4: i64 = <i64>load<i32>(a, 16);
  const a5: i64 = <i64>load<i32>(a, 20);
  const a6: i64 = <i64>load<i32>(a, 24);
  const a7: i64 = <i64>load<i32>(a, 28);
  const a8: i64 = <i64>load<i32>(a, 32);
  const b0: i64 = <i64>load<i32>(b);
  const b1: i64 = <i64>load<i32>(b, 4);
  const b2: i64 = <i64>load<i32>(b, 8);
  const b3: i64 = <i64>load<i32>(b, 12);
  const b4: i64 = <i64>load<i32>(b, 16);
  const b5: i64 = <i64>load<i32>(b, 20);
  const b6: i64 = <i64>load<i32>(b, 24);
  const b7: i64 = <i64>load<i32>(b, 28);
  const b8: i64 = <i64>load<i32>(b, 32);
  const t0: i64 = a0 * b0;
  const t1: i64 = a0 * b1 + a1 * b0;
  const t2: i64 = a0 * b2 + a1 * b1 + a2 * b0;
  const t3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
  const t4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
  const t5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0;
  const t6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0;
  const t7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0;
  const t8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0;
  const t9: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1;
  const t10: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2;
  const t11: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3;
  const t12: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4;
  const t13: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5;
  const t14: i64 = a6 * b8 + a7 * b7 + a8 * b6;
  const t15: i64 = a7 * b8 + a8 * b7;
  const t16: i64 = a8 * b8;
  reduce(r, c, shift, mode, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16);
}

/** r = a² + c·2^shift, with the linear term as {@link reduce} takes it. */
// @ts-ignore: decorators of AssemblyScript
@inline
function squareLinear(r: usize, a: usize, c: usize, shift: i64, mode: i32): void {
  const a0: i64 = <i64>load<i32>(a);
  const a1: i64 = <i64>load<i32>(a, 4);
  const a2: i64 = <i64>load<i32>(a, 8);
  const a3: i64 = <i64>load<i32>(a, 12);
  const a4: i64 = <i64>load<i32>(a, 16);
  const a5: i64 = <i64>load<i32>(a, 20);
  const a6: i64 = <i64>load<i32>(a, 24);
  const a7: i64 = <i64>load<i32>(a, 28);
  const a8: i64 = <i64>load<i32>(a, 32);
  const a02: i64 = a0 + a0;
  const a12: i64 = a1 + a1;
  const a22: i64 = a2 + a2;
  const a32: i64 = a3 + a3;
  const a42: i64 = a4 + a4;
  const a52: i64 = a5 + a5;
  const a62: i64 = a6 + a6;
  const a72: i64 = a7 + a7;
  const t0: i64 = a0 * a0;
  const t1: i64 = a02 * a1;
  const t2: i64 = a02 * a2 + a1 * a1;
  const t3: i64 = a02 * a3 + a12 * a2;
  const t4: i64 = a02 * a4 + a12 * a3 + a2 * a2;
  const t5: i64 = a02 * a5 + a12 * a4 + a22 * a3;
  const t6: i64 = a02 * a6 + a12 * a5 + a22 * a4 + a3 * a3;
  const t7: i64 = a02 * a7 + a12 * a6 + a22 * a5 + a32 * a4;
  const t8: i64 = a02 * a8 + a12 * a7 + a22 * a6 + a32 * a5 + a4 * a4;
  const t9: i64 = a12 * a8 + a22 * a7 + a32 * a6 + a42 * a5;
  const t10: i64 = a22 * a8 + a32 * a7 + a42 * a6 + a5 * a5;
  const t11: i64 = a32 * a8 + a42 * a7 + a52 * a6;
  const t12: i64 = a42 * a8 + a52 * a7 + a6 * a6;
  const t13: i64 = a52 * a8 + a62 * a7;
  const t14: i64 = a62 * a8 + a7 * a7;
  const t15: i64 = a72 * a8;
  const t16: i64 = a8 * a8;
  reduce(r, c, shift, mode, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16);
}

/** r = a·b. */
export function multiply(r: usize, a: usize, b: usize): void {
  multiplyLinear(r, a, b, 0, 0, 0);
}

/** r = a·b − c. */
export function multiplySubtract(r: usize, a: usize, b: usize, c: usize): void {
  multiplyLinear(r, a, b, c, 0, -1);
}

/** r = a·b + 8c. */
export function multiplyAdd8(r: usize, a: usize, b: usize, c: usize): void {
  multiplyLinear(r, a, b, c, 3, 1);
}

/** r = a². */
export function square(r: usize, a: usize): void {
  squareLinear(r, a, 0, 0, 0);
}

/** r = a² − c. */
export function squareSubtract(r: usize, a: usize, c: usize): void {
  squareLinear(r, a, c, 0, -1);
}

/** r = a² − 4c. */
export function squareSubtract4(r: usize, a: usize, c: usize): void {
  squareLinear(r, a, c, 2, -1);
}

/** r = a·b − c·d with one reduction. */
export function multiplyTwo(r: usize, a: usize, b: usize, c: usize, d: usize): void {
  const a0: i64 = <i64>load<i32>(a);
  const a1: i64 = <i64>load<i32>(a, 4);
  const a2: i64 = <i64>load<i32>(a, 8);
  const a3: i64 = <i64>load<i32>(a, 12);
  const a4: i64 = <i64>load<i32>(a, 16);
  const a5: i64 = <i64>load<i32>(a, 20);
  const a6: i64 = <i64>load<i32>(a, 24);
  const a7: i64 = <i64>load<i32>(a, 28);
  const a8: i64 = <i64>load<i32>(a, 32);
  const b0: i64 = <i64>load<i32>(b);
  const b1: i64 = <i64>load<i32>(b, 4);
  const b2: i64 = <i64>load<i32>(b, 8);
  const b3: i64 = <i64>load<i32>(b, 12);
  const b4: i64 = <i64>load<i32>(b, 16);
  const b5: i64 = <i64>load<i32>(b, 20);
  const b6: i64 = <i64>load<i32>(b, 24);
  const b7: i64 = <i64>load<i32>(b, 28);
  const b8: i64 = <i64>load<i32>(b, 32);
  const c0: i64 = <i64>load<i32>(c);
  const c1: i64 = <i64>load<i32>(c, 4);
  const c2: i64 = <i64>load<i32>(c, 8);
  const c3: i64 = <i64>load<i32>(c, 12);
  const c4: i64 = <i64>load<i32>(c, 16);
  const c5: i64 = <i64>load<i32>(c, 20);
  const c6: i64 = <i64>load<i32>(c, 24);
  const c7: i64 = <i64>load<i32>(c, 28);
  const c8: i64 = <i64>load<i32>(c, 32);
  const d0: i64 = <i64>load<i32>(d);
  const d1: i64 = <i64>load<i32>(d, 4);
  const d2: i64 = <i64>load<i32>(d, 8);
  const d3: i64 = <i64>load<i32>(d, 12);
  const d4: i64 = <i64>load<i32>(d, 16);
  const d5: i64 = <i64>load<i32>(d, 20);
  const d6: i64 = <i64>load<i32>(d, 24);
  const d7: i64 = <i64>load<i32>(d, 28);
  const d8: i64 = <i64>load<i32>(d, 32);
  const t0: i64 = a0 * b0 - (c0 * d0);
  const t1: i64 = a0 * b1 + a1 * b0 - (c0 * d1 + c1 * d0);
  const t2: i64 = a0 * b2 + a1 * b1 + a2 * b0 - (c0 * d2 + c1 * d1 + c2 * d0);
  const t3: i64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 - (c0 * d3 + c1 * d2 + c2 * d1 + c3 * d0);
  const t4: i64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 - (c0 * d4 + c1 * d3 + c2 * d2 + c3 * d1 + c4 * d0);
  const t5: i64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 - (c0 * d5 + c1 * d4 + c2 * d3 + c3 * d2 + c4 * d1 + c5 * d0);
  const t6: i64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 - (c0 * d6 + c1 * d5 + c2 * d4 + c3 * d3 + c4 * d2 + c5 * d1 + c6 * d0);
  const t7: i64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 - (c0 * d7 + c1 * d6 + c2 * d5 + c3 * d4 + c4 * d3 + c5 * d2 + c6 * d1 + c7 * d0);
  const t8: i64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 - (c0 * d8 + c1 * d7 + c2 * d6 + c3 * d5 + c4 * d4 + c5 * d3 + c6 * d2 + c7 * d1 + c8 * d0);
  const t9: i64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 - (c1 * d8 + c2 * d7 + c3 * d6 + c4 * d5 + c5 * d4 + c6 * d3 + c7 * d2 + c8 * d1);
  const t10: i64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 - (c2 * d8 + c3 * d7 + c4 * d6 + c5 * d5 + c6 * d4 + c7 * d3 + c8 * d2);
  const t11: i64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 - (c3 * d8 + c4 * d7 + c5 * d6 + c6 * d5 + c7 * d4 + c8 * d3);
  const t12: i64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 - (c4 * d8 + c5 * d7 + c6 * d6 + c7 * d5 + c8 * d4);
  const t13: i64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 - (c5 * d8 + c6 * d7 + c7 * d6 + c8 * d5);
  const t14: i64 = a6 * b8 + a7 * b7 + a8 * b6 - (c6 * d8 + c7 * d7 + c8 * d6);
  const t15: i64 = a7 * b8 + a8 * b7 - (c7 * d8 + c8 * d7);
  const t16: i64 = a8 * b8 - (c8 * d8);
  reduce(r, 0, 0, 0, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16);
}

/** r = a + b, limb by limb. */
export function add(r: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = i32x4.add(v128.load(a), v128.load(b));
    const high = i32x4.add(v128.load(a, 16), v128.load(b, 16));
    const top = load<i32>(a, 32) + load<i32>(b, 32);
    v128.store(r, low);
    v128.store(r, high, 16);
    store<i32>(r, top, 32);
  } else {
    for (let i: usize = 0; i < ELEMENT; i += 4) store<i32>(r + i, load<i32>(a + i) + load<i32>(b + i));
  }
}

/** r = a − b, limb by limb. */
export function subtract(r: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const low = i32x4.sub(v128.load(a), v128.load(b));
    const high = i32x4.sub(v128.load(a, 16), v128.load(b, 16));
    const top = load<i32>(a, 32) - load<i32>(b, 32);
    v128.store(r, low);
    v128.store(r, high, 16);
    store<i32>(r, top, 32);
  } else {
    for (let i: usize = 0; i < ELEMENT; i += 4) store<i32>(r + i, load<i32>(a + i) - load<i32>(b + i));
  }
}

/** r = 3a with its carries taken. */
export function triple(r: usize, a: usize): void {
  let carry: i64 = 0;
  for (let i: usize = 0; i < 32; i += 4) {
    carry += 3 * <i64>load<i32>(a + i);
    store<i32>(r + i, <i32>(carry & MASK));
    carry >>= 29;
  }
  store<i32>(r, <i32>(carry + 3 * <i64>load<i32>(a, 32)), 32);
}

/** r = −a if the mask is all ones, a if it is 0. */
export function negateIf(r: usize, a: usize, mask: i32): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) store<i32>(r + i, (load<i32>(a + i) ^ mask) - mask);
}

/** r = a if the mask is all ones, r if it is 0. */
export function selectInto(r: usize, a: usize, mask: i32): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    store<i32>(r + i, load<i32>(r + i) ^ ((load<i32>(r + i) ^ load<i32>(a + i)) & mask));
  }
}

export function copy(r: usize, a: usize): void {
  memory.copy(r, a, ELEMENT);
}

/** r = the one number in 0…m−1 of a, which has 29-bit limbs and lies within −m…2m. */
export function normalise(r: usize, a: usize, modulus: usize): void {
  const isNegative = load<i32>(a, 32) >> 31;
  let carry: i64 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += <i64>load<i32>(a + i) + <i64>(load<i32>(modulus + i) & isNegative);
    store<i32>(r + i, <i32>(i == 32 ? carry : carry & MASK));
    carry >>= 29;
  }
  reduceOnce(r, modulus);
}

/** r −= modulus if r ≥ modulus; r is not negative. */
export function reduceOnce(r: usize, modulus: usize): void {
  let borrow: i64 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    borrow = (borrow + <i64>load<i32>(r + i) - <i64>load<i32>(modulus + i)) >> 29;
  }
  const keep = ~(<i32>borrow >> 31);
  borrow = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    borrow += <i64>load<i32>(r + i) - <i64>(load<i32>(modulus + i) & keep);
    store<i32>(r + i, <i32>(i == 32 ? borrow : borrow & MASK));
    borrow >>= 29;
  }
}

/** r = a in 0…p−1, still in Montgomery form. */
export function canonical(r: usize, a: usize): void {
  multiply(r, a, ONE);
  normalise(r, r, P);
}

/** r = a in 0…p−1, out of Montgomery form. */
export function leaveMontgomery(r: usize, a: usize): void {
  multiply(r, a, PLAIN_ONE);
  normalise(r, r, P);
}

/** All ones if a number in its normal form is 0, else 0. */
export function zeroMask(a: usize): i32 {
  let bits: i32 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) bits |= load<i32>(a + i);
  return ~((bits | -bits) >> 31);
}
