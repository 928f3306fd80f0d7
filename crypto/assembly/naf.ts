/**
 * Multiples of a public point that is met for the first time: signed digits with at least WIDTH − 1 zeros between two of
 * them. Its steps depend on the scalar, so that it is for verification only.
 */
import { WORK } from "./memory";
import { addAffinePublic, AFFINE_BYTES, double, writeOddMultiples } from "./point";
import { writeNumber } from "./scalar";

const WIDTH: i32 = 5;
const COUNT: usize = 1 << (WIDTH - 2);
const multiples: usize = memory.data(8 * 72, 16);
const digits: usize = memory.data(264, 8);
const bytes: usize = WORK + 2000;
const words: usize = WORK + 1840;

/** p = scalar·q for an affine q and a scalar in 1…n−1; returns whether it is infinity, which it never is. */
export function addNafPublic(p: usize, q: usize, scalar: usize): bool {
  writeOddMultiples(multiples, q, COUNT);
  writeDigits(scalar);
  let isInfinity = true;
  for (let i: i32 = 256; i >= 0; i--) {
    if (!isInfinity) double(p);
    const digit = <i32>load<i8>(digits + i);
    if (digit == 0) continue;
    const sign = digit >> 31;
    const index = <usize>(((digit ^ sign) - sign) >> 1);
    isInfinity = addAffinePublic(p, isInfinity, multiples + index * AFFINE_BYTES, sign);
  }
  return isInfinity;
}

/** One signed byte for each power of 2, the lowest first. */
function writeDigits(scalar: usize): void {
  writeNumber(bytes, scalar);
  for (let i: usize = 0; i < 32; i += 8) store<u64>(words + i, bswap(load<u64>(bytes + 24 - i)));
  store<u64>(words, 0, 32);
  memory.fill(digits, 0, 264);
  let carry: i32 = 0;
  let bit: i32 = 0;
  while (bit <= 256) {
    if (pieceAt(bit, 1) == carry) {
      bit += 1;
      continue;
    }
    const piece = pieceAt(bit, WIDTH) + carry;
    carry = piece >> (WIDTH - 1);
    store<i8>(digits + bit, <i8>(piece - (carry << WIDTH)));
    bit += WIDTH;
  }
}

function pieceAt(bit: i32, width: i32): i32 {
  return (load<u32>(words + (<usize>bit >> 3)) >> (bit & 7)) & ((1 << width) - 1);
}
