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
];
/** Checks over the signature itself: if one fails, nothing it says can be believed. */
const signatureChecks = [
  "signature-format",
  "signature-value",
  "property-info",
  "signature-supported",
  "digest-algorithm",
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
  "signer-certificate-found",
  "signer-certificate-chain",
  "signer-certificate-validity",
  "signer-certificate-key-usage",
  "signing-time",
];
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
  const content = resultsOf(signature, contentChecks);
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
  // What it finds wanting is a note beside a good seal, so only its plain no and its doubt count here.
  const authority = resultsOf(signature, ["seal-authority"]);
  if (results.includes("failed") || authority.includes("failed")) return "no";
  const isProven = results.length > 0 && results.every((result) => result === "passed");
  return isProven && !authority.includes("unknown") ? "yes" : "unknown";
}

function validNowAnswer(signature: SignatureReport): ValidNowAnswer {
  const results = resultsOf(signature, revocationChecks);
  if (results.includes("failed")) return "revoked";
  return results.length > 0 && results.every((result) => result === "passed") ? "checked" : "not-checked";
}

function resultsOf({ checks }: SignatureReport, names: readonly string[]): CheckResult[] {
  return checks.filter(({ name }) => names.includes(name)).map(({ result }) => result);
}
