/**
 * What a certificate authority does: certificates after a profile, and the requests (PKCS #10) they are made from.
 *
 * A CA reads a request with {@link parseCertificateRequest}, checks with {@link verifyPossession} that the sender holds
 * the key, and calls {@link issueCertificate} with the name it has itself verified. Structures are encoded with the
 * @peculiar packages, which are imported nowhere else; signing goes through our Signer, since they know no SM2, and
 * what they encoded is read back with our own parser before it is given out.
 */
export {
  createCertificateRequest,
  parseCertificateRequest,
  verifyPossession,
} from "./certificate-request.ts";
export type { CertificateRequest } from "./certificate-request.ts";
export { IssuingError } from "./error.ts";
export type { IssuingErrorCode } from "./error.ts";
export { issueCertificate } from "./issue-certificate.ts";
export type { CertificateToIssue } from "./issue-certificate.ts";
export { keyIdentifierOf } from "./key-identifier.ts";
export { encodeName } from "./name-input.ts";
export type { NameInput } from "./name-input.ts";
export { certificateProfiles, profileOf } from "./profiles.ts";
export type { CertificateProfile, CertificateProfileName } from "./profiles.ts";
