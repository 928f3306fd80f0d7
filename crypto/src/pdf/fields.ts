import { arrayAt, catalogOf, dictionaryAt } from "./document.ts";
import type { PdfDocument } from "./document.ts";
import { pdfLimits } from "./limits.ts";
import { nameOf } from "./objects.ts";
import type { PdfDictionary, PdfObject } from "./objects.ts";
import { malformed, PdfError } from "./pdf-error.ts";
import { textOf } from "./text-string.ts";

/** A terminal field of the document's form (ISO 32000-1 §12.7.3). */
export interface PdfField {
  /** Fully qualified: the names from the root, joined by periods. */
  readonly name: string;
  /** /FT, own or inherited. */
  readonly type: string | undefined;
  /** /V, own or inherited, not resolved. */
  readonly value: PdfObject | undefined;
  readonly dictionary: PdfDictionary;
}

interface Walk {
  readonly document: PdfDocument;
  readonly fields: PdfField[];
  readonly names: Set<string>;
  readonly seen: Set<number>;
  count: number;
  kidCount: number;
}

interface Inherited {
  readonly name: string;
  readonly type: PdfObject | undefined;
  readonly value: PdfObject | undefined;
}

/** The form's dictionary, if the document has one. @throws PdfError `pdf-malformed` */
export function formOf(document: PdfDocument): PdfDictionary | undefined {
  const form = document.resolve(catalogOf(document).entries.get("AcroForm"));
  return form.kind === "null" ? undefined : dictionaryAt(document, form, "AcroForm");
}

/** All fields that the form reaches, and every name in use. @throws PdfError `pdf-malformed`, `pdf-too-large` */
export function readFields(document: PdfDocument): {
  readonly fields: readonly PdfField[];
  readonly names: ReadonlySet<string>;
} {
  const walk: Walk = { document, fields: [], names: new Set(), seen: new Set(), count: 0, kidCount: 0 };
  const roots = arrayAt(document, formOf(document)?.entries.get("Fields"), "Fields");
  for (const field of roots?.items ?? []) {
    walkField(walk, field, { name: "", type: undefined, value: undefined }, 0);
  }
  return { fields: walk.fields, names: walk.names };
}

function walkField(walk: Walk, object: PdfObject, inherited: Inherited, depth: number): void {
  enter(walk, object, depth);
  const resolved = walk.document.resolve(object);
  // A list that still names a deleted field shows nothing to anybody.
  if (resolved.kind === "null") return;
  const field = dictionaryAt(walk.document, resolved, "a form field");
  const own: Inherited = {
    name: qualifiedName(inherited.name, walk.document.resolve(field.entries.get("T"))),
    type: field.entries.get("FT") ?? inherited.type,
    value: field.entries.get("V") ?? inherited.value,
  };
  walk.names.add(own.name);
  const kids = arrayAt(walk.document, field.entries.get("Kids"), "Kids")?.items ?? [];
  walk.kidCount += kids.length;
  if (walk.kidCount > pdfLimits.fieldKids) throw new PdfError("pdf-too-large", "the form is too large");
  const fieldKids = kids.filter((kid) => isField(walk.document, kid));
  for (const kid of fieldKids) walkField(walk, kid, own, depth + 1);
  if (fieldKids.length > 0) return;
  const type = nameOf(walk.document.resolve(own.type));
  walk.fields.push({ name: own.name, type, value: own.value, dictionary: field });
}

function enter(walk: Walk, object: PdfObject, depth: number): void {
  walk.count += 1;
  if (depth > pdfLimits.treeDepth || walk.count > pdfLimits.fields) {
    throw new PdfError("pdf-too-large", "the form is too large");
  }
  if (object.kind !== "reference") return;
  if (walk.seen.has(object.number)) throw malformed("a form field is reached twice", object.start);
  walk.seen.add(object.number);
}

function qualifiedName(parent: string, partial: PdfObject): string {
  const own = partial.kind === "string" ? textOf(partial.bytes) : "";
  const name = parent === "" || own === "" ? parent + own : `${parent}.${own}`;
  if (name.length > pdfLimits.fieldNameLength)
    throw new PdfError("pdf-too-large", "the name of a form field is too long");
  return name;
}

/** Of a terminal field, /Kids are its widgets: they have no name of their own (ISO 32000-1 §12.7.3.1). */
function isField(document: PdfDocument, object: PdfObject): boolean {
  const kid = document.resolve(object);
  return kid.kind === "dictionary" && (kid.entries.has("T") || kid.entries.has("FT") || kid.entries.has("V"));
}
