/**
 * The engine: elliptic-curve arithmetic on sm2p256v1 and P-256 over ready digests, with three interchangeable back ends.
 *
 * `wasm` runs everywhere and is the default, `native` is an optional addon, `node` (in `@yinxin/crypto/sm2/node`) is the slow
 * fallback and the differential oracle. Published answers decide at start which one runs (`chooseEngine`, `useEngine`);
 * everybody else asks `currentEngine()`, or `verifyDigest`, which also remembers the keys that come again.
 *
 * What the WebAssembly promises stands in crypto/assembly: no branch and no address depends on a secret there, and its
 * registers are overwritten after each signature. What a compiler makes of it, and the engine's own stack, are not ours.
 */
export { chooseEngine, currentEngine, useEngine } from "./choose-engine.ts";
export type { ChosenEngine } from "./choose-engine.ts";
export { EngineError } from "./engine.ts";
export type { EcCurve, EcEngine, EcPrivateKey, EcPublicKey, RandomBytes, Sm2Messages } from "./engine.ts";
export { wrongAnswer } from "./known-answers.ts";
export { nativeEngine, nativeVariants } from "./native-engine.ts";
export type { NativeAddon, NativeKey, NativeVariant } from "./native-engine.ts";
export { verifyDigest } from "./verify-digest.ts";
export { bestWasmVariant, loadWasmEngine, wasmEngine } from "./wasm-engine.ts";
export type { WasmVariant } from "./wasm-engine.ts";
