/**
 * Verifying what a device signed before anybody gets it.
 *
 * A device may answer nonsense and say that all is well; {@link SignatureVerifier} is how the token client finds out, and
 * {@link createSignatureVerifier} does it in threads of their own, so that the service goes on meanwhile. {@link verifyInProcess}
 * is the simple one. All verify in software, with nothing of the device but its public key.
 */
export { createSignatureVerifier } from "./create-signature-verifier.ts";
export type { SignatureVerifierOptions } from "./create-signature-verifier.ts";
export { isSignatureRight, verifyInProcess } from "./signature-verifier.ts";
export type { SignatureVerifier, VerificationRequest } from "./signature-verifier.ts";
export { verifierProgram } from "./verifier-program.ts";
