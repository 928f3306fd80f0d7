/**
 * The engine: elliptic-curve arithmetic on sm2p256v1 and P-256 over ready digests, with three interchangeable back ends.
 *
 * `wasm` runs everywhere and is the default, `native` is an optional addon, `node` is the slow fallback and the differential
 * oracle. Which one runs is decided by published answers at start (`chooseEngine`); everybody else asks `currentEngine()`.
 */
export { EngineError } from "./engine.ts";
export type { EcCurve, EcEngine, EcPrivateKey, EcPublicKey, RandomBytes } from "./engine.ts";
