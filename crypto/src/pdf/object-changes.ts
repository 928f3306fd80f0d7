import { equalBytes } from "../bytes/index.ts";
import { catalogOf, dictionaryAt } from "./document.ts";
import type { PdfDocument } from "./document.ts";
import { formOf } from "./fields.ts";
import { nameOf, pdfNull, rawOf } from "./objects.ts";
import type { PdfObject, PdfReference } from "./objects.ts";
import { readPages } from "./page-tree.ts";
import { isSameEntry } from "./xref-section.ts";
import type { XrefEntry } from "./xref-section.ts";

/** How the objects of a later state differ from an earlier one of the same file. */
export interface ObjectChanges {
  /** Changed or removed in a way that adding a signature does not need. */
  readonly changed: readonly number[];
  readonly added: ReadonlySet<number>;
  /** Added, though the earlier state already referred to them: a shadow prepared beforehand. */
  readonly reused: readonly number[];
}

/** The entries of a form that adding a field may touch. */
export const formKeys = ["Fields", "SigFlags"];

/**
 * Compares all objects of two states. Lists of fields and of annotations may differ here: they are compared item by item
 * by the caller.
 *
 * @throws PdfError if an object of the earlier state, or a changed one, cannot be read.
 */
export function compareObjects(old: PdfDocument, now: PdfDocument): ObjectChanges {
  const allowed = mutableKeys(old);
  const referenced = referencedIn(old);
  const changed: number[] = [];
  const added = new Set<number>();
  // The earlier state's sections belong to the later one, which therefore knows every number.
  for (const number of now.xref.entries.keys()) {
    const before = old.xref.entries.get(number);
    const after = now.xref.entries.get(number);
    if (!isInUse(before)) {
      if (isInUse(after)) added.add(number);
      continue;
    }
    const one = old.resolve(referenceTo(number, before));
    // An object that is nothing but a reference can stay where it is and lead to something new.
    if (isSameEntry(before, after) && one.kind !== "null") continue;
    // By the old generation: under another one every reference to the object now leads to nothing.
    const other = now.resolve(referenceTo(number, before));
    const isUnseen = !referenced.has(number) && areXrefStreams(one, other);
    if (!isUnseen && !isAllowed(one, other, allowed.get(number))) changed.push(number);
  }
  return { changed, added, reused: [...referenced].filter((number) => added.has(number)) };
}

function isInUse(entry: XrefEntry | undefined): entry is XrefEntry {
  return entry !== undefined && entry.kind !== "free";
}

function referenceTo(number: number, entry: XrefEntry): PdfReference {
  return {
    ...pdfNull,
    kind: "reference",
    number,
    generation: entry.kind === "offset" ? entry.generation : 0,
  };
}

/**
 * The objects that adding a signature rewrites, and which of their entries it may touch: the catalog's form, the form's
 * list and flags, a page's annotations. No keys at all means a list.
 */
function mutableKeys(old: PdfDocument): ReadonlyMap<number, readonly string[]> {
  const allowed = new Map<number, readonly string[]>();
  const allow = (place: PdfObject | undefined, keys: readonly string[]): void => {
    if (place?.kind === "reference") allowed.set(place.number, keys);
  };
  for (const { reference } of readPages(old)) {
    allow(dictionaryAt(old, reference, "a page").entries.get("Annots"), []);
    allow(reference, ["Annots"]);
  }
  allow(formOf(old)?.entries.get("Fields"), []);
  allow(catalogOf(old).entries.get("AcroForm"), formKeys);
  allow(old.trailer.entries.get("Root"), ["AcroForm"]);
  return allowed;
}

function isAllowed(one: PdfObject, other: PdfObject, keys: readonly string[] | undefined): boolean {
  if (isSame(one, other)) return true;
  if (keys === undefined) return false;
  return keys.length === 0 ? one.kind === "array" && other.kind === "array" : areSameBut(one, other, keys);
}

/** The same bytes, or references to the same object: spacing inside `1 0 R` says nothing. */
export function isSame(one: PdfObject, other: PdfObject): boolean {
  if (one.kind === "reference" && other.kind === "reference") {
    return one.number === other.number && one.generation === other.generation;
  }
  return one.kind === other.kind && equalBytes(rawOf(one), rawOf(other));
}

/** Two dictionaries that differ at most in the named entries. */
export function areSameBut(one: PdfObject, other: PdfObject, keys: readonly string[]): boolean {
  if (one.kind !== "dictionary" || other.kind !== "dictionary") return false;
  if (one.duplicates.length + other.duplicates.length > 0) return false;
  const names = new Set([...one.entries.keys(), ...other.entries.keys()]);
  return [...names]
    .filter((name) => !keys.includes(name))
    .every((name) => isSame(one.entries.get(name) ?? pdfNull, other.entries.get(name) ?? pdfNull));
}

/** Some writers give every cross-reference stream the same number; what nothing refers to is shown by nobody. */
function areXrefStreams(one: PdfObject, other: PdfObject): boolean {
  return [one, other].every(
    (object) => object.kind === "stream" && nameOf(object.dictionary.entries.get("Type")) === "XRef",
  );
}

function referencedIn(document: PdfDocument): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const [number, entry] of document.xref.entries) {
    if (isInUse(entry)) collectReferences(document.resolve(referenceTo(number, entry)), numbers);
  }
  return numbers;
}

function collectReferences(object: PdfObject, numbers: Set<number>): void {
  if (object.kind === "reference") numbers.add(object.number);
  else if (object.kind === "array") for (const item of object.items) collectReferences(item, numbers);
  else if (object.kind === "dictionary")
    for (const value of object.entries.values()) collectReferences(value, numbers);
  else if (object.kind === "stream") collectReferences(object.dictionary, numbers);
}
