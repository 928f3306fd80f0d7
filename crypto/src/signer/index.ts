/**
 * Signing and verifying by algorithm name, with the key somewhere else or in memory.
 *
 * A {@link Signer} is the seam to devices: `hsm-adapters` implements it, services receive it, and nobody above it ever
 * holds a private key. {@link createSoftwareSigner} is the in-memory one, for adapters and tests.
 */
export type { Signer, SignInput } from "./signer.ts";
export { SignerError, signVerified } from "./signer.ts";
export { createSoftwareSigner, generateKey } from "./software.ts";
export { verifySignature } from "./verify.ts";
