import { openPdf, PdfError } from "../pdf/index.ts";
import type { PdfFile, PdfSignature } from "../pdf/index.ts";
import type { SealSignature } from "../seal/index.ts";
import type { VerificationContext } from "./certificate-steps.ts";
import { conclude, isIntact, worstVerdict } from "./conclude.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { createLaterChanges } from "./pdf-later-changes.ts";
import type { LaterChanges } from "./pdf-later-changes.ts";
import type { SignatureReport, VerificationReport } from "./report.ts";
import { describeSealSignature, verifySealSignatureValue } from "./ses-report.ts";
import { sealedFacts, summarize } from "./summary.ts";
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
  const verified = pdf.signatures.map((signature) => verifySignature({ laterChanges, context }, signature));
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
  readonly laterChanges: LaterChanges;
  readonly context: VerificationContext;
}

function verifySignature({ laterChanges, context }: Verifying, signature: PdfSignature): VerifiedSignature {
  const { findings, sealSignature } =
    signature.kind === "ses"
      ? verifySealed(signature, context)
      : { findings: [unsupportedFinding(signature)], sealSignature: undefined };
  const described = describeSealSignature(sealSignature);
  const claimed = described.time.claimed ?? signature.claimedTime;
  const report: SignatureReport = {
    id: signature.id,
    kind: signature.kind === "ses" ? "seal" : "signature",
    ...conclude([...byteRangeFindings(signature), ...findings, ...laterChanges(signature)]),
    ...described,
    time: claimed === undefined ? {} : { claimed },
    coverage: { whole: signature.coversWholeFile, parts: partsOf(signature) },
  };
  const quirks = (sealSignature?.quirks ?? []).map(({ code, where }) => ({
    code,
    where: `${signature.id}: ${where}`,
  }));
  return { signature, report, quirks };
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

function verifySealed(
  signature: PdfSignature,
  context: VerificationContext,
): { findings: readonly Finding[]; sealSignature: SealSignature | undefined } {
  const description = `the signed revision (${bytesText(0, signature.revisionEnd)})`;
  const sealed = { parts: signature.signedBytes(), description };
  const { signature: sealSignature, findings } = verifySealSignatureValue(
    signature.contents,
    sealed,
    context,
  );
  return { findings, sealSignature };
}

const earlierRevision = (id: string): string => `${id} covers an earlier revision only`;

function judgeDocument(
  pdf: PdfFile,
  verified: readonly VerifiedSignature[],
): Pick<VerificationReport, "verdict" | "summary" | "uncovered"> {
  const signatures = verified.map(({ report }) => report);
  const worst = worstVerdict(signatures.map(({ verdict }) => verdict));
  const uncovered = uncoveredBytes(pdf, verified);
  const exposed = signatures.every(isRevisionIntact) ? uncovered.filter(({ visible }) => visible) : [];
  const notes = [
    ...signatures.filter(({ coverage }) => !coverage.whole).map(({ id }) => earlierRevision(id)),
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
