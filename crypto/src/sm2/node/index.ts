/**
 * The fallback engine, on node:crypto and plain numbers; also the oracle that the others are compared with.
 *
 * node:crypto signs SM2 over messages only, and multiplies the generator. So messages go to `createSign` (`sm2Messages`);
 * over a ready digest the points of secret numbers are computed by node:crypto, and the rest by BigInt. What it cannot do:
 * BigInt arithmetic is not constant-time, so that whoever can time `sign` over digests, `signBatch` or `multiply` may learn
 * about the key; it has no tables; verifying over digests takes milliseconds. It is there for machines where WebAssembly
 * does not run, and a service that starts with it says so.
 */
export { nodeEngine } from "./node-engine.ts";
