/**
 * Whether a certificate may be relied on, and whether it was revoked.
 *
 * {@link judgeCertificate} is the whole judgement: a path by RFC 5280 §6 and the status of every certificate in it, for
 * any time; {@link judgePastCertificate} tells until when it could be, by proofs of existence, and
 * {@link judgeSigningCertificate} what that comes to for one signature. {@link parseCertificateList} reads revocation lists, complete and delta, direct and indirect.
 *
 * OCSP (RFC 6960): {@link writeOcspRequest} asks, {@link parseOcspResponse} reads the answer strictly, and
 * {@link judgeOcspResponse} says what it proves about one certificate at one time. An answer may come from anybody; it
 * counts only when the issuer, or a delegate that the issuer certified for it, signed it.
 */
export { CertificateListError } from "./certificate-list-error.ts";
export type { CertificateListErrorCode } from "./certificate-list-error.ts";
export type { CertificateList, IssuingDistributionPoint, RevokedEntry } from "./certificate-list.ts";
export type { CertificatePolicy } from "./certificate-policy.ts";
export { entryOf } from "./judge-by-lists.ts";
export { judgeCertificate } from "./judge-certificate.ts";
export type { CertificateQuestion } from "./judge-certificate.ts";
export { judgeSigningCertificate } from "./judge-signing-certificate.ts";
export type { SigningCertificateJudgement, SigningCertificateQuestion } from "./judge-signing-certificate.ts";
export type {
  CertificateJudgement,
  CertificateSubIndication,
  JudgedCandidate,
  JudgementCode,
} from "./judgement.ts";
export { entryExtensionOids } from "./list-entries.ts";
export { listExtensionOids } from "./list-extensions.ts";
export { encodeOcspCertificateId, ocspCertificateIdOf } from "./ocsp-certificate-id.ts";
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
export { judgePastCertificate } from "./past-certificate.ts";
export type { PastJudgement, PastQuestion, ProofsOfExistence } from "./past-certificate.ts";
export { judgePastSignature } from "./past-signature.ts";
export type { PastSignatureQuestion } from "./past-signature.ts";
export { largestList, parseCertificateList } from "./parse-certificate-list.ts";
export type { Evidence } from "./revocation-inquiry.ts";
export { readRevocationReason, revocationReasonNumbers } from "./revocation-reason.ts";
export type { RevocationReason } from "./revocation-reason.ts";
export type { RevocationSource, RevocationStatus } from "./revocation-status.ts";
