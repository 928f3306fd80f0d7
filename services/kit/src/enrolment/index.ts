/**
 * How a service gets a certificate for a key that it holds.
 *
 * {@link enrolCertificate} makes a certificate request signed with the key, hands it to a {@link CertificateAuthority}
 * and believes nothing of the answer: the certificate must be about that key and that name, and its chain must hold.
 * {@link createCertificateAuthorityClient} is the authority over HTTP. Whatever the reason, the caller sees one refusal,
 * `certificate-not-issued`; {@link enrolmentProblems} is its row. In plans, a step that certifies answers
 * {@link certifiedResult} and ends with {@link putCertified}; {@link revokeLostKey} is the step of a compromise.
 */
export { certifiedResult, putCertified, revokeLostKey } from "./certify-step.ts";
export type { CertifiedKey } from "./certify-step.ts";
export { enrolCertificate } from "./enrol-certificate.ts";
export type {
  CertificateAuthority,
  EnrolledCertificate,
  EnrolmentProfile,
  EnrolmentRequest,
} from "./enrol-certificate.ts";
export { createCertificateAuthorityClient } from "./certificate-authority-client.ts";
export { enrolmentProblems } from "./enrolment-problems.ts";
export type { EnrolmentRefusalCode } from "./enrolment-problems.ts";
