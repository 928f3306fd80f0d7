import type { EcCurve, EcEngine, EcPrivateKey, EcPublicKey, RandomBytes } from "./engine.ts";
import { fixedBytes } from "./fixed-bytes.ts";

/** A key inside the addon; the collector frees it, a private one wiped. */
export type NativeKey = object;

/**
 * What the addon of crypto/native exports. Numbers travel in `memory`, as each function of src/addon.c says, because that is
 * several times cheaper than passing arrays. A curve is a number: {@link curveNumber}.
 */
export interface NativeAddon {
  readonly memory: ArrayBuffer;
  /** 2 where only the portable build runs, 4 where the processor has BMI2 and ADX. */
  readonly curves: number;
  importPrivateKey(curve: number): NativeKey | undefined;
  destroyPrivateKey(key: NativeKey): void;
  sign(key: NativeKey, count: number): void;
  publicPoint(curve: number): boolean;
  multiply(curve: number): -1 | 0 | 1;
  isPoint(curve: number): boolean;
  verifyPoint(curve: number): boolean;
  importPublicKey(curve: number): NativeKey | undefined;
  verify(key: NativeKey): boolean;
}

/** Which build of the C code runs: plain C, or with the instructions BMI2 and ADX of x86-64. */
export type NativeVariant = "portable" | "adx";

const requestBytes = 64;
const notOnCurve = "the point is not on the curve";

/** The builds that this machine runs, the fastest first. */
export function nativeVariants(addon: NativeAddon): readonly NativeVariant[] {
  return addon.curves === 4 ? ["adx", "portable"] : ["portable"];
}

/** The engine in C. Each public key owns its table (52 KiB) for as long as somebody holds the key. */
export function nativeEngine(
  addon: NativeAddon,
  variant: NativeVariant = addon.curves === 4 ? "adx" : "portable",
): EcEngine {
  const memory = new Uint8Array(addon.memory);

  function publicPoint(curve: EcCurve, d32: Uint8Array): Uint8Array {
    memory.set(fixedBytes(d32, 32, "d"));
    if (!addon.publicPoint(curveNumber(curve, variant))) throw new RangeError("d is not in 1…n−1");
    return memory.slice(0, 64);
  }

  function multiply(curve: EcCurve, xy64: Uint8Array, scalar32: Uint8Array): Uint8Array | undefined {
    memory.set(fixedBytes(xy64, 64, "a point"));
    memory.set(fixedBytes(scalar32, 32, "a scalar"), 64);
    const status = addon.multiply(curveNumber(curve, variant));
    if (status === -1) throw new RangeError(notOnCurve);
    // The product may be a shared secret.
    const product = memory.slice(0, 64);
    memory.fill(0, 0, 64);
    return status === 1 ? product : undefined;
  }

  return {
    name: "native",
    variant,
    curves: ["sm2", "p256"],
    importPrivateKey: (curve, d32) => importPrivateKey(addon, memory, curveNumber(curve, variant), d32),
    importPublicKey: (curve, xy64, { table }) =>
      (table ? keyWithTable : plainKey)(addon, memory, curveNumber(curve, variant), xy64),
    publicPoint,
    multiply,
  };
}

function curveNumber(curve: EcCurve, variant: NativeVariant): number {
  return (curve === "sm2" ? 0 : 1) + (variant === "adx" ? 2 : 0);
}

function requireKey(key: NativeKey | undefined, why: string): NativeKey {
  if (key === undefined) throw new RangeError(why);
  return key;
}

function importPrivateKey(
  addon: NativeAddon,
  memory: Uint8Array,
  curve: number,
  d32: Uint8Array,
): EcPrivateKey {
  memory.set(fixedBytes(d32, 32, "d"));
  const key = requireKey(
    addon.importPrivateKey(curve),
    curve % 2 === 0 ? "d is not in 1…n−2" : "d is not in 1…n−1",
  );
  let isDestroyed = false;
  const most = memory.length / requestBytes;

  /** All randomness is asked for before anything is written: whoever gives it may use the engine too. */
  function signSome(e32s: readonly Uint8Array[], random: RandomBytes): Uint8Array[] {
    if (isDestroyed) throw new RangeError("the key is destroyed");
    const requests = e32s.map(
      (e32) => [fixedBytes(e32, 32, "e"), fixedBytes(random(32), 32, "random")] as const,
    );
    requests.forEach(([e32, hedge], index) => {
      memory.set(e32, index * requestBytes);
      memory.set(hedge, index * requestBytes + 32);
    });
    addon.sign(key, requests.length);
    return requests.map((_, index) => memory.slice(index * requestBytes, (index + 1) * requestBytes));
  }

  return {
    sign: (e32, random) => signSome([e32], random)[0] ?? new Uint8Array(),
    signBatch: (e32s, random) => {
      const signatures: Uint8Array[] = [];
      for (let start = 0; start < e32s.length; start += most) {
        signatures.push(...signSome(e32s.slice(start, start + most), random));
      }
      return signatures;
    },
    destroy: () => {
      if (!isDestroyed) addon.destroyPrivateKey(key);
      isDestroyed = true;
    },
  };
}

/** Kept by the addon, since its table is. */
function keyWithTable(addon: NativeAddon, memory: Uint8Array, curve: number, xy64: Uint8Array): EcPublicKey {
  memory.set(fixedBytes(xy64, 64, "a point"));
  const key = requireKey(addon.importPublicKey(curve), notOnCurve);
  return {
    hasTable: true,
    verify: (e32, rs64) => {
      if (rs64.length !== 64 || e32.length !== 32) return false;
      memory.set(e32);
      memory.set(rs64, 32);
      return addon.verify(key);
    },
  };
}

/** Kept here: to hand an object to the addon and back to the collector costs more than to read the point again. */
function plainKey(addon: NativeAddon, memory: Uint8Array, curve: number, xy64: Uint8Array): EcPublicKey {
  const point = Uint8Array.from(fixedBytes(xy64, 64, "a point"));
  memory.set(point);
  if (!addon.isPoint(curve)) throw new RangeError(notOnCurve);
  return {
    hasTable: false,
    verify: (e32, rs64) => {
      if (rs64.length !== 64 || e32.length !== 32) return false;
      memory.set(point);
      memory.set(e32, 64);
      memory.set(rs64, 96);
      return addon.verifyPoint(curve);
    },
  };
}
