/**
 * From bytes to a verdict: {@link verifyDocument} reads an OFD, a PDF, a seal or a message (CMS) and answers with a
 * {@link VerificationReport} in which every step of the standard stands with its result and evidence.
 *
 * Each step is a function that leaves a finding; none stops the others. {@link checkCatalogue} says what each finding
 * means, and only {@link conclude} turns findings into verdicts. Nothing is trusted but what the caller passes, and no
 * clock is read. Seals of versions 1 (GM/T 0031-2014), 4 (GB/T 38540-2020) and 5 (GM/T 0031-2025) are verified, and
 * messages (CMS, GB/T 35275) by themselves and in documents; time stamps prove when, and evidence says who was revoked.
 */
export { verifyDocument } from "./verify-document.ts";
export type { DocumentToVerify } from "./verify-document.ts";
export { sealProfiles } from "./verification-context.ts";
export type { SealProfile, VerificationContext } from "./verification-context.ts";
export { checkResults, indications, subIndications, verdicts } from "./report.ts";
export type {
  Check,
  CheckResult,
  Indication,
  SignatureReport,
  SubIndication,
  Verdict,
  VerificationReport,
} from "./report.ts";
export { checkCatalogue, cmsCheckNameOf } from "./check-catalogue.ts";
export type { CheckDefinition, CheckName, Consequence } from "./check-catalogue.ts";
export { conclude, worstVerdict } from "./conclude.ts";
export type { Conclusion } from "./conclude.ts";
export type { Finding } from "./finding.ts";
export { verdictWords } from "./verdict-words.ts";
export type { VerdictWords } from "./verdict-words.ts";
export { verificationReportSchema, verificationReportsSchema } from "./report-schema.ts";
