/**
 * The machine that verifying code runs on, behind one interface.
 *
 * `#platform` in package.json leads to `node.ts` or, when a bundler builds for browsers, to `browser.ts`; nobody else in
 * verifying code may import node:crypto. What either gives is described by {@link Platform}.
 */
export { platform } from "#platform";
export type { EcdsaCurve, EcdsaToVerify, IncrementalDigest, MlDsaToVerify, Platform } from "./platform.ts";
export { rememberLast } from "./recently-used.ts";
export { modPow } from "./mod-pow.ts";
export { mlDsaKeyPair, signMlDsa } from "./noble-ml-dsa.ts";
