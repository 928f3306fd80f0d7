import { isProofOnly, verifySignedData } from "../cades/index.ts";
import type { Allowance, SignerReport } from "../cades/index.ts";
import { CmsError, parseSignedData } from "../cms/index.ts";
import type { CmsCheck, SignedContent, SignedData } from "../cms/index.ts";
import { cmsCheckNameOf } from "./check-catalogue.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { strictFindings } from "./strict-form.ts";
import { isTotalFailure } from "./report.ts";
import type { SignatureReport } from "./report.ts";
import { noEvidence } from "./verification-context.ts";
import type { VerificationContext } from "./verification-context.ts";
import { derProfileOf } from "./ses-report.ts";

/** What one signature of a document turned out to be, whatever its kind. */
export interface SignatureOutcome {
  readonly findings: readonly Finding[];
  readonly described: Pick<SignatureReport, "signer" | "seal" | "time">;
  readonly quirks: readonly { readonly code: string; readonly where: string }[];
}

export interface CmsToVerify {
  readonly der: Uint8Array;
  /** What is signed; absent if it is not at hand, and not inside. */
  readonly content?: SignedContent;
  /** `pades`: in a PDF, which says the signing time itself. */
  readonly flavour?: "cades" | "pades";
  /** Whether the content inside may be the SM3 of what is signed, as in an OFD. */
  readonly mayHoldDigest?: boolean;
  /** What all messages of a document share. */
  readonly allowance?: Allowance;
}

/** Every signer of a SignedData (RFC 5652 §5, GB/T 35275-2017 §8), or why the bytes are none. */
export function verifyCmsValue(
  { der, content, flavour = "cades", mayHoldDigest = false, allowance }: CmsToVerify,
  context: VerificationContext,
): readonly SignatureOutcome[] {
  const signedData = readSignedData(der, context);
  if (signedData instanceof CmsError) return [unreadable(signedData)];
  const report = verifySignedData({
    signedData,
    ...(content !== undefined && { content }),
    anchors: context.trust,
    intermediates: context.intermediates ?? [],
    evidence: context.evidence ?? noEvidence,
    at: context.at,
    policy: { revocation: context.revocation ?? "if-present", algorithms: "default" },
    flavour,
    mayHoldDigest,
    ...(allowance !== undefined && { allowance }),
  });
  const shared = report.quirks.map(({ code, offset }) => ({ code, where: `byte ${String(offset)}` }));
  return report.signers.map((signer) => outcomeOf(signer, shared, context));
}

function readSignedData(der: Uint8Array, context: VerificationContext): SignedData | CmsError {
  try {
    return parseSignedData(der, { profile: derProfileOf(context) });
  } catch (cause) {
    if (cause instanceof CmsError) return cause;
    throw cause;
  }
}

function unreadable(error: CmsError): SignatureOutcome {
  const detail = `This is not a signature of CMS or GB/T 35275: ${error.message}.`;
  const findings = [finding("signature-format", "failed", { detail, evidence: { problem: error.code } })];
  return { findings, described: { time: {} }, quirks: [] };
}

function outcomeOf(
  signer: SignerReport,
  shared: SignatureOutcome["quirks"],
  context: VerificationContext,
): SignatureOutcome {
  const { certificate, time } = signer;
  const quirks = [...shared, ...signer.quirks.map((code) => ({ code, where: "signer" }))];
  return {
    findings: [
      ...signer.checks.map(findingOf),
      timeFinding(signer),
      ...revocationFindings(signer),
      ...strictFindings(quirks, context),
    ],
    described: {
      ...(certificate !== undefined && {
        signer: {
          subject: certificate.subject.text,
          serial: certificate.serialNumber,
          algorithm: certificate.publicKeyInfo.algorithm ?? "unknown",
        },
      }),
      time: {
        ...(time.claimed !== undefined && { claimed: time.claimed.toISOString() }),
        ...(time.trusted !== undefined && { trusted: time.trusted.toISOString() }),
      },
    },
    quirks,
  };
}

/** ETSI EN 319 102-1 §5.1.3 decides by the sub-indication, which a step may choose itself. */
function findingOf({ name, clause, result, detail, evidence, subIndication }: CmsCheck): Finding {
  const key = cmsCheckNameOf(name);
  const isOpen = result === "unknown" && isProofOnly(name);
  const check = {
    name: key,
    clause,
    result: isOpen ? ("not-checked" as const) : result,
    detail,
    ...(evidence !== undefined && { evidence }),
  };
  if (subIndication === undefined || isOpen) return { check };
  const verdict = result === "failed" && isTotalFailure(subIndication) ? "INVALID" : "INDETERMINATE";
  return { check, subIndication, verdict };
}

function timeFinding({ time }: SignerReport): Finding {
  if (time.trusted !== undefined) {
    const detail = `A trusted time stamp proves that the signature existed at ${time.trusted.toISOString()}.`;
    return finding("timestamp", "passed", { detail });
  }
  const detail = "No time stamp proves when the signature was made.";
  return finding("timestamp", "not-checked", { detail });
}

/** What the step over the certificate does not say by itself: whether anybody was asked. */
function revocationFindings({ judgement, revokedSince, certificate }: SignerReport): Finding[] {
  if (judgement === undefined || certificate === undefined) return [];
  const name = "signer-certificate-revocation" as const;
  const evidence = { serial: certificate.serialNumber };
  if (revokedSince !== undefined) {
    const detail = `The signer's certificate, or one above it, was revoked on ${revokedSince.toISOString()}, after the proven time of the signature.`;
    return [finding(name, "passed", { detail, evidence, isRevokedSince: true })];
  }
  const asked = judgement.revocation.slice(0, Math.max(1, judgement.chain.length - 1));
  if (asked.length > 0 && asked.every(({ status }) => status === "good")) {
    const detail = "The signer's certificate was not revoked at the time judged, nor one above it.";
    return [finding(name, "passed", { detail, evidence })];
  }
  if (asked.some(({ status }) => status === "revoked")) return [];
  const detail =
    "Whether the signer's certificate was revoked has not been checked: there is no evidence at hand.";
  return [finding(name, "not-checked", { detail, evidence })];
}
