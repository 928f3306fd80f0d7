import { equalBytes } from "../bytes/index.ts";
import { arrayAt, dictionaryAt, readDocument } from "./document.ts";
import type { PdfDocument } from "./document.ts";
import { formOf, readFields } from "./fields.ts";
import { areSameBut, compareObjects, formKeys, isSame } from "./object-changes.ts";
import { emptyDictionary, pdfNull } from "./objects.ts";
import type { PdfDictionary, PdfObject } from "./objects.ts";
import type { PdfFile } from "./open.ts";
import { readPages, rectangleAt } from "./page-tree.ts";
import type { Rectangle } from "./page-tree.ts";
import { PdfError } from "./pdf-error.ts";
import { readRevisions } from "./revisions.ts";
import { readSignatures } from "./signatures.ts";
import type { PdfSignature } from "./signatures.ts";

/** A difference between what a signature covered and what is shown now, other than a further signature. */
export interface PdfChange {
  readonly code:
    | "revision-unreadable"
    | "signature-not-in-revision"
    | "object-changed"
    | "object-reused"
    | "form-changed"
    | "field-added"
    | "pages-changed"
    | "annotation-added";
  /** A sentence for a person. */
  readonly detail: string;
}

/**
 * What later revisions did to the document that a signature covers, except adding signatures. Empty means: whoever opens the
 * file sees what was signed, and in front of it the appearances of structurally sound signatures that were added later;
 * whether those are good is for the verifier, and whether they hide something is for a person to see.
 *
 * Only this is taken for adding a signature: new objects; a new signature field with a value at the end of the form's
 * list, which does nothing when the file is read and is no larger than a seal; its widget at the end of a page's list of
 * annotations; the flags of the form. Everything else counts as a change,
 * also what a reader would tolerate (ISO 32000-1 §12.8.2.2.2 would allow filling in forms, for instance).
 *
 * Reads all objects of the signed revision: the cost grows with the file.
 */
export function changesAfter(file: PdfFile, signature: PdfSignature): readonly PdfChange[] {
  if (signature.revisionEnd === file.bytes.length) return [];
  try {
    const old = readDocument(file.bytes.subarray(0, signature.revisionEnd));
    return compare(file, old, signature);
  } catch (error) {
    if (!(error instanceof PdfError)) throw error;
    return [{ code: "revision-unreadable", detail: `The revisions cannot be compared: ${error.message}.` }];
  }
}

function compare(file: PdfFile, old: PdfDocument, signature: PdfSignature): readonly PdfChange[] {
  const { changed, added, reused } = compareObjects(old, file.document);
  const { changes: fieldChanges, fields } = compareFields(file, old, added);
  return [
    ...checkPresence(old, signature),
    ...changed.map((number): PdfChange => {
      return { code: "object-changed", detail: `Object ${String(number)} was changed or removed.` };
    }),
    ...reused.map((number): PdfChange => {
      return { code: "object-reused", detail: `Object ${String(number)}, which was missing, was filled in.` };
    }),
    ...compareForms(file.document, old),
    ...fieldChanges,
    ...comparePages(file, old, fields),
  ];
}

function checkPresence(old: PdfDocument, signature: PdfSignature): readonly PdfChange[] {
  const then = readSignatures(old, readFields(old).fields, readRevisions(old));
  if (then.some(({ id, contents }) => id === signature.id && equalBytes(contents, signature.contents)))
    return [];
  return [
    { code: "signature-not-in-revision", detail: "The signature was not shown in the revision it covers." },
  ];
}

function compareForms(now: PdfDocument, old: PdfDocument): readonly PdfChange[] {
  const isSameRoot = isSame(
    old.trailer.entries.get("Root") ?? pdfNull,
    now.trailer.entries.get("Root") ?? pdfNull,
  );
  const isSameForm = areSameBut(formOf(old) ?? emptyDictionary, formOf(now) ?? emptyDictionary, formKeys);
  return isSameRoot && isSameForm
    ? []
    : [{ code: "form-changed", detail: "The catalog or the form was changed." }];
}

/** Also returns the numbers of the fields that were added, all of them sound signatures. */
function compareFields(
  file: PdfFile,
  old: PdfDocument,
  added: ReadonlySet<number>,
): { changes: readonly PdfChange[]; fields: ReadonlySet<number> } {
  const { isPrefix, rest } = itemsAdded(
    listIn(old, formOf(old), "Fields"),
    listIn(file.document, formOf(file.document), "Fields"),
  );
  const changes: PdfChange[] = isPrefix
    ? []
    : [{ code: "form-changed", detail: "The list of fields was changed." }];
  const sound = soundSignatures(file);
  const fields = new Set<number>();
  for (const item of rest) {
    const field = file.document.resolve(item);
    const isSound = item.kind === "reference" && added.has(item.number) && sound.has(field);
    if (isSound) {
      fields.add(item.number);
      changes.push(...widgetChanges(file, field));
    } else changes.push({ code: "field-added", detail: "A field was added that is not a sound signature." });
  }
  return { changes, fields };
}

/** What a later signature's widget does beyond showing a seal. */
function widgetChanges({ document, pages }: PdfFile, field: PdfObject): readonly PdfChange[] {
  const widget = dictionaryAt(document, field, "a signature field");
  const changes: PdfChange[] = [];
  if (widget.entries.has("A") || widget.entries.has("AA")) {
    changes.push({
      code: "field-added",
      detail: "A signature field was added that acts when the file is read.",
    });
  }
  const rectangle = rectangleAt(document, widget.entries.get("Rect"), "Rect");
  const unitMm = pages.reduce((largest, page) => Math.max(largest, page.unitMm), 0);
  if (rectangle !== undefined && longestSideOf(rectangle) * unitMm > longestSealMm) {
    const detail = "A signature was added whose appearance is larger than a seal and may hide the page.";
    changes.push({ code: "annotation-added", detail });
  }
  return changes;
}

/** Twice the largest seal of state organs. What is longer covers the text beside it too. */
const longestSealMm = 100;

function longestSideOf([left, bottom, right, top]: Rectangle): number {
  return Math.max(right - left, top - bottom);
}

/** The dictionaries of fields with a sound signature. Of two fields with one name neither counts: one might borrow from the other. */
function soundSignatures(file: PdfFile): ReadonlySet<PdfObject> {
  const { fields } = readFields(file.document);
  const soundNames = new Set(
    file.signatures.filter(({ problems }) => problems.length === 0).map(({ id }) => id),
  );
  const uses = new Map<string, number>();
  for (const { name } of fields) uses.set(name, (uses.get(name) ?? 0) + 1);
  const sound = fields.filter(
    ({ name, type }) => type === "Sig" && soundNames.has(name) && uses.get(name) === 1,
  );
  return new Set(sound.map(({ dictionary }) => dictionary));
}

function comparePages(file: PdfFile, old: PdfDocument, fields: ReadonlySet<number>): readonly PdfChange[] {
  const then = readPages(old);
  const isSameOrder =
    then.length === file.pages.length &&
    then.every(({ reference }, index) => isSame(reference, file.pages[index]?.reference ?? pdfNull));
  if (!isSameOrder) return [{ code: "pages-changed", detail: "Pages were added, removed or moved." }];
  const compareLists = createListComparison(fields);
  return then.flatMap(({ reference }, index): PdfChange[] => {
    const { isPrefix, isSound } = compareLists(
      listIn(old, dictionaryAt(old, reference, "a page"), "Annots"),
      listIn(file.document, dictionaryAt(file.document, reference, "a page"), "Annots"),
    );
    const page = `on page ${String(index + 1)}`;
    if (!isPrefix) return [{ code: "pages-changed", detail: `The annotations ${page} were changed.` }];
    return isSound ? [] : [{ code: "annotation-added", detail: `An annotation was added ${page}.` }];
  });
}

interface ListComparison {
  readonly isPrefix: boolean;
  /** All that was added are widgets of sound signatures. */
  readonly isSound: boolean;
}

/** Compares lists of annotations, each pair once: thousands of pages may share one long list. */
function createListComparison(
  fields: ReadonlySet<number>,
): (then: readonly PdfObject[], now: readonly PdfObject[]) => ListComparison {
  const known = new Map<readonly PdfObject[], { now: readonly PdfObject[]; comparison: ListComparison }>();
  return (then, now) => {
    const before = known.get(then);
    if (before?.now === now) return before.comparison;
    const { isPrefix, rest } = itemsAdded(then, now);
    const isSound = rest.every((item) => item.kind === "reference" && fields.has(item.number));
    const comparison = { isPrefix, isSound };
    known.set(then, { now, comparison });
    return comparison;
  };
}

function listIn(document: PdfDocument, holder: PdfDictionary | undefined, key: string): readonly PdfObject[] {
  return arrayAt(document, holder?.entries.get(key), key)?.items ?? [];
}

function itemsAdded(
  then: readonly PdfObject[],
  now: readonly PdfObject[],
): { isPrefix: boolean; rest: readonly PdfObject[] } {
  const isPrefix = then.every((item, index) => isSame(item, now[index] ?? pdfNull));
  return { isPrefix, rest: now.slice(then.length) };
}
