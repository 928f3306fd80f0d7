import type { EcCurve } from "../engine/index.ts";

/** A curve y² = x³ − 3x + b over numbers, for the back end that has nothing better. */
export interface BigCurve {
  readonly p: bigint;
  readonly n: bigint;
  readonly b: bigint;
  readonly generator: BigPoint;
}

export interface BigPoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** sm2p256v1 (GB/T 32918.5-2017) and P-256 (SEC 2). */
export const bigCurves: Readonly<Record<EcCurve, BigCurve>> = {
  sm2: {
    p: BigInt("0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"),
    n: BigInt("0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"),
    b: BigInt("0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"),
    generator: {
      x: BigInt("0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"),
      y: BigInt("0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"),
    },
  },
  p256: {
    p: BigInt("0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
    n: BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    b: BigInt("0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
    generator: {
      x: BigInt("0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
      y: BigInt("0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
    },
  },
};

/** The one number in 0…modulus−1. */
export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** The inverse modulo a prime, by Euclid; 0 for 0. */
export function inverseModulo(value: bigint, modulus: bigint): bigint {
  let [low, high, a, b] = [modulo(value, modulus), modulus, 1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [b, a] = [a, b - quotient * a];
  }
  return low === 0n ? 0n : modulo(a, modulus);
}

export function isOnCurve({ p, b }: BigCurve, { x, y }: BigPoint): boolean {
  return x < p && y < p && modulo(y * y - (x * x - 3n) * x - b, p) === 0n;
}

/** X, Y, Z with x = X/Z² and y = Y/Z³; infinity has Z = 0. */
type Jacobian = readonly [x: bigint, y: bigint, z: bigint];

/** The sum of scalar times point over the terms; undefined for infinity. Its time depends on the scalars. */
export function sumOfMultiples(
  curve: BigCurve,
  ...terms: readonly (readonly [scalar: bigint, point: BigPoint])[]
): BigPoint | undefined {
  const { p } = curve;
  let sum: Jacobian = [1n, 1n, 0n];
  for (let bit = 255n; bit >= 0n; bit -= 1n) {
    sum = double(p, sum);
    for (const [scalar, { x, y }] of terms) {
      if ((scalar >> bit) & 1n) sum = add(p, sum, [x, y, 1n]);
    }
  }
  const [x, y, z] = sum;
  if (z === 0n) return undefined;
  const inverse = inverseModulo(z, p);
  const square = modulo(inverse * inverse, p);
  return { x: modulo(x * square, p), y: modulo(y * square * inverse, p) };
}

function double(p: bigint, [x, y, z]: Jacobian): Jacobian {
  const delta = (z * z) % p;
  const gamma = (y * y) % p;
  const beta = (x * gamma) % p;
  const alpha = (3n * (x - delta) * (x + delta)) % p;
  const x3 = modulo(alpha * alpha - 8n * beta, p);
  return [x3, modulo(alpha * (4n * beta - x3) - 8n * gamma * gamma, p), modulo(2n * y * z, p)];
}

function add(p: bigint, left: Jacobian, right: Jacobian): Jacobian {
  const [x1, y1, z1] = left;
  const [x2, y2] = right;
  if (z1 === 0n) return right;
  const zz = (z1 * z1) % p;
  const h = modulo(x2 * zz - x1, p);
  const r = modulo(y2 * zz * z1 - y1, p);
  if (h === 0n) return r === 0n ? double(p, left) : [1n, 1n, 0n];
  const hh = (h * h) % p;
  const hhh = (h * hh) % p;
  const v = (x1 * hh) % p;
  const x3 = modulo(r * r - hhh - 2n * v, p);
  return [x3, modulo(r * (v - x3) - y1 * hhh, p), (z1 * h) % p];
}
