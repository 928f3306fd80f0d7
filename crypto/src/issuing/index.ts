/**
 * What a certificate authority does: certificates after a profile, the requests (PKCS #10) they are made from, revocation
 * lists, and OCSP responses.
 *
 * A CA reads a request with {@link parseCertificateRequest}, checks with {@link checkCertificateRequest} that the sender
 * holds the key, and calls {@link issueCertificate} with the name it has itself verified. Everything goes in the same order,
 * which does not compile otherwise: *prepare* checks and encodes, and lints what was encoded; *sign* lets the key sign only
 * that, verifies the signature, and reads the result back; *issue* is both.
 *
 * The frame and the common extensions of certificates are encoded with the @peculiar packages, which are imported nowhere
 * else; our own DER writer makes all other extensions, requests, lists and responses. Signing goes through our Signer, since
 * those packages know no SM2, and our own parsers judge what was made.
 */
export type {
  CertificateListScope,
  CertificateListToIssue,
  CertificateToRevoke,
} from "./certificate-list-input.ts";
export type { CertificateOptions, CertificatePolicyInput } from "./certificate-options.ts";
export {
  createCertificateRequest,
  parseCertificateRequest,
  verifyPossession,
} from "./certificate-request.ts";
export type { CertificateRequest } from "./certificate-request.ts";
export { checkCertificateRequest } from "./check-request.ts";
export { IssuingError } from "./error.ts";
export type { IssuingErrorCode } from "./error.ts";
export type { GeneralNameInput } from "./general-name-input.ts";
export { issueCertificate, prepareCertificate, signCertificate } from "./issue-certificate.ts";
export type { CertificateToIssue, PreparedCertificate } from "./issue-certificate.ts";
export {
  issueCertificateList,
  prepareCertificateList,
  signCertificateList,
} from "./issue-certificate-list.ts";
export type { PreparedCertificateList } from "./issue-certificate-list.ts";
export {
  encodeOcspRefusal,
  issueOcspResponse,
  prepareOcspResponse,
  signOcspResponse,
} from "./issue-ocsp-response.ts";
export type { OcspAnswer, OcspResponseToIssue, PreparedOcspResponse } from "./issue-ocsp-response.ts";
export { keyIdentifierOf } from "./key-identifier.ts";
export { lintCertificate } from "./lint-certificate.ts";
export { encodeName, nameInputOf } from "./name-input.ts";
export type { NameInput } from "./name-input.ts";
export { certificateProfiles, profileOf } from "./profiles.ts";
export type { CertificateOption, CertificateProfile, CertificateProfileName } from "./profiles.ts";
export { issueRollOver } from "./roll-over.ts";
export type { AuthorityKey, RollOverRequest } from "./roll-over.ts";
