/**
 * Verifying what a device signed before anybody gets it.
 *
 * A device may answer nonsense and say that all is well; {@link SignatureVerifier} is how the token client finds out. {@link verifyInProcess} is
 * the simple one.
 */
export { isSignatureRight, verifyInProcess } from "./signature-verifier.ts";
export type { SignatureVerifier, VerificationRequest } from "./signature-verifier.ts";
