import type { CheckResult, SignatureReport } from "@yinxin/crypto/verification";

/**
 * Was what was signed changed afterwards? `sealed-again`: unchanged, and what followed are further seals only; `beyond`: what
 * was signed is unchanged, but the file has more.
 */
export type ChangedAnswer = "no" | "yes" | "sealed-again" | "beyond" | "unknown";
/** Was the seal good when it was used? */
export type ValidThenAnswer = "yes" | "no" | "unknown";
/** Is it still? This suite cannot ask the issuer yet, and says so. */
export type ValidNowAnswer = "not-checked" | "checked" | "revoked";

/** How do we know when? `claimed`: only the signer's own clock says so. */
export type WhenAnswer = "trusted" | "claimed" | "unknown";

/** The questions that a person has about one signature, answered from the checks that were made. */
export interface SignatureAnswers {
  readonly when: WhenAnswer;
  readonly changed: ChangedAnswer;
  readonly validThen: ValidThenAnswer;
  readonly validNow: ValidNowAnswer;
}

/** Checks over the bytes that were signed: one that fails means they are not what they were. */
const contentChecks = [
  "data-hash",
  "reference-digest",
  "references",
  "byte-range",
  "container-format",
  "seal-file",
  "later-changes",
  "cms-content",
  "cms-message-digest",
  // Without signed attributes the value is over the content itself.
  "cms-signature-value",
];
/** Checks over the signature itself: if one fails, nothing it says can be believed. */
const signatureChecks = [
  "signature-format",
  "signature-value",
  "property-info",
  "signature-supported",
  "digest-algorithm",
  "strict-form",
  "cms-signer-identified",
  "cms-signer-attributes",
  "cms-content-type",
  "cms-algorithm-protection",
  "cms-signing-certificate-reference",
  "cms-signature-algorithms",
];
/** Checks over the seal, its maker and its holder at the time of use. */
const sealChecks = [
  "seal-format",
  "seal-signature",
  "critical-extensions",
  "signer-in-seal",
  "maker-certificate-chain",
  "maker-certificate-validity",
  "maker-certificate-key-usage",
  "seal-validity",
  "seal-creation-time",
  "signer-certificate-found",
  "signer-certificate-chain",
  "signer-certificate-validity",
  "signer-certificate-key-usage",
  "signing-time",
  "cms-signer-certificate",
  "cms-signer-key-usage",
  "cms-signing-time",
];
/** What these leave unchecked is a note beside a good seal, so only their plain no and their doubt count. */
const besideChecks = ["seal-authority", "seal-timestamp"];
const revocationChecks = ["maker-certificate-revocation", "signer-certificate-revocation"];

/** Answers the questions about one signature. Without evidence the answer is never the good one. */
export function answersOf(signature: SignatureReport): SignatureAnswers {
  return {
    when: whenAnswer(signature),
    changed: changedAnswer(signature),
    validThen: validThenAnswer(signature),
    validNow: validNowAnswer(signature),
  };
}

function whenAnswer(signature: SignatureReport): WhenAnswer {
  const { claimed, trusted } = signature.time;
  if (trusted !== undefined && resultsOf(signature, ["timestamp"]).every((result) => result === "passed"))
    return "trusted";
  return claimed === undefined ? "unknown" : "claimed";
}

function changedAnswer(signature: SignatureReport): ChangedAnswer {
  // A time stamp by itself is over the document, any other is over a signature.
  const own = signature.kind === "timestamp" ? [...contentChecks, "timestamp"] : contentChecks;
  const content = resultsOf(signature, own);
  if (content.includes("failed")) return "yes";
  const isBelieved = [...content, ...resultsOf(signature, signatureChecks)].every((result) =>
    isHarmless(result),
  );
  if (content.length === 0 || !content.includes("passed") || !isBelieved) return "unknown";
  const seesMore = resultsOf(signature, ["visible-coverage"]).some((result) => result !== "passed");
  if (signature.coverage.whole && !seesMore) return "no";
  return resultsOf(signature, ["later-changes"]).includes("passed") ? "sealed-again" : "beyond";
}

/** A check that was left out has a row of its own in the catalogue saying what that means; it is not a change. */
function isHarmless(result: CheckResult): boolean {
  return result === "passed" || result === "not-checked";
}

function validThenAnswer(signature: SignatureReport): ValidThenAnswer {
  const results = resultsOf(signature, sealChecks);
  const beside = resultsOf(signature, besideChecks);
  if (results.includes("failed") || beside.includes("failed")) return "no";
  const isProven = results.length > 0 && results.every((result) => result === "passed");
  return isProven && !beside.includes("unknown") ? "yes" : "unknown";
}

function validNowAnswer(signature: SignatureReport): ValidNowAnswer {
  const results = resultsOf(signature, revocationChecks);
  if (results.includes("failed") || isKnownRevoked(signature)) return "revoked";
  return results.length > 0 && results.every((result) => result === "passed") ? "checked" : "not-checked";
}

/** Also where the step passed or stayed open, because the revocation came after the time judged. */
function isKnownRevoked({ verdict, sub_indication: subIndication }: SignatureReport): boolean {
  return verdict === "VALID_THEN_REVOKED" || (subIndication?.startsWith("REVOKED") ?? false);
}

function resultsOf({ checks }: SignatureReport, names: readonly string[]): CheckResult[] {
  return checks.filter(({ name }) => names.includes(name)).map(({ result }) => result);
}
