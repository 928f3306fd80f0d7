/**
 * Whether a certificate was revoked.
 *
 * OCSP (RFC 6960): {@link writeOcspRequest} asks, {@link parseOcspResponse} reads the answer strictly, and
 * {@link judgeOcspResponse} says what it proves about one certificate at one time. An answer may come from anybody; it
 * counts only when the issuer, or a delegate that the issuer certified for it, signed it.
 */
export { encodeOcspCertificateId, namesCertificate, ocspCertificateIdOf } from "./ocsp-certificate-id.ts";
export type { OcspCertificateId, OcspNameDigest } from "./ocsp-certificate-id.ts";
export { OcspError } from "./ocsp-error.ts";
export type { OcspErrorCode } from "./ocsp-error.ts";
export {
  encodeOcspExtensions,
  nonceExtension,
  ocspExtensionOids,
  ocspNonceOctets,
} from "./ocsp-extensions.ts";
export { judgeOcspResponse } from "./ocsp-judge.ts";
export type { OcspJudgement, OcspJudgementInput, OcspProblemCode } from "./ocsp-judge.ts";
export { encodeOcspRequest, parseOcspRequest, writeOcspRequest } from "./ocsp-request.ts";
export type { OcspRequest } from "./ocsp-request.ts";
export { findResponder, ocspSigningPurpose } from "./ocsp-responder.ts";
export type { ResponderFinding, ResponderSearch } from "./ocsp-responder.ts";
export { ocspResponseStatusNumbers, parseOcspResponse } from "./ocsp-response.ts";
export type {
  BasicOcspResponse,
  OcspResponderId,
  OcspResponse,
  OcspResponseStatus,
  OcspSingleResponse,
} from "./ocsp-response.ts";
export { readRevocationReason, revocationReasonNumbers } from "./revocation-reason.ts";
export type { RevocationReason } from "./revocation-reason.ts";
