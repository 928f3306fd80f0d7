import { changesAfter } from "../pdf/index.ts";
import type { PdfChange, PdfFile, PdfSignature } from "../pdf/index.ts";
import { finding } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What later revisions did to the document that a signature covers, as findings. */
export type LaterChanges = (signature: PdfSignature) => readonly Finding[];

/**
 * A comparison reads the cross-reference and the objects of the signed revision anew, so a file with many entries and
 * many signatures is expensive. Twenty seals on a document of a hundred thousand objects stay below this.
 */
const mostComparedEntries = 2_000_000;

/** Nobody reads on beyond this; one change is enough for the verdict. */
const mostFindings = 20;

/** Changes that need not alter what was signed, but which nobody here can judge. */
const unjudged: ReadonlySet<PdfChange["code"]> = new Set([
  "revision-unreadable",
  "field-added",
  "annotation-added",
]);

/**
 * Compares each signed revision with what the file shows now.
 *
 * @param mostEntries the allowance for the whole file, in entries of the cross-reference compared.
 */
export function createLaterChanges(pdf: PdfFile, mostEntries = mostComparedEntries): LaterChanges {
  const cost = pdf.document.xref.entries.size;
  let entriesLeft = mostEntries;
  return (signature) => {
    if (signature.problems.length > 0) {
      const detail = "Not reached: the signed bytes are no revision of the file.";
      return [finding("later-changes", "not-checked", { detail })];
    }
    if (signature.coversWholeFile) {
      const detail = "No revision follows the signed one.";
      return [finding("later-changes", "passed", { detail })];
    }
    entriesLeft -= cost;
    if (entriesLeft < 0) {
      const detail = "The file is too large to compare what so many signatures cover with what it shows now.";
      return [finding("later-changes", "unknown", { detail })];
    }
    return changeFindings(changesAfter(pdf, signature));
  };
}

function changeFindings(changes: readonly PdfChange[]): readonly Finding[] {
  if (changes.length === 0) {
    const detail = "Nothing but further seals was added to the signed revision.";
    return [finding("later-changes", "passed", { detail })];
  }
  // What is surely wrong first, so that it is never the part left out.
  const ordered = [...changes.filter(isFailure), ...changes.filter((change) => !isFailure(change))];
  return ordered.slice(0, mostFindings).map((change) =>
    finding("later-changes", isFailure(change) ? "failed" : "unknown", {
      detail: `After sealing: ${change.detail}`,
      evidence: { change: change.code, changes: String(changes.length) },
    }),
  );
}

function isFailure({ code }: PdfChange): boolean {
  return !unjudged.has(code);
}
