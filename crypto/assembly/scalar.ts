/**
 * Arithmetic modulo the group order n on nine limbs of 29 bits. Every result is in 0…n−1; no step depends on a value.
 */
import { HIGH_N, N, N_DASH, R2_N } from "./curve";
import { ELEMENT, normalise, reduceOnce } from "./field";
import { WORK } from "./memory";

const MASK: i64 = 0x1fffffff;
const columns: usize = WORK; // 18 × 8 bytes
const wide: usize = WORK + 144; // 2 elements

/** r = a·b·R⁻¹ mod n. */
export function multiplyN(r: usize, a: usize, b: usize): void {
  memory.fill(columns, 0, 144);
  for (let i: usize = 0; i < 9; i++) {
    const factor = <i64>load<i32>(a + (i << 2));
    const row = columns + (i << 3);
    for (let j: usize = 0; j < 9; j++) {
      const at = row + (j << 3);
      store<i64>(at, load<i64>(at) + factor * <i64>load<i32>(b + (j << 2)));
    }
  }
  for (let i: usize = 0; i < 9; i++) {
    const row = columns + (i << 3);
    const m = (load<i64>(row) * N_DASH) & MASK;
    for (let j: usize = 0; j < 9; j++) {
      const at = row + (j << 3);
      store<i64>(at, load<i64>(at) + m * <i64>load<i32>(N + (j << 2)));
    }
    store<i64>(row + 8, load<i64>(row + 8) + (load<i64>(row) >> 29));
  }
  let carry: i64 = 0;
  for (let i: usize = 0; i < 9; i++) {
    carry += load<i64>(columns + 72 + (i << 3));
    store<i32>(r + (i << 2), <i32>(carry & MASK));
    carry >>= 29;
  }
  reduceOnce(r, N);
}

/** r = a + b mod n. */
export function addN(r: usize, a: usize, b: usize): void {
  let carry: i32 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += load<i32>(a + i) + load<i32>(b + i);
    store<i32>(r + i, carry & <i32>MASK);
    carry >>= 29;
  }
  reduceOnce(r, N);
}

/** r = a − b mod n. */
export function subtractN(r: usize, a: usize, b: usize): void {
  let carry: i32 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += load<i32>(a + i) - load<i32>(b + i);
    store<i32>(r + i, i == 32 ? carry : carry & <i32>MASK);
    carry >>= 29;
  }
  normalise(r, r, N);
}

/** r = a·R mod n. */
export function enterMontgomeryN(r: usize, a: usize): void {
  multiplyN(r, a, R2_N);
}

/** r = the number in 32 bytes, big endian, as it stands. */
export function readNumber(r: usize, bytes: usize): void {
  const w0 = bswap(load<u64>(bytes + 24));
  const w1 = bswap(load<u64>(bytes + 16));
  const w2 = bswap(load<u64>(bytes + 8));
  const w3 = bswap(load<u64>(bytes));
  store<u32>(r, <u32>(w0 & MASK));
  store<u32>(r + 4, <u32>((w0 >> 29) & MASK));
  store<u32>(r + 8, <u32>(((w0 >> 58) | (w1 << 6)) & MASK));
  store<u32>(r + 12, <u32>((w1 >> 23) & MASK));
  store<u32>(r + 16, <u32>(((w1 >> 52) | (w2 << 12)) & MASK));
  store<u32>(r + 20, <u32>((w2 >> 17) & MASK));
  store<u32>(r + 24, <u32>(((w2 >> 46) | (w3 << 18)) & MASK));
  store<u32>(r + 28, <u32>((w3 >> 11) & MASK));
  store<u32>(r + 32, <u32>(w3 >> 40));
}

/** Writes a number in its normal form below 2²⁵⁶ as 32 bytes, big endian. */
export function writeNumber(bytes: usize, a: usize): void {
  const l0 = <u64>load<u32>(a);
  const l1 = <u64>load<u32>(a + 4);
  const l2 = <u64>load<u32>(a + 8);
  const l3 = <u64>load<u32>(a + 12);
  const l4 = <u64>load<u32>(a + 16);
  const l5 = <u64>load<u32>(a + 20);
  const l6 = <u64>load<u32>(a + 24);
  const l7 = <u64>load<u32>(a + 28);
  const l8 = <u64>load<u32>(a + 32);
  store<u64>(bytes + 24, bswap(l0 | (l1 << 29) | (l2 << 58)));
  store<u64>(bytes + 16, bswap((l2 >> 6) | (l3 << 23) | (l4 << 52)));
  store<u64>(bytes + 8, bswap((l4 >> 12) | (l5 << 17) | (l6 << 46)));
  store<u64>(bytes, bswap((l6 >> 18) | (l7 << 11) | (l8 << 40)));
}

/** All ones if a < b, else 0, for numbers in their normal form. */
export function lessMask(a: usize, b: usize): i32 {
  let borrow: i32 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) borrow = (borrow + load<i32>(a + i) - load<i32>(b + i)) >> 29;
  return borrow >> 31;
}

/** r = the number in 32 bytes modulo n; as n > 2²⁵⁵ one subtraction does it. */
export function readModuloN(r: usize, bytes: usize): void {
  readNumber(r, bytes);
  reduceOnce(r, N);
}

/** r = the number in 64 bytes modulo n. */
export function readWideModuloN(r: usize, bytes: usize): void {
  readNumber(wide, bytes);
  multiplyN(wide, wide, HIGH_N);
  readModuloN(wide + ELEMENT, bytes + 32);
  addN(r, wide, wide + ELEMENT);
}
