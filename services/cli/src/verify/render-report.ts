import { verdictWords } from "@yinxin/crypto/verification";
import type { Check, SignatureReport, Verdict, VerificationReport } from "@yinxin/crypto/verification";

import { printable } from "../terminal/index.ts";
import type { Language } from "../terminal/index.ts";

/** Beside the words, never instead of them. */
const marks: Record<Verdict, string> = {
  VALID: "✔",
  VALID_WITH_WARNINGS: "✔",
  VALID_THEN_REVOKED: "✔",
  INDETERMINATE: "?",
  INVALID: "✖",
  UNSIGNED: "○",
};

const labels = {
  zh: {
    seal: "印章",
    signer: "签章人",
    claimed: "声明时间",
    trusted: "可信时间",
    uncovered: "未被签章覆盖",
    quirk: "偏差",
    notChecked: "未检查",
  },
  en: {
    seal: "seal",
    signer: "signer",
    claimed: "time claimed",
    trusted: "time trusted",
    uncovered: "not covered",
    quirk: "quirk",
    notChecked: "not checked",
  },
} as const;

/** One report for a person: the answer first, then who, when, and each step that did not pass. */
export function renderReport(report: VerificationReport, language: Language): string {
  const label = labels[language];
  return [
    `${marks[report.verdict]} ${verdictWords[report.verdict][language]} ${report.verdict}  ${printable(report.file)}`,
    `  ${printable(report.summary)}`,
    ...report.signatures.flatMap((signature) => renderSignature(signature, language)),
    ...renderUncovered(report, label.uncovered),
    ...report.quirks.map(({ code, where }) => `  ${label.quirk}: ${code} (${printable(where)})`),
    "",
  ].join("\n");
}

/** A person needs to see that, and the first few; `--json` has them all. */
const mostUncoveredShown = 4;

function renderUncovered({ uncovered }: VerificationReport, label: string): string[] {
  const shown = uncovered.slice(0, mostUncoveredShown).map(({ part }) => `  ${label}: ${printable(part)}`);
  const rest = uncovered.length - shown.length;
  return rest === 0 ? shown : [...shown, `  ${label}: … +${String(rest)}`];
}

/** What decides comes with its reason; what was left out, by name. `--json` has every step with its evidence. */
function renderChecks(checks: readonly Check[], notChecked: string): string[] {
  const withResult = (result: Check["result"]) => checks.filter((check) => check.result === result);
  const left = withResult("not-checked").map(({ name }) => name);
  return [
    ...withResult("failed").map(renderCheck),
    ...withResult("unknown").map(renderCheck),
    ...(left.length === 0 ? [] : [`    · ${notChecked}: ${left.join(", ")}`]),
  ];
}

function renderSignature(signature: SignatureReport, language: Language): string[] {
  const label = labels[language];
  const { seal, signer, time } = signature;
  return [
    `  [${printable(signature.id)}] ${verdictWords[signature.verdict][language]} ${signature.sub_indication ?? signature.indication}`,
    ...(seal === undefined
      ? []
      : [
          `    ${label.seal}: ${printable(seal.name)} · ${printable(seal.code)} · SES v${String(seal.version)}`,
        ]),
    ...(signer === undefined
      ? []
      : [`    ${label.signer}: ${printable(signer.subject)} · ${signer.serial} · ${signer.algorithm}`]),
    ...(time.trusted === undefined ? [] : [`    ${label.trusted}: ${time.trusted}`]),
    ...(time.claimed === undefined ? [] : [`    ${label.claimed}: ${printable(time.claimed)}`]),
    ...renderChecks(signature.checks, label.notChecked),
  ];
}

function renderCheck(check: Check): string {
  const mark = check.result === "failed" ? "✖" : "·";
  const clause = check.clause === undefined ? "" : ` [${check.clause}]`;
  const evidence = Object.entries(check.evidence ?? {}).map(
    ([name, value]) => `\n        ${name}: ${printable(value)}`,
  );
  const detail = check.detail === undefined ? "" : ` — ${printable(check.detail)}`;
  return `    ${mark} ${check.name} ${check.result}${detail}${clause}${check.result === "failed" ? evidence.join("") : ""}`;
}
