import { createECDH, createHmac } from "node:crypto";

import { bytesOfHex, concatBytes, hexOf } from "../../bytes/index.ts";
import type { EcCurve, EcEngine, EcPrivateKey, EcPublicKey, RandomBytes } from "../engine/index.ts";
import { bigCurves, inverseModulo, isOnCurve, modulo, sumOfMultiples } from "./big-curve.ts";
import type { BigPoint } from "./big-curve.ts";
import { sm2Messages } from "./sm2-messages.ts";

const nodeNames: Readonly<Record<EcCurve, string>> = { sm2: "SM2", p256: "prime256v1" };

/** The engine of node:crypto and BigInt; see the folder's paragraph for what it cannot do. */
export const nodeEngine: EcEngine = {
  name: "node",
  variant: "bigint",
  curves: ["sm2", "p256"],
  importPrivateKey,
  importPublicKey,
  publicPoint,
  multiply: (curve, xy64, scalar32) => {
    const point = readPoint(curve, xy64);
    const product = sumOfMultiples(bigCurves[curve], [
      modulo(numberOf(scalar32, 32), bigCurves[curve].n),
      point,
    ]);
    return product && bytesOfPoint(product);
  },
  sm2Messages,
};

function publicPoint(curve: EcCurve, d32: Uint8Array): Uint8Array {
  const d = numberOf(d32, 32);
  if (d < 1n || d >= bigCurves[curve].n) throw new RangeError("d is not in 1…n−1");
  const agreement = createECDH(nodeNames[curve]);
  agreement.setPrivateKey(d32);
  return new Uint8Array(agreement.getPublicKey().subarray(1));
}

function importPrivateKey(curve: EcCurve, d32: Uint8Array): EcPrivateKey {
  const { n } = bigCurves[curve];
  const last = curve === "sm2" ? n - 2n : n - 1n;
  const number = numberOf(d32, 32);
  if (number < 1n || number > last) throw new RangeError(`d is not in 1…n−${curve === "sm2" ? "2" : "1"}`);
  const key = Uint8Array.from(d32);
  let isDestroyed = false;

  function sign(e32: Uint8Array, random: RandomBytes): Uint8Array {
    if (isDestroyed) throw new RangeError("the key is destroyed");
    const e = numberOf(e32, 32);
    const hedge = random(32);
    numberOf(hedge, 32);
    for (let counter = 0; ; counter += 1) {
      const k = modulo(numberOf(nonceBytes(key, e32, hedge, counter), 64), n);
      const signature = k === 0n ? undefined : signatureOf(curve, numberOf(key, 32), e, k);
      if (signature !== undefined) return signature;
    }
  }

  return {
    sign,
    signBatch: (e32s, random) => e32s.map((e32) => sign(e32, random)),
    destroy: () => {
      isDestroyed = true;
      key.fill(0);
    },
  };
}

/** The nonce of every engine of ours: HMAC-SHA-512(d, e ‖ random ‖ counter), to be reduced modulo n. */
function nonceBytes(key: Uint8Array, e32: Uint8Array, hedge: Uint8Array, counter: number): Uint8Array {
  const mac = createHmac("sha512", key).update(e32).update(hedge).update(Uint8Array.of(counter));
  return new Uint8Array(mac.digest());
}

/** r ‖ s by GB/T 32918.2-2016 §6.1 or FIPS 186-5 §6.4.1; undefined if the standard asks for another k. */
function signatureOf(curve: EcCurve, d: bigint, e: bigint, k: bigint): Uint8Array | undefined {
  const { n } = bigCurves[curve];
  const x = numberOf(publicPoint(curve, bytesOfNumber(k)).subarray(0, 32), 32);
  const r = modulo(curve === "sm2" ? e + x : x, n);
  if (r === 0n || (curve === "sm2" && r + k === n)) return undefined;
  const s =
    curve === "sm2"
      ? modulo(inverseModulo(1n + d, n) * (k - r * d), n)
      : modulo(inverseModulo(k, n) * (e + r * d), n);
  return s === 0n ? undefined : concatBytes(bytesOfNumber(r), bytesOfNumber(s));
}

function importPublicKey(curve: EcCurve, xy64: Uint8Array): EcPublicKey {
  const point = readPoint(curve, xy64);
  return {
    hasTable: false,
    verify: (e32, rs64) => e32.length === 32 && rs64.length === 64 && verify(curve, point, e32, rs64),
  };
}

/** GB/T 32918.2-2016 §7.1, FIPS 186-5 §6.4.2. */
function verify(curve: EcCurve, point: BigPoint, e32: Uint8Array, rs64: Uint8Array): boolean {
  const { n, generator } = bigCurves[curve];
  const [e, r, s] = [numberOf(e32, 32), numberOf(rs64.subarray(0, 32), 32), numberOf(rs64.subarray(32), 32)];
  if (r < 1n || r >= n || s < 1n || s >= n) return false;
  const inverse = inverseModulo(s, n);
  const [ofBase, ofKey] =
    curve === "sm2" ? [s, modulo(r + s, n)] : [modulo(e * inverse, n), modulo(r * inverse, n)];
  if (ofKey === 0n) return false;
  const sum = sumOfMultiples(bigCurves[curve], [ofBase, generator], [ofKey, point]);
  return sum !== undefined && modulo(curve === "sm2" ? e + sum.x : sum.x, n) === r;
}

function readPoint(curve: EcCurve, xy64: Uint8Array): BigPoint {
  if (xy64.length !== 64) throw new RangeError("a point has 64 bytes");
  const point = { x: numberOf(xy64.subarray(0, 32), 32), y: numberOf(xy64.subarray(32), 32) };
  if (!isOnCurve(bigCurves[curve], point)) throw new RangeError("the point is not on the curve");
  return point;
}

function numberOf(bytes: Uint8Array, length: number): bigint {
  if (bytes.length !== length) throw new RangeError(`a number has ${String(length)} bytes`);
  return BigInt(`0x${hexOf(bytes)}`);
}

function bytesOfNumber(value: bigint): Uint8Array {
  return bytesOfHex(value.toString(16).padStart(64, "0"));
}

function bytesOfPoint({ x, y }: BigPoint): Uint8Array {
  return concatBytes(bytesOfNumber(x), bytesOfNumber(y));
}
