import { createAllowance, mostSignaturesOfDocument } from "../cades/index.ts";
import type { Allowance } from "../cades/index.ts";
import { signedContent } from "../cms/index.ts";
import { openPdf, PdfError } from "../pdf/index.ts";
import type { PdfFile, PdfSignature } from "../pdf/index.ts";
import type { VerificationContext } from "./verification-context.ts";
import { verifyCmsValue } from "./cms-report.ts";
import type { SignatureOutcome } from "./cms-report.ts";
import { essentialChecks } from "./check-catalogue.ts";
import { conclude, isGood, isIntact, worstVerdict } from "./conclude.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { createLaterChanges } from "./pdf-later-changes.ts";
import type { LaterChanges } from "./pdf-later-changes.ts";
import type { SignatureReport, Verdict, VerificationReport } from "./report.ts";
import { describeSealSignature, quirksOf, verifySealSignatureValue } from "./ses-report.ts";
import { strictContainerFindings } from "./strict-form.ts";
import { sealedFacts, summarize } from "./summary.ts";
import { stampedTime } from "./time-stamp-steps.ts";
import { unreadableReport } from "./unreadable.ts";

/** More than anyone lays on one document; each hashes all of the file before it. */
const mostSignatures = 100;

/** Under all signatures together: five seconds of hashing. A hundred seals on a file of ten megabytes stay below. */
const mostSignedBytes = 1024 * 1024 * 1024;

/**
 * A PDF: every signature its form leads to, and whether anything follows the last good one (GM/T 0112-2021 §7,
 * GB/T 38540-2020 §7.3).
 */
export function verifyPdf(file: string, bytes: Uint8Array, context: VerificationContext): VerificationReport {
  const pdf = open(bytes);
  if (pdf instanceof PdfError) return unreadableReport(file, "pdf", pdf);
  const signedBytes = pdf.signatures.reduce((sum, { revisionEnd }) => sum + revisionEnd, 0);
  if (pdf.signatures.length > mostSignatures || signedBytes > Math.max(mostSignedBytes, 2 * bytes.length)) {
    const message = `more than ${String(mostSignatures)} signatures, or too many for its size`;
    return unreadableReport(file, "pdf", { code: "too-many-signatures", message });
  }
  const laterChanges = createLaterChanges(pdf);
  const verifying = { pdf, laterChanges, context, allowance: createAllowance(mostSignaturesOfDocument) };
  const verified = pdf.signatures.map((signature) => verifySignature(verifying, signature));
  const signatures = verified.map(({ report }) => report);
  if (signatures.length === 0) {
    const notes = cutOffPlaces(pdf).map((where) => `a signature was cut off at ${where}`);
    const summary = summarize({ verdict: "UNSIGNED", signatures, facts: [], notes, objections: [] });
    return {
      file,
      format: "pdf",
      verdict: "UNSIGNED",
      summary,
      signatures,
      uncovered: [],
      quirks: pdf.quirks,
    };
  }
  const quirks = [...pdf.quirks, ...verified.flatMap((one) => one.quirks)];
  return { file, format: "pdf", ...judgeDocument(pdf, verified), signatures, quirks };
}

function open(bytes: Uint8Array): PdfFile | PdfError {
  try {
    return openPdf(bytes);
  } catch (cause) {
    if (cause instanceof PdfError) return cause;
    throw cause;
  }
}

interface VerifiedSignature {
  readonly signature: PdfSignature;
  readonly report: SignatureReport;
  readonly quirks: VerificationReport["quirks"];
}

interface Verifying {
  readonly allowance: Allowance;
  readonly pdf: PdfFile;
  readonly laterChanges: LaterChanges;
  readonly context: VerificationContext;
}

function verifySignature(
  { pdf, laterChanges, context, allowance }: Verifying,
  signature: PdfSignature,
): VerifiedSignature {
  const { findings, described, quirks } = outcomeOf(signature, context, allowance);
  const { claimed = signature.claimedTime, trusted } = described.time;
  const kind = kindOf(signature);
  const report: SignatureReport = {
    id: signature.id,
    kind,
    ...conclude(
      [
        ...byteRangeFindings(signature),
        ...findings,
        ...laterChanges(signature),
        ...strictContainerFindings(pdf.quirks, context),
      ],
      essentialChecks[kind === "seal" ? "seal-signature" : kind],
    ),
    ...described,
    time: { ...(claimed !== undefined && { claimed }), ...(trusted !== undefined && { trusted }) },
    coverage: { whole: signature.coversWholeFile, parts: partsOf(signature) },
  };
  const placed = quirks.map(({ code, where }) => ({ code, where: `${signature.id}: ${where}` }));
  return { signature, report, quirks: placed };
}

function kindOf({ kind, subFilter }: PdfSignature): SignatureReport["kind"] {
  if (kind === "ses") return "seal";
  return subFilter === timeStampFilter ? "timestamp" : "signature";
}

const timeStampFilter = "ETSI.RFC3161";
/** Its content is the SHA-1 of the ranges, which protects nothing any more (ISO 32000-1 §12.8.3.3). */
const sha1Filter = "adbe.pkcs7.sha1";

function outcomeOf(
  signature: PdfSignature,
  context: VerificationContext,
  allowance: Allowance,
): SignatureOutcome {
  const { kind, subFilter } = signature;
  if (kind === "ses") return verifySealed(signature, context);
  if (subFilter === timeStampFilter) return verifyTimeStamp(signature, context);
  if (kind === "cms" && subFilter !== sha1Filter) return verifyMessage(signature, context, allowance);
  return { findings: [unsupportedFinding(signature)], described: { time: {} }, quirks: [] };
}

/**
 * A time stamp over a whole revision (ETSI EN 319 142-1 §5.4.3). Beside a signature one that proves nothing is as good as
 * none; by itself it is undecided.
 */
function verifyTimeStamp(signature: PdfSignature, context: VerificationContext): SignatureOutcome {
  const stamp = stampedTime("timestamp", signature.contents, signature.signedBytes(), context);
  const { finding: found, proven } = stamp;
  const { check } = found;
  const isOpen = check.result === "not-checked";
  const own: Finding = isOpen ? { ...found, check: { ...check, result: "unknown" } } : found;
  const time = proven === undefined ? {} : { trusted: proven.toISOString() };
  return { findings: [own], described: { time }, quirks: [] };
}

/** A message over the signed ranges (ISO 32000-1 §12.8.3.3); a PDF has room for one signer only. */
function verifyMessage(
  signature: PdfSignature,
  context: VerificationContext,
  allowance: Allowance,
): SignatureOutcome {
  const { contents, subFilter } = signature;
  const flavour = subFilter === "ETSI.CAdES.detached" ? "pades" : "cades";
  const content = signedContent(...signature.signedBytes());
  const outcomes = verifyCmsValue({ der: contents, content, flavour, allowance }, context);
  const [first, ...more] = outcomes;
  if (first === undefined || more.length > 0) {
    const detail = "A signature in a PDF has exactly one signer.";
    return {
      findings: [finding("signature-format", "failed", { detail })],
      described: { time: {} },
      quirks: [],
    };
  }
  return first;
}

function partsOf({ byteRange }: PdfSignature): readonly string[] {
  if (byteRange === undefined) return [];
  const [start, length, secondStart, secondLength] = byteRange;
  return [bytesText(start, start + length), bytesText(secondStart, secondStart + secondLength)];
}

/** @param end one past the last byte */
function bytesText(start: number, end: number): string {
  return `bytes ${String(start)}–${String(end - 1)}`;
}

function byteRangeFindings(signature: PdfSignature): Finding[] {
  const evidence = { byte_range: (signature.byteRange ?? []).join(" ") };
  if (signature.problems.length > 0) {
    return signature.problems.map(({ code, detail }) =>
      finding("byte-range", "failed", { detail, evidence: { ...evidence, problem: code } }),
    );
  }
  const detail = "The signed ranges are one whole revision, except the signature value itself.";
  return [finding("byte-range", "passed", { detail, evidence })];
}

function unsupportedFinding({ subFilter }: PdfSignature): Finding {
  const name = subFilter === undefined ? "without a /SubFilter" : `of the kind ${subFilter}`;
  return finding("signature-supported", "unknown", {
    detail: `Not supported by this version: a signature ${name}.`,
    evidence: { sub_filter: subFilter ?? "" },
  });
}

function verifySealed(signature: PdfSignature, context: VerificationContext): SignatureOutcome {
  const description = `the signed revision (${bytesText(0, signature.revisionEnd)})`;
  const sealed = { parts: signature.signedBytes(), description };
  const outcome = verifySealSignatureValue(signature.contents, sealed, context);
  return {
    findings: outcome.findings,
    described: describeSealSignature(outcome),
    quirks: quirksOf(outcome.signature),
  };
}

const earlierRevision = (id: string): string => `${id} covers an earlier revision only`;

function judgeDocument(
  pdf: PdfFile,
  verified: readonly VerifiedSignature[],
): Pick<VerificationReport, "verdict" | "summary" | "uncovered"> {
  const signatures = verified.map(({ report }) => report);
  const worst = verdictOf(signatures);
  const uncovered = uncoveredBytes(pdf, verified);
  const exposed = signatures.every(isRevisionIntact) ? uncovered.filter(({ visible }) => visible) : [];
  const notes = [
    ...signatures.filter(({ coverage }) => !coverage.whole).map(({ id }) => earlierRevision(id)),
    ...signatures.flatMap(timeStampNotes),
    ...cutOffPlaces(pdf).map((where) => `a signature that no field shows is at ${where}`),
  ];
  const verdict =
    exposed.length > 0 ? "INVALID" : worst === "VALID" && notes.length > 0 ? "VALID_WITH_WARNINGS" : worst;
  const summary = summarize({
    verdict,
    signatures,
    facts: sealedFacts(signatures),
    notes,
    objections: exposed.map(({ part }) => `${part} were added after the last signature.`),
  });
  return { verdict, summary, uncovered };
}

/**
 * That of the signatures. A time stamp is nobody's word for what a document says: with nothing else the document is
 * unsigned. One that was broken speaks of a change all the same.
 */
function verdictOf(signatures: readonly SignatureReport[]): Verdict {
  const stamps = signatures.filter(({ kind }) => kind === "timestamp");
  const others = signatures.filter(({ kind }) => kind !== "timestamp");
  if (stamps.some(({ verdict }) => verdict === "INVALID")) return "INVALID";
  return worstVerdict(others.map(({ verdict }) => verdict));
}

function timeStampNotes({ id, kind, verdict, time }: SignatureReport): string[] {
  if (kind !== "timestamp") return [];
  return isGood(verdict) && time.trusted !== undefined
    ? [`the time stamp ${id} proves that the document existed at ${time.trusted}`]
    : [`the time stamp ${id} proves nothing here`];
}

/** Whether the signed revision is as it was sealed, whatever was done to the document after it. */
function isRevisionIntact({ verdict, checks }: SignatureReport): boolean {
  const failed = checks.filter(({ result }) => result === "failed");
  return isIntact(verdict) || (failed.length > 0 && failed.every(({ name }) => name === "later-changes"));
}

function cutOffPlaces({ quirks }: PdfFile): readonly string[] {
  return quirks.filter(({ code }) => code === "unreachable-signature").map(({ where }) => where);
}

/** What follows the last intact signature. An update may change every page, so it counts as seen; a line end may not. */
function uncoveredBytes(
  { bytes }: PdfFile,
  verified: readonly VerifiedSignature[],
): VerificationReport["uncovered"] {
  const intact = verified.filter(({ report }) => isRevisionIntact(report));
  const end = Math.max(0, ...intact.map(({ signature }) => signature.revisionEnd));
  if (end >= bytes.length) return [];
  const isLineEnd =
    bytes.length - end <= 2 && bytes.subarray(end).every((byte) => byte === 0x0a || byte === 0x0d);
  return [{ part: bytesText(end, bytes.length), visible: !isLineEnd }];
}
