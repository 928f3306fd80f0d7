import { parseSeal, SealError } from "../seal/index.ts";
import type { Seal } from "../seal/index.ts";
import { essentialChecks } from "./check-catalogue.ts";
import { conclude } from "./conclude.ts";
import type { VerificationContext } from "./verification-context.ts";
import { notReached } from "./finding.ts";
import type { SignatureReport, VerificationReport } from "./report.ts";
import { sealFindings, sealQuirks } from "./seal-steps.ts";
import {
  derProfileOf,
  describeSeal,
  describeSealSignature,
  describeSigner,
  quirksOf,
  unreadableFinding,
  verifySealSignatureValue,
} from "./ses-report.ts";
import { strictFindings } from "./strict-form.ts";
import { summarize } from "./summary.ts";

/**
 * A seal by itself (an .esl file), judged at the time of the verification. The signer in the report is the maker.
 */
export function verifySeal(
  file: string,
  bytes: Uint8Array,
  context: VerificationContext,
): VerificationReport {
  const seal = readSeal(bytes, context);
  const signature = seal instanceof SealError ? unreadableSeal(seal) : sealReport(seal, context);
  const quirks = seal instanceof SealError ? [] : [...seal.quirks, ...sealQuirks(seal)];
  return withSummary({ file, format: "ses-seal", signatures: [signature], quirks });
}

function readSeal(bytes: Uint8Array, context: VerificationContext): Seal | SealError {
  try {
    return parseSeal(bytes, { profile: derProfileOf(context) });
  } catch (cause) {
    if (cause instanceof SealError) return cause;
    throw cause;
  }
}

function sealReport(seal: Seal, context: VerificationContext): SignatureReport {
  return {
    id: seal.info.code,
    kind: "seal",
    ...conclude(
      [
        ...sealFindings(seal, context, { time: context.at, source: "now" }),
        ...strictFindings([...seal.quirks, ...sealQuirks(seal)], context),
      ],
      essentialChecks.seal,
    ),
    ...describeSigner(seal.makerCertificate),
    seal: describeSeal(seal),
    time: { claimed: seal.info.property.createdAt.toISOString() },
    coverage: { whole: true, parts: ["seal"] },
  };
}

function unreadableSeal(error: SealError): SignatureReport {
  const findings = [
    unreadableFinding("seal-format", error),
    ...notReached(["seal-signature", "seal-validity"], "the seal cannot be read."),
  ];
  return { id: "seal", kind: "seal", ...conclude(findings), time: {}, coverage: { whole: false, parts: [] } };
}

/** A seal signature without what it sealed: at best INDETERMINATE, since the data hash has nothing to be compared with. */
export function verifySealSignature(
  file: string,
  bytes: Uint8Array,
  context: VerificationContext,
): VerificationReport {
  const outcome = verifySealSignatureValue(bytes, undefined, context);
  const { signature, findings } = outcome;
  const report: SignatureReport = {
    id: signature?.toBeSigned.propertyInfo ?? "signature",
    kind: "seal",
    ...conclude(findings, essentialChecks["seal-signature"]),
    ...describeSealSignature(outcome),
    coverage: { whole: false, parts: [] },
  };
  return withSummary({
    file,
    format: "ses-signature",
    signatures: [report],
    quirks: quirksOf(signature),
  });
}

function withSummary(
  report: Pick<VerificationReport, "file" | "format" | "signatures" | "quirks">,
): VerificationReport {
  const verdict = report.signatures[0]?.verdict ?? "UNSIGNED";
  const { file, format, signatures, quirks } = report;
  const facts = signatures.flatMap(({ seal }) =>
    seal === undefined ? [] : [`the seal ${seal.name} (${seal.code}) is as its maker signed it`],
  );
  const summary = summarize({ verdict, signatures, facts, notes: [], objections: [] });
  return { file, format, verdict, summary, signatures, uncovered: [], quirks };
}
