/**
 * Multiples of a point by a table: the scalar is written with odd signed digits of w bits, none of them 0, and the table
 * holds for each place i the odd multiples 1, 3 … 2^w − 1 of 2^(w·i) times the point.
 *
 * For an odd scalar k the digits need no carry: with K = (k >> 1) + 2^(w·places − 1), digit i is 2·Kᵢ + 1 − 2^w, where Kᵢ
 * are the w-bit pieces of K. An even scalar is replaced by n − k, and the sign of the result turned.
 */
import { ELEMENT, copy, negateIf, selectInto } from "./field";
import { N } from "./curve";
import { WORK } from "./memory";
import {
  addAffine,
  addAffineComplete,
  addAffinePublic,
  AFFINE_BYTES,
  double,
  putRow,
  setAffine,
  toAffine,
  writeOddMultiples,
  writeRows,
} from "./point";
import { writeNumber } from "./scalar";

/** The generator: 43 places of 6 bits, 97 KiB. */
export const BASE_WIDTH: usize = 6;
/** A public key: 52 places of 5 bits, 59 KiB; it is built at run time, and kept many times. */
export const KEY_WIDTH: usize = 5;

// @ts-ignore: decorators of AssemblyScript
@inline
export function placesOf(width: usize): usize {
  return width == 6 ? 43 : 52;
}

export const BASE_TABLE_BYTES: i32 = 43 * 32 * 72;
export const KEY_TABLE_BYTES: i32 = 52 * 16 * 72;

const pieces: usize = WORK + 1840; // K, 40 bytes little endian
const odd: usize = WORK + 1880;
const entry: usize = WORK + 1920; // an affine point, 80 bytes
const bytes: usize = WORK + 2000;

/** Writes K for the scalar in 1…n−1; all ones if the scalar was even. */
export function recode(scalar: usize, width: usize): i32 {
  const isEven = (load<i32>(scalar) & 1) - 1;
  copy(odd, scalar);
  let carry: i64 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += <i64>load<i32>(N + i) - <i64>load<i32>(scalar + i);
    store<i32>(entry + i, <i32>(carry & 0x1fffffff));
    carry >>= 29;
  }
  selectInto(odd, entry, isEven);
  writeNumber(bytes, odd);
  const w0 = bswap(load<u64>(bytes + 24));
  const w1 = bswap(load<u64>(bytes + 16));
  const w2 = bswap(load<u64>(bytes + 8));
  const w3 = bswap(load<u64>(bytes));
  store<u64>(pieces, (w0 >> 1) | (w1 << 63));
  store<u64>(pieces, (w1 >> 1) | (w2 << 63), 8);
  store<u64>(pieces, (w2 >> 1) | (w3 << 63), 16);
  store<u64>(pieces, w3 >> 1, 24);
  store<u64>(pieces, <u64>1 << (width * placesOf(width) - 257), 32);
  return isEven;
}

// @ts-ignore: decorators of AssemblyScript
@inline
function pieceAt(place: usize, width: usize): i32 {
  const bit = place * width;
  return (load<u32>(pieces + (bit >> 3)) >> <u32>(bit & 7)) & ((1 << <i32>width) - 1);
}

/** All ones if the piece stands for a negative digit. */
// @ts-ignore: decorators of AssemblyScript
@inline
function signOf(piece: i32, width: usize): i32 {
  return (piece >> (<i32>width - 1)) - 1;
}

// @ts-ignore: decorators of AssemblyScript
@inline
function indexOf(piece: i32, width: usize): i32 {
  return (piece ^ signOf(piece, width)) & ((1 << (<i32>width - 1)) - 1);
}

/** Copies row `index` of `count` to `entry`, reading every row, so that no address depends on the index. */
function scan(rows: usize, count: i32, index: i32): void {
  if (ASC_FEATURE_SIMD) {
    const wanted = i32x4.splat(index);
    const one = i32x4.splat(1);
    let counter = i32x4.splat(0);
    let a = i32x4.splat(0), b = a, c = a, d = a, e = a;
    const end = rows + <usize>count * AFFINE_BYTES;
    for (let row = rows; row < end; row += AFFINE_BYTES) {
      const mask = i32x4.eq(counter, wanted);
      a = v128.or(a, v128.and(v128.load(row), mask));
      b = v128.or(b, v128.and(v128.load(row, 16), mask));
      c = v128.or(c, v128.and(v128.load(row, 32), mask));
      d = v128.or(d, v128.and(v128.load(row, 48), mask));
      e = v128.or(e, v128.and(v128.load(row, 56), mask));
      counter = i32x4.add(counter, one);
    }
    v128.store(entry, a);
    v128.store(entry, b, 16);
    v128.store(entry, c, 32);
    v128.store(entry, d, 48);
    v128.store(entry, e, 56);
  } else {
    let a: u64 = 0, b: u64 = 0, c: u64 = 0, d: u64 = 0, e: u64 = 0, f: u64 = 0, g: u64 = 0, h: u64 = 0, j: u64 = 0;
    let row = rows;
    for (let i: i32 = 0; i < count; i++, row += AFFINE_BYTES) {
      const difference = i ^ index;
      const mask = <u64>(<i64>~((difference | -difference) >> 31));
      a |= load<u64>(row) & mask;
      b |= load<u64>(row, 8) & mask;
      c |= load<u64>(row, 16) & mask;
      d |= load<u64>(row, 24) & mask;
      e |= load<u64>(row, 32) & mask;
      f |= load<u64>(row, 40) & mask;
      g |= load<u64>(row, 48) & mask;
      h |= load<u64>(row, 56) & mask;
      j |= load<u64>(row, 64) & mask;
    }
    store<u64>(entry, a);
    store<u64>(entry, b, 8);
    store<u64>(entry, c, 16);
    store<u64>(entry, d, 24);
    store<u64>(entry, e, 32);
    store<u64>(entry, f, 40);
    store<u64>(entry, g, 48);
    store<u64>(entry, h, 56);
    store<u64>(entry, j, 64);
  }
}

/**
 * p = ±scalar·(the table's point); with the sign that the caller restores by the returned mask (all ones: negate). Takes the
 * same steps for every scalar in 1…n−1.
 *
 * Sums of lower places are smaller than what is added, so that only the last addition can meet equal points, by wrapping
 * round n.
 */
export function multiplyByTable(p: usize, table: usize, width: usize, scalar: usize): i32 {
  const isNegated = recode(scalar, width);
  const places = placesOf(width);
  const rowBytes = AFFINE_BYTES << (width - 1);
  const count: i32 = 1 << (<i32>width - 1);
  for (let i: usize = 0; i < places; i++) {
    const piece = pieceAt(i, width);
    const sign = signOf(piece, width);
    scan(table + i * rowBytes, count, indexOf(piece, width));
    if (i == 0) setAffine(p, entry, sign);
    else if (i + 1 < places) addAffine(p, entry, sign);
    else addAffineComplete(p, entry, sign);
  }
  return isNegated;
}

/** p = p + scalar·(the table's point) for public values in 1…n−1. @returns whether the sum is infinity. */
export function addByTablePublic(p: usize, isInfinity: bool, table: usize, width: usize, scalar: usize): bool {
  const turn = recode(scalar, width);
  const places = placesOf(width);
  const rowBytes = AFFINE_BYTES << (width - 1);
  let isInfinite = isInfinity;
  for (let i: usize = 0; i < places; i++) {
    const piece = pieceAt(i, width);
    const at = table + i * rowBytes + <usize>indexOf(piece, width) * AFFINE_BYTES;
    isInfinite = addAffinePublic(p, isInfinite, at, signOf(piece, width) ^ turn);
  }
  return isInfinite;
}

const running: usize = WORK + 2040; // a point

/** Writes the table of an affine point. */
export function writeTable(table: usize, q: usize, width: usize): void {
  const places = placesOf(width);
  const rowBytes = AFFINE_BYTES << (width - 1);
  setAffine(running, q, 0);
  for (let i: usize = 0; i < places; i++) {
    putRow(i, running);
    for (let j: usize = 0; j < width; j++) double(running);
  }
  writeRows(table, rowBytes, places);
  for (let i: usize = 0; i < places; i++) {
    writeOddMultiples(table + i * rowBytes, table + i * rowBytes, 1 << (width - 1));
  }
}

const oddMultiples: usize = memory.data(16 * 72, 16);

/** The affine r = scalar·q, in the same steps for every scalar in 1…n−1. */
export function multiplyPoint(r: usize, q: usize, scalar: usize): void {
  writeOddMultiples(oddMultiples, q, 16);
  const isNegated = recode(scalar, KEY_WIDTH);
  const places = placesOf(KEY_WIDTH);
  for (let i = <i32>places - 1; i >= 0; i--) {
    const piece = pieceAt(i, KEY_WIDTH);
    const sign = signOf(piece, KEY_WIDTH);
    scan(oddMultiples, 16, indexOf(piece, KEY_WIDTH));
    if (i == <i32>places - 1) {
      setAffine(running, entry, sign);
      continue;
    }
    for (let j: usize = 0; j < KEY_WIDTH; j++) double(running);
    if (i > 0) addAffine(running, entry, sign);
    else addAffineComplete(running, entry, sign);
  }
  toAffine(r, running);
  negateIf(r + 36, r + 36, isNegated);
}
