import type { Check, CheckName, VerificationReport } from "@yinxin/crypto/verification";

import { answersOf } from "../domain/report-answers.ts";
import type { DeskTexts } from "./texts/index.ts";

/** A sentence in the page's language; `detail` is the verifier's own, in English, with names and numbers. */
export interface ReasonLine {
  readonly text: string;
  readonly detail?: string;
}

/** Why the verdict is what it is, for a person. */
export interface Reasons {
  readonly title: string;
  readonly lines: readonly ReasonLine[];
}

/** What is wrong and what is missing, or what a reader of a good document should know; nothing empty. */
export function reasonsOf(text: DeskTexts, report: VerificationReport): readonly Reasons[] {
  const checks = report.signatures.flatMap((signature) => signature.checks);
  return reasonsByVerdict(text, report, checks).filter(({ lines }) => lines.length > 0);
}

function reasonsByVerdict(
  text: DeskTexts,
  report: VerificationReport,
  checks: readonly Check[],
): readonly Reasons[] {
  const { verdict, summary } = report;
  if (verdict === "UNSIGNED") return [];
  if (verdict !== "INVALID" && verdict !== "INDETERMINATE") {
    return [{ title: text.notesTitle, lines: notesOf(text, report, checks) }];
  }
  const wrong = checks.filter(({ result }) => result === "failed").map((check) => wrongLine(text, check));
  const missing = checks
    .filter(({ result }) => result === "unknown")
    .map((check) => missingLine(text, check));
  if (wrong.length + missing.length === 0) {
    // A file that could not even be read has no checks; the verifier's own sentence says why.
    return [
      { title: verdict === "INVALID" ? text.wrongTitle : text.missingTitle, lines: [{ text: summary }] },
    ];
  }
  return [
    { title: text.wrongTitle, lines: distinct(wrong) },
    { title: text.missingTitle, lines: distinct(missing) },
  ];
}

function wrongLine(text: DeskTexts, { name, detail }: Check): ReasonLine {
  return { text: text.wrongCheck(checkText(text, name)), ...(detail !== undefined && { detail }) };
}

function missingLine(text: DeskTexts, { name, detail }: Check): ReasonLine {
  const check = checkText(text, name);
  if (name.endsWith("-certificate-chain")) return { text: text.missingChain(check) };
  return { text: text.missingOther(check), ...(detail !== undefined && { detail }) };
}

/** What was left out and has a sentence of its own; everything else that was not checked is named. */
const notedElsewhere = ["timestamp", "maker-certificate-revocation", "signer-certificate-revocation"];

function notesOf(
  text: DeskTexts,
  report: VerificationReport,
  checks: readonly Check[],
): readonly ReasonLine[] {
  const answers = report.signatures.map(answersOf);
  const others = checks.filter(
    ({ name, result }) => result === "not-checked" && !notedElsewhere.includes(name),
  );
  const lines = [
    ...(answers.some(({ when }) => when !== "trusted") ? [text.noteClaimed] : []),
    ...(answers.some(({ validNow }) => validNow === "not-checked") ? [text.noteRevocation] : []),
    ...(report.uncovered.some(({ visible }) => visible) ? [text.noteUncovered] : []),
    ...others.map(({ name }) => text.noteNotChecked(checkText(text, name))),
  ];
  return distinct(lines.map((line) => ({ text: line })));
}

/** A check in the page's language; one that is newer than this page is shown by its name. */
export function checkText(text: DeskTexts, name: string): string {
  return Object.hasOwn(text.checks, name) ? text.checks[name as CheckName] : name;
}

function distinct(lines: readonly ReasonLine[]): readonly ReasonLine[] {
  return [...new Map(lines.map((line) => [`${line.text} ${line.detail ?? ""}`, line])).values()];
}
