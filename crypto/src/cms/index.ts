/**
 * Cryptographic messages (CMS): SignedData of RFC 5652, and the same under the object identifiers of GB/T 35275-2017.
 *
 * Reading: {@link parseSignedData} keeps the bytes that were signed; {@link verifySigner} says what one signer's value is
 * worth by itself, as a list of checks. Whether the signer's certificate is trusted, and since when the signature has
 * existed, is `cades`' question. Making goes in steps, so that the wrong order does not compile:
 * {@link createSigningIdentity} once a certificate, {@link prepareSignedData} encodes what the keys sign, then
 * {@link completeSignedData} with values from far away or {@link issueSignedData} with keys at hand. What leaves has been
 * verified and read back.
 */
export { CmsError } from "./cms-error.ts";
export type { CmsErrorCode } from "./cms-error.ts";
export { cmsDerLimits, cmsLimits } from "./cms-limits.ts";
export { attributeOids, contentTypes, nationalContentTypes, revocationFormats } from "./oids.ts";
export type {
  AlgorithmReference,
  Attribute,
  CmsQuirk,
  CmsQuirkCode,
  EmbeddedRevocation,
  SignedAttributes,
  SignedData,
  SignerIdentifier,
  SignerInfo,
} from "./signed-data.ts";
export { parseSignedData } from "./parse-signed-data.ts";
export type { ParseSignedDataOptions } from "./parse-signed-data.ts";
export { attributesOf, attributeValues, encodeAttribute, readAttributes, soleValue } from "./attributes.ts";
export { derOf } from "./re-encode.ts";
export { signedContent } from "./content.ts";
export type { SignedContent } from "./content.ts";
export { isReferenceTo, readSigningCertificate, signingCertificateAttribute } from "./signing-certificate.ts";
export type { CertificateReference } from "./signing-certificate.ts";
export { embeddedCertificates, isIdentifiedBy } from "./signer-certificate.ts";
export { cmsCheck, cmsChecks } from "./check.ts";
export type { CmsCheck, CmsCheckContents, CmsCheckName, CmsCheckResult, CmsSubIndication } from "./check.ts";
export { verifySigner } from "./verify-signer.ts";
export type { SignerQuirk, SignerToVerify, SignerVerification } from "./verify-signer.ts";
export { createSigningIdentity } from "./signing-identity.ts";
export type { SigningIdentity, SigningIdentityInput } from "./signing-identity.ts";
export { completeSignedData, issueSignedData, prepareSignedData } from "./prepare-signed-data.ts";
export type {
  ContentToSign,
  PreparedSignedData,
  SignatureFlavour,
  SignedDataRequest,
  SignerRequest,
} from "./prepare-signed-data.ts";
export { appendToSignedData } from "./append.ts";
export type { Additions } from "./append.ts";
export {
  completeCounterSignature,
  issueCounterSignature,
  prepareCounterSignature,
} from "./counter-signature.ts";
export type { CounterSignatureRequest, PreparedCounterSignature } from "./counter-signature.ts";
export { counterSignaturesOf } from "./counter-signatures.ts";
