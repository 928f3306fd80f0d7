import { bytesOfBase64, bytesOfHex } from "../../bytes/index.ts";
import type { EcCurve, EcEngine } from "./engine.ts";
import { createWasmCurve } from "./wasm-curve.ts";
import type { WasmCurve } from "./wasm-curve.ts";
import { wasmModules } from "./wasm-modules.ts";

/** Which build of the module runs: with the vector instructions of WebAssembly, or without. */
export type WasmVariant = "simd" | "portable";

const moduleNames = { simd: "simd128", portable: "portable" } as const;

/** (func (result v128) (i32x4.splat (i32.const 0))): valid exactly where SIMD is. */
const simdProbe = Uint8Array.from(bytesOfHex("0061736d010000000105016000017b030201000a080106004100fd110b"));

/** The fastest build that this machine runs. */
export function bestWasmVariant(): WasmVariant {
  return WebAssembly.validate(simdProbe) ? "simd" : "portable";
}

/**
 * The engine in WebAssembly. Each curve is compiled when it is first used, at once; on the main thread of a browser, where
 * that is not allowed for modules of this size, use {@link loadWasmEngine}.
 */
export function wasmEngine(variant: WasmVariant = bestWasmVariant()): EcEngine {
  return engineOver(variant, (curve) => new WebAssembly.Module(moduleBytes(curve, variant)));
}

/** As {@link wasmEngine}, compiled beforehand without blocking. */
export async function loadWasmEngine(variant: WasmVariant = bestWasmVariant()): Promise<EcEngine> {
  const compile = (curve: EcCurve): Promise<WebAssembly.Module> =>
    WebAssembly.compile(moduleBytes(curve, variant));
  const [sm2, p256] = await Promise.all([compile("sm2"), compile("p256")]);
  const modules = { sm2, p256 };
  return engineOver(variant, (curve) => modules[curve]);
}

function moduleBytes(curve: EcCurve, variant: WasmVariant): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytesOfBase64(wasmModules[curve][moduleNames[variant]]));
}

function engineOver(variant: WasmVariant, moduleOf: (curve: EcCurve) => WebAssembly.Module): EcEngine {
  const started = new Map<EcCurve, WasmCurve>();
  function on(curve: EcCurve): WasmCurve {
    const known = started.get(curve);
    if (known !== undefined) return known;
    const fresh = createWasmCurve(curve, new WebAssembly.Instance(moduleOf(curve)));
    started.set(curve, fresh);
    return fresh;
  }
  return {
    name: "wasm",
    variant,
    curves: ["sm2", "p256"],
    importPrivateKey: (curve, d32) => on(curve).importPrivateKey(d32),
    importPublicKey: (curve, xy64, { table }) => on(curve).importPublicKey(xy64, table),
    publicPoint: (curve, d32) => on(curve).publicPoint(d32),
    multiply: (curve, xy64, scalar32) => on(curve).multiply(xy64, scalar32),
  };
}
