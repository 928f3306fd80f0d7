/**
 * What the suite's own tests are made of: an authority with fresh keys, and seals with any content a test wishes for,
 * signed correctly. Nothing outside tests imports this.
 */
export { createTestAuthority } from "./test-authority.ts";
export type { TestAuthority, TestIdentity, TestValidity } from "./test-authority.ts";
export { forgeSeal, forgeSealSignature, smallestPicture } from "./forge-seal.ts";
export type { SealSignatureWishes, SealWishes } from "./forge-seal.ts";
