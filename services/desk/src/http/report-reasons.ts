import type { Check, CheckName, VerificationReport } from "@yinxin/crypto/verification";

import { answersOf } from "../domain/report-answers.ts";
import type { DeskTexts } from "./texts/index.ts";

/** Why the verdict is what it is, in sentences for a person. */
export interface Reasons {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What is wrong, else what is missing, else what a reader of a good document should know. */
export function reasonsOf(text: DeskTexts, report: VerificationReport): Reasons {
  const checks = report.signatures.flatMap((signature) => signature.checks);
  if (report.verdict === "INVALID") {
    const wrong = checks.filter(({ result }) => result === "failed");
    return { title: text.wrongTitle, lines: distinct(wrong.map((check) => wrongLine(text, check))) };
  }
  if (report.verdict === "INDETERMINATE") {
    const missing = checks.filter(({ result }) => result === "failed" || result === "unknown");
    const lines = missing.length > 0 ? missing.map((check) => missingLine(text, check)) : [report.summary];
    return { title: text.missingTitle, lines: distinct(lines) };
  }
  return {
    title: text.notesTitle,
    lines: report.verdict === "UNSIGNED" ? [] : notesOf(text, report, checks),
  };
}

function wrongLine(text: DeskTexts, { name, detail }: Check): string {
  return [text.wrongCheck(checkText(text, name)), detail ?? ""].join(" ").trim();
}

function missingLine(text: DeskTexts, { name }: Check): string {
  if (name.endsWith("-certificate-chain")) return text.missingChain(checkText(text, name));
  return text.missingOther(checkText(text, name));
}

/** What was left out and has a sentence of its own; everything else that was not checked is named. */
const notedElsewhere = ["timestamp", "maker-certificate-revocation", "signer-certificate-revocation"];

function notesOf(text: DeskTexts, report: VerificationReport, checks: readonly Check[]): readonly string[] {
  const answers = report.signatures.map(answersOf);
  const others = checks.filter(
    ({ name, result }) => result === "not-checked" && !notedElsewhere.includes(name),
  );
  return distinct([
    ...(answers.some(({ when }) => when !== "trusted") ? [text.noteClaimed] : []),
    ...(answers.some(({ validNow }) => validNow === "not-checked") ? [text.noteRevocation] : []),
    ...(report.uncovered.length > 0 ? [text.noteUncovered] : []),
    ...others.map(({ name }) => text.noteNotChecked(checkText(text, name))),
  ]);
}

/** A check in the page's language; one that is newer than this page is shown by its name. */
export function checkText(text: DeskTexts, name: string): string {
  return Object.hasOwn(text.checks, name) ? text.checks[name as CheckName] : name;
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}
