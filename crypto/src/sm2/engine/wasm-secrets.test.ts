import { Buffer } from "node:buffer";

import { describe, expect, it } from "vitest";

import { bytesOfHex, concatBytes, hexOf } from "../../bytes/index.ts";
import { compileWasm } from "../../../../scripts/build-wasm.ts";
import { bigCurves, inverseModulo, modulo, sumOfMultiples } from "../node/big-curve.ts";
import type { EcCurve } from "./index.ts";
import { createWasmCurve } from "./wasm-curve.ts";
import { wasmModules } from "./wasm-modules.ts";

const bytesOf = (value: bigint): Uint8Array => bytesOfHex(value.toString(16).padStart(64, "0"));
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes)}`);

const curves = ["sm2", "p256"] as const;
const variants = curves.flatMap((curve) =>
  (["simd128", "portable"] as const).map((name) => [curve, name] as const),
);

describe.each(variants)("the memory of the module %s %s", (curve, name) => {
  const module = new WebAssembly.Module(Buffer.from(wasmModules[curve][name], "base64"));

  /** All of the memory after some work with a private number. */
  function memoryAfter(seed: number): Uint8Array {
    const instance = new WebAssembly.Instance(module);
    const engine = createWasmCurve(curve, instance);
    const secret = new Uint8Array(32).fill(seed);
    const key = engine.importPrivateKey(secret);
    key.sign(new Uint8Array(32).fill(seed + 1), () => new Uint8Array(32).fill(seed + 2));
    key.signBatch([secret, secret, secret], () => new Uint8Array(32).fill(seed + 3));
    const point = engine.publicPoint(new Uint8Array(32).fill(9));
    engine.publicPoint(secret);
    engine.multiply(point, secret);
    return new Uint8Array((instance.exports["memory"] as WebAssembly.Memory).buffer).slice();
  }

  it("keeps no trace of keys, digests and nonces", () => {
    const [first, second] = [memoryAfter(0x21), memoryAfter(0x63)];
    expect(first.length).toBe(second.length);
    expect(first.findIndex((byte, index) => byte !== second[index])).toBe(-1);
    expect(Buffer.from(first).includes(Buffer.alloc(16, 0x21))).toBe(false);
  });
});

describe.each(curves)("nonces that the standard rejects on %s", (curve) => {
  const { n, generator } = bigCurves[curve];
  const d = 0x1234567890abcdefn;
  const k = 0xfedcba0987654321n;
  const x = (scalar: bigint): bigint => sumOfMultiples(bigCurves[curve], [scalar, generator])?.x ?? 0n;

  /** A digest for which k leads to a rejected value. */
  const digests: Record<EcCurve, [what: string, e: bigint][]> = {
    sm2: [
      ["r = 0", modulo(-x(k), n)],
      ["r + k = n", modulo(-k - x(k), n)],
      ["s = 0", modulo(k * inverseModulo(d, n) - x(k), n)],
    ],
    p256: [["s = 0", modulo(-modulo(x(k), n) * d, n)]],
  };

  function signatureOf(e: bigint, nonce: bigint): string {
    const r = modulo(curve === "sm2" ? e + x(nonce) : x(nonce), n);
    const s =
      curve === "sm2"
        ? modulo(inverseModulo(1n + d, n) * (nonce - r * d), n)
        : modulo(inverseModulo(nonce, n) * (e + r * d), n);
    return hexOf(concatBytes(bytesOf(r), bytesOf(s)));
  }

  it("are passed over for the next, alone and within a batch", async () => {
    const bytes = Buffer.from(await compileWasm(curve, false, { nonce: "NONCE_GIVEN", isOptimised: false }));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const key = createWasmCurve(curve, instance).importPrivateKey(bytesOf(d));
    const given = (): Uint8Array => bytesOf(k);
    expect(hexOf(key.sign(bytesOf(5n), given))).toBe(signatureOf(5n, k));
    for (const [what, e] of digests[curve]) {
      expect(numberOf(bytesOf(e)), what).toBeLessThan(n);
      expect(hexOf(key.sign(bytesOf(e), given)), what).toBe(signatureOf(e, k + 1n));
      const batch = key.signBatch([bytesOf(5n), bytesOf(e), bytesOf(6n)], given).map(hexOf);
      expect(batch, what).toEqual([signatureOf(5n, k), signatureOf(e, k + 1n), signatureOf(6n, k)]);
    }
  });
});
