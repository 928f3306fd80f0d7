import { derOfPem, latin1Of } from "../bytes/index.ts";
import { signedContent } from "../cms/index.ts";
import { verifyCmsValue } from "./cms-report.ts";
import type { SignatureOutcome } from "./cms-report.ts";
import { essentialChecks } from "./check-catalogue.ts";
import { conclude, worstVerdict } from "./conclude.ts";
import type { SignatureReport, VerificationReport } from "./report.ts";
import { signedFacts, summarize } from "./summary.ts";
import { unreadableReport } from "./unreadable.ts";
import type { VerificationContext } from "./verification-context.ts";

/** RFC 7468 §9 and §8: both labels are met for the same structure. */
const pemLabels = ["CMS", "PKCS7"] as const;

/** The DER in a PEM text of one cryptographic message; undefined if the bytes are no such text. */
export function cmsOfPem(bytes: Uint8Array): Uint8Array | RangeError | undefined {
  const isMessage = pemLabels.some((name) =>
    latin1Of(bytes.subarray(0, 40)).includes(`-----BEGIN ${name}-----`),
  );
  if (!isMessage) return undefined;
  try {
    const text = latin1Of(bytes);
    const [message, ...more] = pemLabels.flatMap((label) => derOfPem(text, label));
    // A verdict on the first would be taken for one on the file.
    return more.length > 0 ? new RangeError("the text holds more than one message") : message;
  } catch (cause) {
    if (cause instanceof RangeError) return cause;
    throw cause;
  }
}

/** A cryptographic message by itself (.p7s, .p7m), each of its signers a signature of the report. */
export function verifyCms(file: string, der: Uint8Array, context: VerificationContext): VerificationReport {
  const content = context.detached === undefined ? undefined : signedContent(context.detached);
  const outcomes = verifyCmsValue({ der, ...(content !== undefined && { content }) }, context);
  const signatures = outcomes.map((outcome, index) => reportOf(outcome, index));
  const verdict = worstVerdict(signatures.map((signature) => signature.verdict));
  const facts = [...signedFacts(signatures), "what is signed was not changed"];
  const summary = summarize({ verdict, signatures, facts, notes: [], objections: [] });
  const quirks = outcomes[0]?.quirks ?? [];
  return { file, format: "cms", verdict, summary, signatures, uncovered: [], quirks };
}

function reportOf({ findings, described }: SignatureOutcome, index: number): SignatureReport {
  const conclusion = conclude(findings, essentialChecks.signature);
  const isAtHand = !findings.some(({ subIndication }) => subIndication === "SIGNED_DATA_NOT_FOUND");
  return {
    id: `signer-${String(index + 1)}`,
    kind: "signature",
    ...conclusion,
    ...described,
    coverage: { whole: isAtHand, parts: isAtHand ? ["content"] : [] },
  };
}

/** A PEM text that is cut off or garbled. */
export function unreadablePem(file: string, error: RangeError): VerificationReport {
  return unreadableReport(file, "cms", { code: "pem-malformed", message: error.message });
}
