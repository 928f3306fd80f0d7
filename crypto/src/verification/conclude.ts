import { definitionOf, isCheckName } from "./check-catalogue.ts";
import type { CheckName, Consequence } from "./check-catalogue.ts";
import type { Finding } from "./finding.ts";
import type { Check, Indication, SubIndication, Verdict } from "./report.ts";

export interface Conclusion {
  readonly verdict: Verdict;
  readonly indication: Indication;
  readonly sub_indication: SubIndication | null;
  readonly checks: readonly Check[];
}

/**
 * The verdict on one signature from everything that was found: INVALID if anything is wrong, else INDETERMINATE if
 * anything could not be decided, else VALID, with warnings if something was left unchecked, or
 * VALID_THEN_REVOKED. Only what the catalogue
 * has a note for may be left unchecked; any other gap, and no finding at all, is INDETERMINATE. The sub-indication is
 * that of the first finding, in the standard's order, that led there.
 *
 * @param essentials what must have passed for a good verdict: see {@link essentialChecks}.
 */
export function conclude(findings: readonly Finding[], essentials: readonly CheckName[] = []): Conclusion {
  const checks = findings.map(({ check }) => check);
  const consequences = findings.flatMap((one) => consequenceOf(one) ?? []);
  const worst =
    consequences.find(({ verdict }) => verdict === "INVALID") ??
    consequences.find(({ verdict }) => verdict === "INDETERMINATE");
  if (worst !== undefined) {
    const { verdict, subIndication } = worst;
    return { verdict, indication: indicationOf[verdict], sub_indication: subIndication, checks };
  }
  const isComplete = essentials.every((name) =>
    checks.some((one) => one.name === name && one.result === "passed"),
  );
  if (checks.length === 0 || !isComplete) {
    return {
      verdict: "INDETERMINATE",
      indication: "INDETERMINATE",
      sub_indication: "SIG_CONSTRAINTS_FAILURE",
      checks,
    };
  }
  const verdict = goodVerdict(findings, checks);
  return { verdict, indication: indicationOf[verdict], sub_indication: null, checks };
}

function goodVerdict(
  findings: readonly Finding[],
  checks: readonly Check[],
): "VALID_THEN_REVOKED" | "VALID_WITH_WARNINGS" | "VALID" {
  if (findings.some(({ isRevokedSince }) => isRevokedSince === true)) return "VALID_THEN_REVOKED";
  return notesOf(checks).length > 0 ? "VALID_WITH_WARNINGS" : "VALID";
}

function consequenceOf({ check, subIndication, verdict }: Finding): Consequence | undefined {
  if (check.result === "passed") return undefined;
  const { note, failed, unknown } = definitionOf(check.name);
  if (check.result === "not-checked" && note !== undefined) return undefined;
  const consequence = check.result === "failed" ? failed : unknown;
  return {
    verdict: verdict ?? consequence.verdict,
    subIndication: subIndication ?? consequence.subIndication,
  };
}

/** What a good signature left unchecked, in words, each once and in the order of the checks. */
export function notesOf(checks: readonly Check[]): readonly string[] {
  const notes = checks
    .filter(({ result }) => result === "not-checked")
    .flatMap(({ name }) => (isCheckName(name) ? (definitionOf(name).note ?? []) : []));
  return [...new Set(notes)];
}

const indicationOf = {
  VALID: "TOTAL_PASSED",
  VALID_WITH_WARNINGS: "TOTAL_PASSED",
  VALID_THEN_REVOKED: "TOTAL_PASSED",
  INDETERMINATE: "INDETERMINATE",
  INVALID: "TOTAL_FAILED",
} as const satisfies Partial<Record<Verdict, Indication>>;

// Most severe first. A document is no better than its worst signature.
const severity: readonly Verdict[] = [
  "INVALID",
  "INDETERMINATE",
  "UNSIGNED",
  "VALID_THEN_REVOKED",
  "VALID_WITH_WARNINGS",
  "VALID",
];

/** The most severe of some verdicts; UNSIGNED for none, never a good one. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return severity.find((verdict) => verdicts.includes(verdict)) ?? "UNSIGNED";
}

/** Whether a signature with this verdict may be relied on. */
export function isGood(verdict: Verdict): boolean {
  return indicationOf[verdict === "UNSIGNED" ? "INDETERMINATE" : verdict] === "TOTAL_PASSED";
}

/** Whether what the signature covers may be relied on as unchanged, even if it is not known who signed. */
export function isIntact(verdict: Verdict): boolean {
  return verdict !== "INVALID" && verdict !== "UNSIGNED";
}
