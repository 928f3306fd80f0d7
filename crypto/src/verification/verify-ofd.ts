import { equalBytes } from "../bytes/index.ts";
import { createAllowance, mostSignaturesOfDocument } from "../cades/index.ts";
import type { Allowance } from "../cades/index.ts";
import { signedContent } from "../cms/index.ts";
import { DerError, parseDer, tags } from "../der/index.ts";
import { openOfd, OfdError } from "../ofd/index.ts";
import type { OfdPackage, OfdSignature } from "../ofd/index.ts";
import type { SealSignature } from "../seal/index.ts";
import type { VerificationContext } from "./verification-context.ts";
import { verifyCmsValue } from "./cms-report.ts";
import type { SignatureOutcome } from "./cms-report.ts";
import { essentialChecks } from "./check-catalogue.ts";
import { conclude, worstVerdict } from "./conclude.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import {
  coverageFinding,
  coverageOf,
  cutOffParts,
  isUncoveredByDesign,
  uncoveredParts,
} from "./ofd-coverage.ts";
import type { JudgedSignature } from "./ofd-coverage.ts";
import { createPartDigest, problemFindings, referenceFindings } from "./ofd-reference-steps.ts";
import type { PartDigest } from "./ofd-reference-steps.ts";
import type { SignatureReport, VerificationReport } from "./report.ts";
import { describeSealSignature, quirksOf, verifySealSignatureValue } from "./ses-report.ts";
import { strictContainerFindings } from "./strict-form.ts";
import { sealedFacts, summarize } from "./summary.ts";
import { unreadableReport } from "./unreadable.ts";

/**
 * An OFD package: every signature of every document in it, and whether together they cover what a reader shows
 * (GB/T 33190-2016 ch. 18, GB/T 38540-2020 §7.3).
 */
export function verifyOfd(file: string, bytes: Uint8Array, context: VerificationContext): VerificationReport {
  const ofd = open(bytes);
  if (ofd instanceof OfdError) return unreadableReport(file, "ofd", ofd);
  const digestOf = createPartDigest(ofd);
  const verifying = { ofd, digestOf, context, allowance: createAllowance(mostSignaturesOfDocument) };
  const verified = ofd.signatures.map((signature) => verifySignature(verifying, signature));
  const signatures = verified.map(({ report }) => report);
  if (signatures.length === 0) {
    const notes = cutOffParts(ofd).map((part) => `a signature was cut off at ${part}`);
    const summary = summarize({ verdict: "UNSIGNED", signatures, facts: [], notes, objections: [] });
    return {
      file,
      format: "ofd",
      verdict: "UNSIGNED",
      summary,
      signatures,
      uncovered: [],
      quirks: ofd.quirks,
    };
  }
  const quirks = [...ofd.quirks, ...verified.flatMap((one) => one.quirks)];
  return { file, format: "ofd", ...judgeDocument(ofd, verified), signatures, quirks };
}

function open(bytes: Uint8Array): OfdPackage | OfdError {
  try {
    return openOfd(bytes);
  } catch (cause) {
    if (cause instanceof OfdError) return cause;
    throw cause;
  }
}

interface VerifiedSignature extends JudgedSignature {
  readonly quirks: VerificationReport["quirks"];
}

interface Verifying {
  readonly ofd: OfdPackage;
  readonly digestOf: PartDigest;
  readonly context: VerificationContext;
  readonly allowance: Allowance;
}

function verifySignature(verifying: Verifying, signature: OfdSignature): VerifiedSignature {
  const { ofd, digestOf, context } = verifying;
  const { findings, described, quirks } =
    signature.type === "Sign"
      ? verifyWithoutSeal(signature, verifying)
      : verifySealed(ofd, signature, context);
  const report: SignatureReport = {
    id: signature.id,
    kind: signature.type === "Sign" ? "signature" : "seal",
    ...conclude(
      [
        ...formFindings(signature),
        ...findings,
        ...referenceFindings(digestOf, signature, context.at),
        coverageFinding(ofd, signature),
        ...strictContainerFindings(ofd.quirks, context),
      ],
      essentialChecks[signature.type === "Sign" ? "signature" : "seal-signature"],
    ),
    ...described,
    coverage: coverageOf(ofd, signature),
  };
  const placed = quirks.map(({ code, where }) => ({
    code,
    where: `${signature.signedValuePart}: ${where}`,
  }));
  return { signature, report, quirks: placed };
}

function formFindings(signature: OfdSignature): Finding[] {
  const problems = problemFindings(signature, "container-format");
  if (problems.length > 0) return problems;
  const evidence = { part: signature.part, stamps: String(signature.stamps.length) };
  return [
    finding("container-format", "passed", {
      detail: "Signature.xml says where and what it seals.",
      evidence,
    }),
  ];
}

/**
 * A signature without a seal: GB/T 35275 SignedData over Signature.xml (GM/T 0099-2020). Several signers of one message
 * are all needed. A bare value names no certificate at all.
 */
function verifyWithoutSeal(signature: OfdSignature, { context, allowance }: Verifying): SignatureOutcome {
  const { signedValue, signedValuePart, raw } = signature;
  if (isBareValue(signedValue)) {
    const detail = "This is a bare signature value: nothing in the document says whose key made it.";
    const evidence = { part: signedValuePart };
    const findings = [finding("signer-certificate-found", "unknown", { detail, evidence })];
    return { findings, described: { time: {} }, quirks: [] };
  }
  const message = { der: signedValue, content: signedContent(raw), mayHoldDigest: true, allowance };
  const outcomes = verifyCmsValue(message, context);
  const [first] = outcomes;
  if (first === undefined) {
    const detail = "The signed value has no signer.";
    return {
      findings: [finding("signature-format", "failed", { detail })],
      described: { time: {} },
      quirks: [],
    };
  }
  const findings = [...outcomes.flatMap((outcome) => outcome.findings), ...drawnSealFindings(signature)];
  return { ...first, findings };
}

/** Readers draw the seal that Signature.xml names, and nobody can tell from it that no seal was used. */
function drawnSealFindings({ sealPart, sealImagePart, problems }: OfdSignature): Finding[] {
  const drawn = sealPart ?? sealImagePart;
  const isNamed = drawn !== undefined || problems.some(({ code }) => code === "seal-part-missing");
  if (!isNamed) return [];
  const detail = "The signature is one without a seal, and brings a seal for readers to draw.";
  return [finding("seal-file", "unknown", { detail, ...(drawn && { evidence: { entry: drawn } }) })];
}

/** SEQUENCE { INTEGER r, INTEGER s }, or r ‖ s. */
function isBareValue(value: Uint8Array): boolean {
  if (value.length === 64) return true;
  try {
    const { children } = parseDer(value);
    return children.length === 2 && children.every(({ tag }) => tag === tags.integer);
  } catch (cause) {
    if (cause instanceof DerError) return false;
    throw cause;
  }
}

function verifySealed(
  ofd: OfdPackage,
  signature: OfdSignature,
  context: VerificationContext,
): SignatureOutcome {
  const sealed = { parts: [signature.raw], description: `the signature description ${signature.part}` };
  const outcome = verifySealSignatureValue(signature.signedValue, sealed, context);
  const sealSignature = outcome.signature;
  const bound =
    sealSignature === undefined
      ? []
      : [...sealFileFindings(ofd, signature, sealSignature), propertyFinding(signature, sealSignature)];
  return {
    findings: [...outcome.findings, ...bound],
    described: describeSealSignature(outcome),
    quirks: quirksOf(sealSignature),
  };
}

/** Seal.esl is what some readers draw, so it must be the seal that was signed. It is optional (tax documents). */
function sealFileFindings(
  ofd: OfdPackage,
  signature: OfdSignature,
  { toBeSigned }: SealSignature,
): Finding[] {
  const missing = problemFindings(signature, "seal-file");
  if (missing.length > 0) return missing;
  const image = sealImageFinding(ofd, signature, toBeSigned.seal.info.picture.data);
  if (image !== undefined) return [image];
  const { sealPart, sealBytes } = signature;
  if (sealPart === undefined || sealBytes === undefined) {
    return [finding("seal-file", "passed", { detail: "There is no seal file beside the seal signature." })];
  }
  const isSame = equalBytes(sealBytes, toBeSigned.seal.raw);
  const detail = isSame
    ? `${sealPart} is the seal that was signed.`
    : `${sealPart} is not the seal that was signed.`;
  return [finding("seal-file", isSame ? "passed" : "failed", { detail, evidence: { entry: sealPart } })];
}

/** A picture beside the seal is drawn in its place, so it must be the seal's own or be signed itself. */
function sealImageFinding(
  ofd: OfdPackage,
  { sealImagePart, references }: OfdSignature,
  picture: Uint8Array,
): Finding | undefined {
  if (sealImagePart === undefined || references.some(({ part }) => part === sealImagePart)) return undefined;
  const image = ofd.entries.get(sealImagePart);
  if (image !== undefined && equalBytes(image.content(), picture)) return undefined;
  const detail = `${sealImagePart} may be drawn instead of the seal's picture, and nothing says that it is the seal's.`;
  return finding("seal-file", "unknown", { detail, evidence: { entry: sealImagePart } });
}

/** The path ties the signed value to its place, so that it cannot be moved to another signature's. */
function propertyFinding(signature: OfdSignature, { toBeSigned }: SealSignature): Finding {
  const { propertyInfo } = toBeSigned;
  const evidence = { signed: propertyInfo, actual: `/${signature.part}` };
  // GB/T 38540 leaves the text to the application. One that is no path says nothing, and can contradict nothing.
  if (!propertyInfo.toLowerCase().endsWith(".xml")) {
    const detail = "The property information that was signed is no path.";
    return finding("property-info", "not-checked", { detail, evidence });
  }
  return propertyInfo.replace(/^\//, "") === signature.part
    ? finding("property-info", "passed", {
        detail: "The signed value belongs to this Signature.xml.",
        evidence,
      })
    : finding("property-info", "failed", {
        detail: "The signed value was made for another place.",
        evidence,
      });
}

function judgeDocument(
  ofd: OfdPackage,
  judged: readonly JudgedSignature[],
): Pick<VerificationReport, "verdict" | "summary" | "uncovered"> {
  const signatures = judged.map(({ report }) => report);
  const worst = worstVerdict(signatures.map(({ verdict }) => verdict));
  const uncovered = uncoveredParts(ofd, judged);
  // With an invalid signature nothing may be covered any more; saying so of every part would hide the reason.
  const exposed = worst === "INVALID" ? [] : uncovered.filter(({ visible }) => visible);
  const hidden = uncovered.filter(({ part, visible }) => !visible && !isUncoveredByDesign(ofd, part));
  const verdict =
    exposed.length > 0 ? "INVALID" : worst === "VALID" && hidden.length > 0 ? "VALID_WITH_WARNINGS" : worst;
  const summary = summarize({
    verdict,
    signatures,
    facts: sealedFacts(signatures),
    notes: [
      ...cutOffParts(ofd).map((part) => `a signature that no list names is at ${part}`),
      ...hidden.map(({ part }) => `${part} is in the file, seen by no reader and covered by no signature`),
    ],
    objections: exposed.map(({ part }) => `${part} is shown to readers and covered by no signature.`),
  });
  return { verdict, summary, uncovered };
}
