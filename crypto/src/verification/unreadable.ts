import type { VerificationReport } from "./report.ts";
import { verdictWords } from "./verdict-words.ts";

/** The names of the containers, as the sentence wants them. */
const formatNames = { ofd: "OFD", pdf: "PDF", cms: "PEM" } as const;

/**
 * A file that claims to be OFD or PDF and cannot be read without guessing. It is INVALID (FORMAT_FAILURE): whatever
 * seal it shows, two readers may see two documents. An encrypted file is INDETERMINATE: nobody has looked inside.
 */
export function unreadableReport(
  file: string,
  format: keyof typeof formatNames,
  error: { readonly code: string; readonly message: string },
): VerificationReport {
  const problem = { code: error.code, detail: error.message };
  const isClosed = error.code.endsWith("-encrypted");
  const verdict = isClosed ? "INDETERMINATE" : "INVALID";
  const name = formatNames[format];
  const reason = isClosed
    ? `the ${name} file is encrypted (${error.code}), so no signature can be looked at.`
    : `FORMAT_FAILURE, the ${name} file cannot be read (${error.code}): ${error.message}.`;
  const summary = `${verdictWords[verdict].en}: ${reason}`;
  return { file, format, verdict, summary, signatures: [], uncovered: [], quirks: [], problem };
}

/** A file that is nothing this verifier knows: no statement about it is possible. */
export function unknownReport(file: string): VerificationReport {
  const detail = "not a PDF, OFD, seal or CMS signature";
  const summary = `${verdictWords.INDETERMINATE.en}: the file is ${detail}.`;
  const problem = { code: "format-unknown", detail };
  return {
    file,
    format: "unknown",
    verdict: "INDETERMINATE",
    summary,
    signatures: [],
    uncovered: [],
    quirks: [],
    problem,
  };
}
