/**
 * Signing and verifying, with the key somewhere else or in memory.
 *
 * A {@link Signer} is the seam to devices: `hsm-adapters` implements it, services receive it, and nobody above it ever
 * holds a private key. {@link createSoftwareSigner} is the in-memory one, for adapters and tests.
 *
 * {@link verifySignature} verifies by the name of a row of the algorithm table, {@link verifyScheme} by what an
 * AlgorithmIdentifier said, {@link verifyDigestSignature} over a digest that is ready. Private keys are software's only in
 * `software.ts` and below it; everything else runs in browsers too.
 */
export type { Signer, SignInput } from "./signer.ts";
export { SignerError, signVerified } from "./signer.ts";
export { generateKey } from "./generate-key.ts";
export type { GeneratedKey, KeyGenerationOptions } from "./generate-key.ts";
export { createSoftwareSigner } from "./software.ts";
export { verifyDigestSignature, verifyScheme, verifySignature } from "./verify.ts";
export type { SignatureToVerify } from "./verify.ts";
export { derEcdsaSignature, rawEcdsaSignature } from "./ecdsa.ts";
export type { SchemeOverDigest, SchemeToVerify } from "./verify-scheme.ts";
