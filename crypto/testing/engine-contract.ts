import { createHash, createHmac, randomBytes } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { bytesOfHex, concatBytes, hexOf } from "../src/bytes/index.ts";
import { wrongAnswer } from "../src/sm2/engine/index.ts";
import type { EcCurve, EcEngine, RandomBytes } from "../src/sm2/engine/index.ts";
import { bigCurves, inverseModulo, modulo, sumOfMultiples } from "../src/sm2/node/big-curve.ts";
import type { BigPoint } from "../src/sm2/node/big-curve.ts";
import { fuzzRuns } from "./fuzz-runs.ts";

const bytesOf = (value: bigint): Uint8Array => bytesOfHex(value.toString(16).padStart(64, "0"));
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes)}`);
const bytesOfPoint = ({ x, y }: BigPoint): Uint8Array => concatBytes(bytesOf(x), bytesOf(y));
const fresh: RandomBytes = (length) => new Uint8Array(randomBytes(length));

function multiple(curve: EcCurve, scalar: bigint, point = bigCurves[curve].generator): Uint8Array {
  const product = sumOfMultiples(bigCurves[curve], [scalar, point]);
  if (product === undefined) throw new Error("infinity");
  return bytesOfPoint(product);
}

/** The sum that is to be r: e + x1 for SM2, x1 for ECDSA. Makes signatures from chosen numbers, forgeries among them. */
interface Forgery {
  readonly e: Uint8Array;
  readonly rs: Uint8Array;
}

/**
 * A signature under the key d in which the two halves of the verifier's sum, u·G and v·P, are related as wanted: the sum is
 * (u + v·d)·G. The digest is computed to fit, as only the owner of the key can.
 */
function signatureWith(curve: EcCurve, d: bigint, u: bigint, v: bigint): Forgery {
  const { n } = bigCurves[curve];
  const x = numberOf(multiple(curve, modulo(u + v * d, n)).subarray(0, 32));
  if (curve === "sm2") {
    // s = u, r = v − s, e = r − x.
    const r = modulo(v - u, n);
    return { e: bytesOf(modulo(r - x, n)), rs: concatBytes(bytesOf(r), bytesOf(u)) };
  }
  // r = x, s = r/v, e = u·s.
  const r = modulo(x, n);
  const s = modulo(r * inverseModulo(v, n), n);
  return { e: bytesOf(modulo(u * s, n)), rs: concatBytes(bytesOf(r), bytesOf(s)) };
}

/**
 * What every engine must do; each back end calls this in its tests.
 *
 * @param nonces whether it derives nonces as ours do: HMAC-SHA-512(d, e ‖ random ‖ counter).
 */
export function describeEngine(engine: EcEngine, { nonces }: { readonly nonces: "ours" | "other" }): void {
  describe(`the engine ${engine.name} (${engine.variant})`, () => {
    it("computes the published answers of GB/T 32918.5, RFC 6979 and RFC 5903", () => {
      expect(wrongAnswer(engine)).toBeUndefined();
    });

    describe.each(engine.curves)("on %s", (curve) => {
      describeArithmetic(engine, curve);
      describeSigning(engine, curve, nonces);
      describeVerifying(engine, curve);
    });
  });
}

/** Scalars at the edges of ranges, digits and windows. */
function edgeScalars(n: bigint): bigint[] {
  const powers = [5n, 6n, 29n, 64n, 128n, 246n, 250n, 252n, 255n].flatMap((bit) => [
    (1n << bit) - 1n,
    1n << bit,
    (1n << bit) + 1n,
  ]);
  return [1n, 2n, 3n, n - 1n, n - 2n, n - 3n, (n + 1n) / 2n, n / 2n, 15n << 252n, ...powers];
}

function describeArithmetic(engine: EcEngine, curve: EcCurve): void {
  const { n, p, generator } = bigCurves[curve];

  it("multiplies the generator and any point as plain numbers do, at the edges too", () => {
    const point = multiple(curve, 7n);
    const of = { x: numberOf(point.subarray(0, 32)), y: numberOf(point.subarray(32)) };
    for (const scalar of edgeScalars(n)) {
      expect(hexOf(engine.publicPoint(curve, bytesOf(scalar))), scalar.toString(16)).toBe(
        hexOf(multiple(curve, scalar)),
      );
      expect(hexOf(engine.multiply(curve, point, bytesOf(scalar)) ?? new Uint8Array())).toBe(
        hexOf(multiple(curve, scalar, of)),
      );
    }
  });

  it("wraps round where the last addition of a table meets equal points", () => {
    // k = n + 2S with S = 15·2²⁵² − n: the sum of the lower places equals what the last place adds.
    const scalar = modulo(30n * (1n << 252n) - n, n);
    expect(hexOf(engine.publicPoint(curve, bytesOf(scalar)))).toBe(hexOf(multiple(curve, scalar)));
  });

  it("multiplies random scalars as plain numbers do", () => {
    const scalars = fc.bigInt({ min: 1n, max: n - 1n });
    fc.assert(
      fc.property(scalars, scalars, (a, b) => {
        const point = engine.publicPoint(curve, bytesOf(a));
        expect(hexOf(point)).toBe(hexOf(multiple(curve, a)));
        const product = engine.multiply(curve, point, bytesOf(b)) ?? new Uint8Array();
        expect(hexOf(product)).toBe(hexOf(multiple(curve, modulo(a * b, n))));
      }),
      { numRuns: fuzzRuns(20) },
    );
  });

  it("says that a scalar which is 0 modulo n gives no point, and reduces the others", () => {
    const point = bytesOfPoint(generator);
    expect(engine.multiply(curve, point, bytesOf(0n))).toBeUndefined();
    expect(engine.multiply(curve, point, bytesOf(n))).toBeUndefined();
    expect(engine.multiply(curve, point, bytesOf(n + 5n))).toEqual(multiple(curve, 5n));
  });

  it("refuses points off the curve, infinity, and coordinates that are not reduced", () => {
    const { x, y } = generator;
    const bad = [
      { x, y: y ^ 1n },
      { x: 0n, y: 0n },
      { x: x + 1n, y },
      { x: p, y },
      { x: (1n << 256n) - 1n, y: (1n << 256n) - 1n },
    ].map(bytesOfPoint);
    for (const point of [...bad, new Uint8Array(63), new Uint8Array(65)]) {
      expect(() => engine.importPublicKey(curve, point, { table: false })).toThrow(RangeError);
      expect(() => engine.importPublicKey(curve, point, { table: true })).toThrow(RangeError);
      expect(() => engine.multiply(curve, point, bytesOf(3n))).toThrow(RangeError);
    }
  });

  it("takes a coordinate only below p, though the same number above would fit into 32 bytes", () => {
    // The point with the smallest x: x + p is below 2²⁵⁶ and means the same point.
    let x = 0n;
    let y: bigint | undefined;
    for (; y === undefined; x += 1n) {
      const square = modulo(x * x * x - 3n * x + bigCurves[curve].b, p);
      const root = powerModulo(square, (p + 1n) / 4n, p);
      if (modulo(root * root, p) === square) y = root;
    }
    const point = { x: x - 1n, y };
    expect(() => engine.importPublicKey(curve, bytesOfPoint(point), { table: false })).not.toThrow();
    const raised = bytesOfPoint({ x: point.x + p, y });
    expect(() => engine.importPublicKey(curve, raised, { table: false })).toThrow(RangeError);
  });
}

function powerModulo(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function describeSigning(engine: EcEngine, curve: EcCurve, nonces: "ours" | "other"): void {
  const { n } = bigCurves[curve];
  const last = curve === "sm2" ? n - 2n : n - 1n;
  const top = (1n << 256n) - 1n;

  it("signs with the smallest and the largest key, over any digest, what plain numbers accept", () => {
    for (const d of [1n, 2n, last]) {
      const key = engine.importPrivateKey(curve, bytesOf(d));
      for (const e of [0n, 1n, n - 1n, n, n + 1n, top]) {
        expect(acceptsByNumbers(curve, d, e, key.sign(bytesOf(e), fresh)), `d ${d.toString(16)}`).toBe(true);
      }
    }
  });

  it("refuses keys outside their range, and digests and randomness of another length", () => {
    for (const d of [0n, last + 1n, n, n + 1n, top]) {
      expect(() => engine.importPrivateKey(curve, bytesOf(d))).toThrow(RangeError);
    }
    for (const d of [0n, n]) expect(() => engine.publicPoint(curve, bytesOf(d))).toThrow(RangeError);
    expect(() => engine.importPrivateKey(curve, new Uint8Array(31))).toThrow(RangeError);
    const key = engine.importPrivateKey(curve, bytesOf(5n));
    expect(() => key.sign(new Uint8Array(31), fresh)).toThrow(RangeError);
    expect(() => key.sign(new Uint8Array(32), () => new Uint8Array(16))).toThrow(RangeError);
  });

  it("signs batches longer than it computes at once, each in its place", () => {
    const key = engine.importPrivateKey(curve, bytesOf(77n));
    const count = engine.name === "node" ? 5 : 130;
    const digests = Array.from({ length: count }, (_, index) => bytesOf(BigInt(index) << 200n));
    const publicKey = engine.importPublicKey(curve, multiple(curve, 77n), { table: true });
    const signatures = key.signBatch(digests, fresh);
    expect(signatures).toHaveLength(count);
    expect(signatures.every((rs, index) => publicKey.verify(digests[index] ?? new Uint8Array(), rs))).toBe(
      true,
    );
    expect(new Set(signatures.map((rs) => hexOf(rs.subarray(0, 32)))).size).toBe(count);
    expect(key.signBatch([], fresh)).toEqual([]);
  });

  it("never uses a nonce twice, even if the random source always says the same", () => {
    const key = engine.importPrivateKey(curve, bytesOf(1234567n));
    const stuck: RandomBytes = (length) => new Uint8Array(length);
    const x = (e: bigint): bigint => {
      const r = numberOf(key.sign(bytesOf(e), stuck).subarray(0, 32));
      return curve === "sm2" ? modulo(r - e, n) : r;
    };
    expect(new Set([1n, 2n, 3n, n, n + 1n].map(x)).size).toBe(5);
    expect(x(9n)).toBe(x(9n));
    const other = engine.importPrivateKey(curve, bytesOf(1234568n));
    expect(other.sign(bytesOf(9n), stuck)).not.toEqual(key.sign(bytesOf(9n), stuck));
  });

  it("signs nothing with a key that was destroyed", () => {
    const key = engine.importPrivateKey(curve, bytesOf(99n));
    key.destroy();
    expect(() => key.sign(bytesOf(1n), fresh)).toThrow(RangeError);
    expect(() => key.signBatch([bytesOf(1n)], fresh)).toThrow(RangeError);
  });

  if (nonces === "other") return;
  it("derives k as HMAC-SHA-512(d, e ‖ random ‖ 0) and computes r and s as the standard says", () => {
    const numbers = fc.bigInt({ min: 1n, max: last });
    const digests = fc.bigInt({ min: 0n, max: top });
    fc.assert(
      fc.property(numbers, digests, digests, (d, e, hedge) => {
        const mac = createHmac("sha512", bytesOf(d)).update(bytesOf(e)).update(bytesOf(hedge));
        const k = modulo(numberOf(mac.update(Uint8Array.of(0)).digest()), n);
        const x = numberOf(multiple(curve, k).subarray(0, 32));
        const r = modulo(curve === "sm2" ? e + x : x, n);
        const s =
          curve === "sm2"
            ? modulo(inverseModulo(1n + d, n) * (k - r * d), n)
            : modulo(inverseModulo(k, n) * (e + r * d), n);
        const key = engine.importPrivateKey(curve, bytesOf(d));
        const signature = key.sign(bytesOf(e), () => bytesOf(hedge));
        expect(hexOf(signature)).toBe(hexOf(concatBytes(bytesOf(r), bytesOf(s))));
      }),
      { numRuns: fuzzRuns(20) },
    );
  });
}

function acceptsByNumbers(curve: EcCurve, d: bigint, e: bigint, rs: Uint8Array): boolean {
  const { n } = bigCurves[curve];
  const [r, s] = [numberOf(rs.subarray(0, 32)), numberOf(rs.subarray(32))];
  if (r < 1n || r >= n || s < 1n || s >= n) return false;
  const inverse = inverseModulo(s, n);
  const factor = curve === "sm2" ? s + (r + s) * d : (e + r * d) * inverse;
  const x = numberOf(multiple(curve, modulo(factor, n)).subarray(0, 32));
  return modulo(curve === "sm2" ? e + x : x, n) === r;
}

function describeVerifying(engine: EcEngine, curve: EcCurve): void {
  const { n } = bigCurves[curve];
  const d = modulo(numberOf(createHash("sha256").update(curve).digest()), n);
  const point = multiple(curve, d);

  describe.each([false, true])("verifying with a table: %s", (table) => {
    const key = engine.importPublicKey(curve, point, { table });

    it("accepts signatures whose parts are made from any two multiples, and nothing one bit away", () => {
      const numbers = fc.bigInt({ min: 1n, max: n - 1n });
      fc.assert(
        fc.property(numbers, numbers, fc.nat(511), fc.nat(255), (u, v, bit, digestBit) => {
          fc.pre(u !== v && modulo(u + v * d, n) !== 0n);
          const { e, rs } = signatureWith(curve, d, u, v);
          expect(key.verify(e, rs)).toBe(true);
          expect(key.verify(e, turned(rs, bit))).toBe(false);
          expect(key.verify(turned(e, digestBit), rs)).toBe(false);
        }),
        { numRuns: fuzzRuns(engine.name === "node" ? 10 : 60) },
      );
    });

    it.each([
      ["u·G and v·P are the same point", modulo(12345n * d, n), 12345n],
      ["u·G and v·P differ by the generator", modulo(12345n * d + 1n, n), 12345n],
      ["partial sums meet: v·P = G while u is small", 5n, inverseModulo(d, n)],
      ["partial sums cancel on the way: v·P = −G", 65n, n - inverseModulo(d, n)],
      ["v·P = −32·G, which the second place passes", 33n, modulo(-32n * inverseModulo(d, n), n)],
      ["both numbers are small", 1n, 2n],
      ["both numbers are close to n", n - 1n, n - 2n],
    ])("accepts a signature where %s", (_what, u, v) => {
      const { e, rs } = signatureWith(curve, d, u, v);
      expect(key.verify(e, rs)).toBe(true);
    });

    it("refuses a signature whose sum is infinity", () => {
      const v = 4711n;
      const u = modulo(-v * d, n);
      // With x taken for 0, as an engine would that forgets infinity.
      if (curve === "sm2") {
        const r = modulo(v - u, n);
        expect(key.verify(bytesOf(r), concatBytes(bytesOf(r), bytesOf(u)))).toBe(false);
      } else {
        for (const r of [1n, 4711n, n - 1n]) {
          const s = modulo(r * inverseModulo(v, n), n);
          expect(key.verify(bytesOf(modulo(u * s, n)), concatBytes(bytesOf(r), bytesOf(s)))).toBe(false);
        }
      }
    });

    it("refuses numbers outside 1…n−1 and r + s = n where that counts", () => {
      const { e, rs } = signatureWith(curve, d, 1n << 220n, 1n << 200n);
      const [r, s] = [numberOf(rs.subarray(0, 32)), numberOf(rs.subarray(32))];
      expect(key.verify(e, rs)).toBe(true);
      const bad: [bigint, bigint][] = [
        [0n, s],
        [r, 0n],
        [0n, 0n],
        [n, s],
        [r, n],
        [(1n << 256n) - 1n, s],
        [r, (1n << 256n) - 1n],
        [n, n],
      ];
      for (const [badR, badS] of bad)
        expect(key.verify(e, concatBytes(bytesOf(badR), bytesOf(badS)))).toBe(false);
      if (curve === "p256") return;
      // t = 0: the verifier's sum is s·G, whose x anybody can compute; the standard refuses it (§7.1 step 5).
      const x = numberOf(multiple(curve, 77n).subarray(0, 32));
      expect(key.verify(bytesOf(modulo(n - 77n - x, n)), concatBytes(bytesOf(n - 77n), bytesOf(77n)))).toBe(
        false,
      );
    });

    it("takes digests above n modulo n, and bytes of another length for wrong", () => {
      const { e, rs } = signatureWith(curve, d, 1n << 220n, 1n << 200n);
      const raised = numberOf(e) + n;
      if (raised < 1n << 256n) expect(key.verify(bytesOf(raised), rs)).toBe(true);
      expect(key.verify(e.subarray(1), rs)).toBe(false);
      expect(key.verify(e, rs.subarray(1))).toBe(false);
      expect(key.verify(e, concatBytes(rs, Uint8Array.of(0)))).toBe(false);
      expect(key.verify(e, new Uint8Array())).toBe(false);
    });
  });

  it("keeps a bounded number of tables and verifies by the keys that lost theirs", () => {
    const keys = Array.from({ length: 70 }, (_, index) => {
      const secret = BigInt(index) + 1000n;
      const key = engine.importPublicKey(curve, multiple(curve, secret), { table: true });
      return { key, ...signatureWith(curve, secret, 3n, 5n) };
    });
    for (const { key, e, rs } of keys) expect(key.verify(e, rs)).toBe(true);
    for (const [index, { key }] of keys.entries()) {
      const next = keys[index + 1];
      if (next !== undefined) expect(key.verify(next.e, next.rs)).toBe(false);
    }
    if (engine.name === "wasm") expect(keys.filter(({ key }) => key.hasTable)).toHaveLength(64);
  });
}

function turned(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}
