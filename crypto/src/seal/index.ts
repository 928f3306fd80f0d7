/**
 * Electronic seals (SESeal) and seal signatures (SES_Signature) of GB/T 38540-2020 (version 4), GM/T 0031-2014 (version
 * 1) and GM/T 0031-2025 (version 5).
 *
 * Reading: {@link parseSeal} and {@link parseSealSignature} keep the bytes that were signed and name every departure
 * they tolerate; whether a seal is genuine is for `verification` to say. Making goes in two steps, so that the wrong
 * order does not compile: {@link prepareSeal} checks and encodes, {@link issueSeal} lets the maker sign;
 * {@link prepareSealSignature} likewise, then {@link completeSealSignature} with a value from a device far away or
 * {@link signSealSignature} with a key at hand. What leaves has been verified and read back.
 */
export { SealError } from "./error.ts";
export type { SealErrorCode } from "./error.ts";
export type {
  CertificateDigest,
  Seal,
  SealExtension,
  SealHeader,
  SealInfo,
  SealPicture,
  SealProperty,
  SealQuirk,
  SealQuirkCode,
  SealSignature,
  SealSignatureContent,
  SealSigners,
  SealVersion,
} from "./seal.ts";
export { sealVersions } from "./seal.ts";
export { parseSeal } from "./parse-seal.ts";
export { parseSealSignature } from "./parse-seal-signature.ts";
export { maximumSealBytes } from "./ses-elements.ts";
export type { SealReadingOptions } from "./ses-elements.ts";
export {
  encodeMakerSignedBytes,
  encodeSeal,
  encodeSealInfo,
  encodeSealSignature,
  encodeSealSignatureContent,
} from "./encode.ts";
export { isSignerInSeal } from "./signers.ts";
export { issueSeal, prepareSeal } from "./prepare-seal.ts";
export type { PreparedSeal, SealRequest, TimeStamper } from "./prepare-seal.ts";
export {
  completeSealSignature,
  completeStampedSealSignature,
  maximumSealSignatureBytes,
  prepareSealSignature,
  signSealSignature,
} from "./prepare-seal-signature.ts";
export type { PreparedSealSignature, SealSignatureRequest } from "./prepare-seal-signature.ts";
