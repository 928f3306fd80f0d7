import { definitionOf, isCheckName } from "./check-catalogue.ts";
import { notesOf } from "./conclude.ts";
import type { Check, SignatureReport, Verdict } from "./report.ts";
import { verdictWords } from "./verdict-words.ts";

export interface SummaryInput {
  readonly verdict: Verdict;
  readonly signatures: readonly SignatureReport[];
  /** What a good verdict says, without its verb's full stop. */
  readonly facts: readonly string[];
  /** What a reader of a good document, or of one without a seal, should know beside the checks' own notes. */
  readonly notes: readonly string[];
  /** What is wrong with the document as a whole: full sentences. */
  readonly objections: readonly string[];
}

/** Beyond this nobody reads on; the checks have the rest. */
const mostReasons = 3;

/** One line for a person, the answer first. */
export function summarize(input: SummaryInput): string {
  const words = verdictWords[input.verdict];
  switch (input.verdict) {
    case "INVALID":
      return `${words.en}: ${reasons([...input.objections, ...sentences(input.signatures, "INVALID")])}`;
    case "INDETERMINATE":
      return `${words.en}: ${reasons([...input.objections, ...sentences(input.signatures, "INDETERMINATE")])}`;
    case "UNSIGNED":
      return `${words.en}: ${[...few(input.notes), uncapitalized(words.advice.en)].join("; ")}`;
    default:
      return `${words.en}: ${[...input.facts, ...allNotes(input)].join("; ")}.`;
  }
}

function few(notes: readonly string[]): readonly string[] {
  const more = notes.length - mostReasons;
  return [...notes.slice(0, mostReasons), ...(more > 0 ? [`and ${String(more)} more`] : [])];
}

function uncapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function reasons(found: readonly string[]): string {
  const distinct = [...new Set(found)];
  const more = distinct.length - mostReasons;
  return [...distinct.slice(0, mostReasons), ...(more > 0 ? [`And ${String(more)} more.`] : [])].join(" ");
}

function sentences(signatures: readonly SignatureReport[], verdict: "INVALID" | "INDETERMINATE"): string[] {
  return signatures.flatMap(({ checks }) =>
    checks.filter((check) => leadsTo(check, verdict)).flatMap(({ detail }) => detail ?? []),
  );
}

function leadsTo({ name, result }: Check, verdict: "INVALID" | "INDETERMINATE"): boolean {
  if ((result !== "failed" && result !== "unknown") || !isCheckName(name)) return false;
  // What a check of a CMS signature means is decided by its sub-indication, which is not in the check.
  if (name.startsWith("cms-")) return result === "failed" || verdict === "INDETERMINATE";
  return definitionOf(name)[result].verdict === verdict;
}

/** What a good sealed document is. */
export function sealedFacts(signatures: readonly SignatureReport[]): readonly string[] {
  const seals = signatures.flatMap(({ seal }) => seal ?? []);
  const names = [...new Set(seals.map(({ code, name }) => `${name} (${code})`))];
  return [
    ...(names.length === 0 ? [] : [`sealed with ${names.join(", ")}`]),
    ...signedFacts(signatures),
    "nothing was changed since",
  ];
}

/** Who signed without a seal. */
export function signedFacts(signatures: readonly SignatureReport[]): readonly string[] {
  const signers = signatures.flatMap(({ kind, signer }) => (kind === "signature" ? (signer ?? []) : []));
  const names = [...new Set(signers.map(({ subject }) => subject))];
  return names.length === 0 ? [] : [`signed by ${names.join(" and ")}`];
}

function allNotes({ signatures, notes }: SummaryInput): string[] {
  return [...new Set([...signatures.flatMap(({ checks }) => notesOf(checks)), ...notes])];
}
