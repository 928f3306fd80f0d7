/**
 * SM2 (GB/T 32918.2-2016 §6.1 and §7.1) on sm2p256v1, ECDSA (FIPS 186-5 §6.4) on P-256, over a ready digest e.
 */
import { IS_SM2, N, P, PLAIN_ONE, R2 } from "./curve";
import { addByTablePublic, BASE_WIDTH, KEY_WIDTH, multiplyByTable } from "./comb";
import { canonical, copy, ELEMENT, multiply, normalise, reduceOnce, square, subtract, zeroMask } from "./field";
import { invertN } from "./inverse";
import {
  IO,
  ITEM_BYTES,
  ITEMS,
  NONCE_BYTES,
  NONCE_POINT_BYTES,
  NONCE_POINTS,
  NONCES,
  ROWS,
  WORK,
} from "./memory";
import { deriveNonce, prepareNonceKey } from "./nonce";
import { addNafPublic } from "./naf";
import { putRow, writeRows } from "./point";
import {
  addN,
  enterMontgomeryN,
  lessMask,
  multiplyN,
  readModuloN,
  readNumber,
  subtractN,
  writeNumber,
} from "./scalar";

// A prepared key, at IO: the factor of s (SM2: 1/(1 + d), ECDSA: d; in Montgomery form), then the nonce key.
const FACTOR: usize = 0;
const NONCE_KEY: usize = 40;
/** Of a prepared key. */
export const KEY_BYTES: i32 = 168;

const point: usize = WORK + 2200;
const a: usize = WORK + 2320;
const b: usize = WORK + 2360;
const c: usize = WORK + 2400;
const d: usize = WORK + 2440;

/** Reads d at IO and leaves a prepared key there; false if d is not in 1…n−1, or 1 + d has no inverse where SM2 needs one. */
export function prepareKey(): bool {
  readNumber(a, IO);
  if ((lessMask(a, N) & ~zeroMask(a)) == 0) return false;
  prepareNonceKey(b + 40, IO); // c, d and what follows are free
  if (IS_SM2) {
    addN(a, a, PLAIN_ONE);
    if (zeroMask(a) != 0) return false;
    enterMontgomeryN(a, a);
    invertN(a, a);
  } else {
    enterMontgomeryN(a, a);
  }
  copy(IO + FACTOR, a);
  memory.copy(IO + NONCE_KEY, b + 40, 128);
  return true;
}

/** Signs items 0…count−1 with the prepared key at IO; r ‖ s follows each item's input. */
export function signItems(baseTable: usize, count: usize): void {
  signRange(baseTable, 0, count, 0);
  for (let i: usize = 0; i < count; i++) {
    let tries: u32 = 1;
    // r = 0, s = 0 or r + k = n: once in 2²⁵⁵ signatures, and then the next nonce is taken.
    while (!finishItem(i)) {
      signRange(baseTable, i, 1, tries);
      tries += 1;
    }
  }
}

/** Draws nonces for items first…first+count−1 and computes x of k·G and, for ECDSA, 1/k. */
function signRange(baseTable: usize, first: usize, count: usize, counter: u32): void {
  for (let i: usize = 0; i < count; i++) {
    const item = first + i;
    const k = NONCES + item * NONCE_BYTES;
    deriveNonce(k, IO + NONCE_KEY, ITEMS + item * ITEM_BYTES, counter);
    multiplyByTable(point, baseTable, BASE_WIDTH, k);
    putRow(i, point);
  }
  writeRows(NONCE_POINTS + first * NONCE_POINT_BYTES, NONCE_POINT_BYTES, count);
  if (!IS_SM2) invertNonces(first, count);
}

/** Puts 1/k of each item, in Montgomery form, where the y of its point was; one inversion for all. */
function invertNonces(first: usize, count: usize): void {
    for (let i: usize = 0; i < count; i++) {
    const at = ROWS + i * 80;
    enterMontgomeryN(at, NONCES + (first + i) * NONCE_BYTES);
    if (i == 0) copy(at + 40, at);
    else multiplyN(at + 40, at - 40, at);
  }
  invertN(a, ROWS + (count - 1) * 80 + 40);
  for (let i: usize = count - 1; i > 0; i--) {
    const at = ROWS + i * 80;
    multiplyN(NONCE_POINTS + (first + i) * NONCE_POINT_BYTES + ELEMENT, a, at - 40);
    multiplyN(a, a, at);
  }
  copy(NONCE_POINTS + first * NONCE_POINT_BYTES + ELEMENT, a);
}

/** Computes r and s of an item; false if the standard rejects this nonce. */
function finishItem(index: usize): bool {
  const item = ITEMS + index * ITEM_BYTES;
  const k = NONCES + index * NONCE_BYTES;
  const at = NONCE_POINTS + index * NONCE_POINT_BYTES;
  multiply(b, at, PLAIN_ONE);
  normalise(b, b, P);
  reduceOnce(b, N); // x1 mod n, as p < 2n
  readModuloN(c, item);
  let isRejected: i32;
  if (IS_SM2) {
    addN(b, b, c); // r = e + x1
    addN(c, b, k);
    isRejected = zeroMask(b) | zeroMask(c);
    multiplyN(d, IO + FACTOR, c);
    subtractN(d, d, b); // s = (k + r)/(1 + d) − r, which is (k − r·d)/(1 + d)
  } else {
    isRejected = zeroMask(b); // r = x1
    multiplyN(d, IO + FACTOR, b);
    addN(d, d, c);
    multiplyN(d, at + ELEMENT, d); // s = (e + r·d)/k
  }
  isRejected |= zeroMask(d);
  writeNumber(item + 64, b);
  writeNumber(item + 96, d);
  return isRejected == 0;
}

/**
 * Whether the item's r ‖ s is a signature of its e under the affine point q, which is on the curve. `keyTable` is 0 or the
 * table of q. All of it is public.
 */
export function verifyItem(baseTable: usize, q: usize, keyTable: usize): bool {
  const r = c, s = d;
  readNumber(r, ITEMS + 64);
  readNumber(s, ITEMS + 96);
  if ((lessMask(r, N) & ~zeroMask(r) & lessMask(s, N) & ~zeroMask(s)) == 0) return false;
  readModuloN(a, ITEMS); // e
  const ofBase = scalars, ofKey = scalars + 40;
  if (IS_SM2) {
    copy(ofBase, s);
    addN(ofKey, r, s);
    if (zeroMask(ofKey) != 0) return false;
    subtractN(a, r, a); // x1 has to be r − e
  } else {
    enterMontgomeryN(b, s);
    invertN(b, b);
    multiplyN(ofBase, a, b);
    multiplyN(ofKey, r, b);
    copy(a, r);
  }
  let isInfinity = keyTable != 0
    ? addByTablePublic(point, true, keyTable, KEY_WIDTH, ofKey)
    : addNafPublic(point, q, ofKey);
  if (zeroMask(ofBase) == 0) isInfinity = addByTablePublic(point, isInfinity, baseTable, BASE_WIDTH, ofBase);
  return !isInfinity && hasX(a);
}
const scalars: usize = WORK + 2480;

/** Whether x of `point`, modulo n, is the number; without an inversion: X = x·Z². */
function hasX(x: usize): bool {
  square(b, point + 80);
  if (isXOver(x)) return true;
  // p is a little more than n or less than 2n: the only other x that gives this number is x + n, if it is below p.
  let carry: i32 = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += load<i32>(x + i) + load<i32>(N + i);
    store<i32>(x + i, i == 32 ? carry : carry & 0x1fffffff);
    carry >>= 29;
  }
  return lessMask(x, P) != 0 && isXOver(x);
}

function isXOver(x: usize): bool {
  multiply(c, x, R2);
  multiply(c, c, b);
  subtract(c, c, point);
  canonical(c, c);
  return zeroMask(c) != 0;
}
