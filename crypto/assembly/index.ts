/**
 * What the host calls. It writes numbers (32 bytes, big endian) and points (x ‖ y) at `io`, calls, and reads there; each call
 * that touched a secret leaves nothing of it behind but what stands at `io`, which the host takes and clears.
 */
import { BASE_TABLE_BYTES, BASE_WIDTH, KEY_TABLE_BYTES, KEY_WIDTH, multiplyByTable, multiplyPoint, writeTable } from "./comb";
import { G, N, R2 } from "./curve";
import { ELEMENT, leaveMontgomery, multiply, negateIf, reduceOnce, zeroMask } from "./field";
import { BATCH, IO, wipe, WORK } from "./memory";
import { isOnCurve, isReduced, toAffine } from "./point";
import { lessMask, readNumber, writeNumber } from "./scalar";
import * as signature from "./signature";

/** Where the host writes and reads. */
export const io: usize = IO;
/** The most signatures one call makes. */
export const batch: usize = BATCH;
/** Bytes that `prepareKey` leaves at io, and that `sign` wants there. */
export const keyBytes: i32 = signature.KEY_BYTES;
/** Bytes of the table of one public key. */
export const keyTableBytes: i32 = KEY_TABLE_BYTES;
/** Where the host may put such tables, after growing the memory. */
export const tables: usize = __heap_base;

const baseTable: usize = memory.data(BASE_TABLE_BYTES, 16);
const scalar: usize = WORK + 2560;
const q: usize = WORK + 2600; // an affine point
const p: usize = WORK + 2680; // a point
let isStarted: bool = false;

/** Builds the table of the generator; once, before everything else. */
export function start(): void {
  if (isStarted) return;
  writeTable(baseTable, G, BASE_WIDTH);
  isStarted = true;
}

/** d at io becomes a prepared key there. */
export function prepareKey(): bool {
  const isPrepared = signature.prepareKey();
  wipe(0);
  return isPrepared;
}

/** Signs `count` items at io + 256 with the prepared key at io. */
export function sign(count: usize): void {
  signature.signItems(baseTable, count);
  wipe(count);
}

/** Whether x ‖ y at io is a point of the curve. */
export function isPoint(): bool {
  return readPoint();
}

/** Whether the one item is signed by the point at io; `keyTable` is 0 or that point's table. */
export function verify(keyTable: usize): bool {
  return readPoint() && signature.verifyItem(baseTable, q, keyTable);
}

/** Builds the table of the point at io. */
export function buildTable(table: usize): bool {
  if (!readPoint()) return false;
  writeTable(table, q, KEY_WIDTH);
  return true;
}

/** The number at io becomes its multiple of the generator; false if it is not in 1…n−1. */
export function publicPoint(): bool {
  readNumber(scalar, IO);
  const isInRange = (lessMask(scalar, N) & ~zeroMask(scalar)) != 0;
  if (isInRange) {
    const sign = multiplyByTable(p, baseTable, BASE_WIDTH, scalar);
    toAffine(q, p);
    negateIf(q + ELEMENT, q + ELEMENT, sign);
    writePoint();
  }
  wipe(0);
  return isInRange;
}

/** x ‖ y ‖ number at io becomes the multiple of the point: 0 not on the curve, 1 done, 2 the number is 0 modulo n. */
export function multiplyAny(): i32 {
  readNumber(scalar, IO + 64);
  reduceOnce(scalar, N);
  let outcome: i32 = 0;
  if (readPoint()) {
    outcome = 2;
    if (zeroMask(scalar) == 0) {
      outcome = 1;
      multiplyPoint(q, q, scalar);
      writePoint();
    }
  }
  wipe(0);
  return outcome;
}

function readPoint(): bool {
  readNumber(q, IO);
  readNumber(q + ELEMENT, IO + 32);
  if (!isReduced(q)) return false;
  multiply(q, q, R2);
  multiply(q + ELEMENT, q + ELEMENT, R2);
  return isOnCurve(q);
}

function writePoint(): void {
  leaveMontgomery(scalar, q);
  writeNumber(IO, scalar);
  leaveMontgomery(scalar, q + ELEMENT);
  writeNumber(IO + 32, scalar);
}
