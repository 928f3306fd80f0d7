import { digestAlgorithms } from "../algorithms/index.ts";
import { base64Of, equalBytes, utf8Of } from "../bytes/index.ts";
import {
  cmsCheck,
  counterSignaturesOf,
  embeddedCertificates,
  signedContent,
  verifySigner,
} from "../cms/index.ts";
import type { CmsCheck, SignedContent, SignedData, SignerInfo, SignerVerification } from "../cms/index.ts";
import { costOf, createAllowance, lesserAllowance, mostSignaturesOfMessage } from "./allowance.ts";
import { createMemberDigests } from "./ats-hash-index.ts";
import { evidenceWith } from "./embedded-evidence.ts";
import { levelOf } from "./level.ts";
import type { GatheredProofs } from "./proofs-of-existence.ts";
import { conclude } from "./report.ts";
import type { SignedDataReport, SignerReport } from "./report.ts";
import { judgeSignerCertificate } from "./signer-certificate.ts";
import type { ProvenSignature } from "./signer-certificate.ts";
import { judgeTimeStamps } from "./time-stamp-checks.ts";
import type { TimeProofs } from "./time-stamp-checks.ts";
import type { Certificate } from "../x509/index.ts";
import type { SignedDataToVerify, ValidationContext } from "./validation-context.ts";

/**
 * Verifies every signer of a SignedData, with time stamps and counter-signatures (ETSI EN 319 102-1 §5.6, RFC 5652 §5.6).
 * Every check is made and reported, with its clause and evidence. Never throws for bad input.
 */
export function verifySignedData(input: SignedDataToVerify): SignedDataReport {
  const { signedData, intermediates } = input;
  const embedded = embeddedCertificates(signedData).certificates;
  const context: ValidationContext = {
    input,
    allowance: lesserAllowance(createAllowance(mostSignaturesOfMessage), input.allowance),
    memberDigests: createMemberDigests(),
    content: contentOf(signedData, input.content),
    certificates: [...embedded, ...intermediates],
    evidence: evidenceWith(input.evidence, signedData),
  };
  const contentChecksOf = contentChecker(input);
  const signers = signedData.signers.map((signer) => reportOn(signer, context, contentChecksOf(signer)));
  return {
    ...worstOf(signers),
    signers,
    quirks: signedData.quirks,
    unprotected: unprotectedParts(signedData),
  };
}

function worstOf(
  signers: readonly SignerReport[],
): Pick<SignedDataReport, "result" | "indication" | "subIndication"> {
  const worst =
    signers.find(({ indication }) => indication === "TOTAL_FAILED") ??
    signers.find(({ result }) => result === "failed") ??
    signers.find(({ result }) => result === "unknown") ??
    signers[0];
  // Certificates without a signature are no signature.
  if (worst === undefined)
    return { result: "failed", indication: "TOTAL_FAILED", subIndication: "FORMAT_FAILURE" };
  const { result, indication, subIndication } = worst;
  return { result, indication, ...(subIndication !== undefined && { subIndication }) };
}

function unprotectedParts(signedData: SignedData): SignedDataReport["unprotected"] {
  const { certificates, revocations, signers } = signedData;
  return [
    ...(certificates.length > 0 ? (["certificates"] as const) : []),
    ...(revocations.length > 0 ? (["revocation-values"] as const) : []),
    ...(signers.some(({ unsignedAttributes }) => unsignedAttributes.length > 0)
      ? (["unsigned-attributes"] as const)
      : []),
  ];
}

function contentOf(signedData: SignedData, given: SignedContent | undefined): SignedContent | undefined {
  return signedData.content === undefined ? given : signedContent(signedData.content);
}

/**
 * Where the content is inside and the caller has what it should be: both must be the same. Electronic seals in the field
 * put the digest of what they sign into the message, as octets or in base64, and sign that; with SM3 all the way.
 */
function contentChecker(input: SignedDataToVerify): (signer: SignerInfo) => readonly CmsCheck[] {
  const known = new Map<boolean, readonly CmsCheck[]>();
  return ({ digestAlgorithm }) => {
    const isDigestRead = input.mayHoldDigest === true && digestAlgorithm.oid === digestAlgorithms.SM3.oid;
    const checks = known.get(isDigestRead) ?? contentChecks(input, isDigestRead);
    known.set(isDigestRead, checks);
    return checks;
  };
}

function contentChecks(
  { signedData, content: given }: SignedDataToVerify,
  isDigestRead: boolean,
): readonly CmsCheck[] {
  const { content } = signedData;
  if (content === undefined || given === undefined) return [];
  const form = formOf(content, given, isDigestRead);
  return [
    form === undefined
      ? cmsCheck("content", "failed", { detail: "The content inside is not what was to be signed." })
      : cmsCheck("content", "passed", {
          detail: "The content inside is what was to be signed.",
          evidence: { form },
        }),
  ];
}

function formOf(
  content: Uint8Array,
  given: SignedContent,
  isDigestRead: boolean,
): "whole" | "sm3" | "sm3-base64" | undefined {
  if (equalBytes(content, given.bytes())) return "whole";
  if (!isDigestRead) return undefined;
  const sm3 = given.digest("SM3");
  if (equalBytes(content, sm3)) return "sm3";
  return equalBytes(content, utf8Of(base64Of(sm3))) ? "sm3-base64" : undefined;
}

function reportOn(signer: SignerInfo, context: ValidationContext, before: readonly CmsCheck[]): SignerReport {
  const { input, content, certificates } = context;
  if (!context.allowance.take(costOf(signer, content))) return unjudged(tooMany);
  const proofs = judgeTimeStamps(signer, context);
  const verification = verifySigner({
    signer,
    content,
    contentType: input.signedData.contentType,
    certificates,
    at: proofs.signatureExistedAt ?? input.at,
    algorithms: input.policy.algorithms,
  });
  const counterSignatures = counterSignaturesOf(signer).map((counter) =>
    reportOnCounter(counter, signer, context, proofs.proofs),
  );
  return {
    ...assembleReport(
      verification,
      proofs,
      context,
      [...before, ...flavourChecks(verification, input)],
      counterSignatures,
    ),
    ...levelMember(signer, input),
  };
}

function levelMember(
  signer: SignerInfo,
  { signedData, flavour }: SignedDataToVerify,
): Pick<SignerReport, "level"> {
  const level = levelOf(signedData, signer, flavour);
  return level === undefined ? {} : { level };
}

/** ETSI EN 319 142-1 §6.3: a PDF says the signing time itself, and the message must not say another. */
function flavourChecks({ claimedTime }: SignerVerification, { flavour }: SignedDataToVerify): CmsCheck[] {
  if (flavour !== "pades" || claimedTime === undefined) return [];
  const detail = "The message has a signing time, which a PDF signature must not have.";
  return [cmsCheck("signing-time", "failed", { detail, clause: "ETSI EN 319 142-1 §6.3" })];
}

function reportOnCounter(
  counter: SignerInfo | undefined,
  signer: SignerInfo,
  context: ValidationContext,
  around: GatheredProofs,
): SignerReport {
  if (counter === undefined) return unjudged(unreadableCounter);
  if (!context.allowance.take()) return unjudged(tooMany);
  const { certificates, input } = context;
  const content = signedContent(signer.signature);
  const existedAt = around.earliestOf(counter.raw);
  const before = existedAt === undefined ? around : around.with([counter.signature], existedAt);
  const proofs = judgeTimeStamps(counter, { ...context, content }, before);
  const verification = verifySigner({
    signer: counter,
    content,
    contentType: undefined,
    certificates,
    at: proofs.signatureExistedAt ?? input.at,
    algorithms: input.policy.algorithms,
  });
  return assembleReport(verification, proofs, context, [], []);
}

const unreadableCounter = cmsCheck("signer-attributes", "failed", {
  detail: "The counter-signature cannot be read.",
});

const tooMany = cmsCheck("signer-certificate", "unknown", {
  detail: "There are more signatures than are judged in one verification.",
});

function unjudged(check: CmsCheck): SignerReport {
  const checks = [check];
  return {
    ...conclude(checks),
    certificate: undefined,
    time: {},
    judgement: undefined,
    checks,
    quirks: [],
    timeStamps: [],
    counterSignatures: [],
  };
}

function assembleReport(
  verification: SignerVerification,
  proofs: TimeProofs,
  context: ValidationContext,
  before: readonly CmsCheck[],
  counterSignatures: readonly SignerReport[],
): SignerReport {
  const { certificate, claimedTime } = verification;
  const trusted = proofs.signatureExistedAt;
  const judged =
    certificate && judgeSignerCertificate(certificate, context, provenOf(certificate, verification, proofs));
  const checks = [
    ...before,
    ...verification.checks,
    ...timeChecks(claimedTime, trusted, context.input.at),
    ...proofs.checks,
    ...(judged?.checks ?? []),
    ...counterSignatures.map(counterCheck),
  ];
  return {
    ...conclude(checks),
    certificate,
    time: {
      ...(claimedTime !== undefined && { claimed: claimedTime }),
      ...(trusted !== undefined && { trusted }),
    },
    ...(judged?.revokedSince !== undefined && { revokedSince: judged.revokedSince }),
    judgement: judged?.judgement,
    checks,
    quirks: verification.quirks,
    timeStamps: proofs.timeStamps,
    counterSignatures,
  };
}

/** A certificate that is named by its digest under a signature existed when the signature did. */
function provenOf(
  certificate: Certificate,
  { checks }: SignerVerification,
  { signatureExistedAt: existedAt, proofs }: TimeProofs,
): ProvenSignature {
  const isNamed = checks.some(
    ({ name, result }) => name === "signing-certificate-reference" && result === "passed",
  );
  if (existedAt === undefined || !isNamed) return { existedAt, proofs };
  return { existedAt, proofs: proofs.with([certificate.raw], existedAt) };
}

/** Clocks may differ by this much before a claimed time counts as later than a proven one. */
const clockSkewMilliseconds = 5 * 60 * 1000;

function timeChecks(claimed: Date | undefined, trusted: Date | undefined, at: Date): CmsCheck[] {
  if (claimed === undefined) return [];
  const latest = trusted ?? at;
  const evidence = { claimed: claimed.toISOString(), not_after: latest.toISOString() };
  if (claimed.getTime() > latest.getTime() + clockSkewMilliseconds) {
    const detail =
      trusted === undefined
        ? "The claimed signing time has not come yet."
        : "The claimed signing time is after a time stamp over the signature.";
    return [cmsCheck("signing-time", "failed", { detail, evidence })];
  }
  return [cmsCheck("signing-time", "passed", { detail: "The claimed signing time is possible.", evidence })];
}

function counterCheck(report: SignerReport): CmsCheck {
  const evidence = {
    ...(report.certificate !== undefined && { subject: report.certificate.subject.text }),
    ...(report.subIndication !== undefined && { counter_sub_indication: report.subIndication }),
  };
  return cmsCheck("counter-signature", report.result, {
    detail:
      report.result === "passed"
        ? "The counter-signature is good."
        : "The counter-signature is not good, or cannot be judged.",
    evidence,
  });
}
