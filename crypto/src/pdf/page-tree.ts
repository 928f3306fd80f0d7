import { arrayAt, catalogOf, dictionaryAt } from "./document.ts";
import type { PdfDocument } from "./document.ts";
import { pdfLimits } from "./limits.ts";
import { integerOf, nameOf } from "./objects.ts";
import type { PdfDictionary, PdfObject, PdfReference } from "./objects.ts";
import { malformed, PdfError } from "./pdf-error.ts";

/** A rectangle in default user space: left, bottom, right, top. */
export type Rectangle = readonly [number, number, number, number];

export type Rotation = 0 | 90 | 180 | 270;

/** A page as it is displayed: inside the crop box, turned by /Rotate (ISO 32000-1 §7.7.3.3). */
export interface PdfPage {
  readonly widthMm: number;
  readonly heightMm: number;
  /** Clockwise, applied when the page is displayed; the size above already is the turned one. */
  readonly rotation: Rotation;
  /** What is displayed, in default user space. */
  readonly cropBox: Rectangle;
  /** Length of one user space unit. */
  readonly unitMm: number;
  /** The page object. */
  readonly reference: PdfReference;
}

const inheritable = ["MediaBox", "CropBox", "Rotate"] as const;
type Inherited = ReadonlyMap<string, PdfObject>;

interface Walk {
  readonly document: PdfDocument;
  readonly pages: PdfPage[];
  readonly seen: Set<number>;
}

/** The pages in order. @throws PdfError `pdf-malformed`, `pdf-too-large` */
export function readPages(document: PdfDocument): readonly PdfPage[] {
  const walk: Walk = { document, pages: [], seen: new Set() };
  walkNode(walk, catalogOf(document).entries.get("Pages"), new Map(), 0);
  if (walk.pages.length === 0) throw malformed("the document has no page");
  return walk.pages;
}

function walkNode(walk: Walk, object: PdfObject | undefined, inherited: Inherited, depth: number): void {
  const reference = enter(walk, object, depth);
  const node = dictionaryAt(walk.document, reference, "a page tree node");
  const known = new Map(inherited);
  for (const key of inheritable) {
    const value = node.entries.get(key);
    if (value !== undefined) known.set(key, value);
  }
  const type = nameOf(walk.document.resolve(node.entries.get("Type")));
  const kids = arrayAt(walk.document, node.entries.get("Kids"), "Kids");
  if (type === "Pages" && kids !== undefined) {
    for (const kid of kids.items) walkNode(walk, kid, known, depth + 1);
  } else if (type === "Page" && kids === undefined) {
    walk.pages.push(pageOf(walk.document, reference, node, known));
  } else {
    throw malformed("a page tree node is neither a page nor a list of pages");
  }
}

function enter(walk: Walk, object: PdfObject | undefined, depth: number): PdfReference {
  if (object?.kind !== "reference") throw malformed("a page tree node is not an indirect object");
  if (walk.seen.has(object.number)) throw malformed("a page tree node is reached twice");
  if (depth > pdfLimits.treeDepth || walk.seen.size >= pdfLimits.pages) {
    throw new PdfError("pdf-too-large", "the page tree is too large");
  }
  walk.seen.add(object.number);
  return object;
}

function pageOf(
  document: PdfDocument,
  reference: PdfReference,
  page: PdfDictionary,
  known: Inherited,
): PdfPage {
  const mediaBox = rectangleAt(document, known.get("MediaBox"), "MediaBox");
  if (mediaBox === undefined) throw malformed("a page has no MediaBox");
  const cropBox = intersection(rectangleAt(document, known.get("CropBox"), "CropBox") ?? mediaBox, mediaBox);
  const rotation = rotationOf(document.resolve(known.get("Rotate")));
  const unitMm = (userUnitOf(document.resolve(page.entries.get("UserUnit"))) * 25.4) / 72;
  const width = (cropBox[2] - cropBox[0]) * unitMm;
  const height = (cropBox[3] - cropBox[1]) * unitMm;
  const isTurned = rotation === 90 || rotation === 270;
  return {
    widthMm: isTurned ? height : width,
    heightMm: isTurned ? width : height,
    rotation,
    cropBox,
    unitMm,
    reference,
  };
}

/** Corners in any order (ISO 32000-1 §7.9.5). @throws PdfError `pdf-malformed` */
export function rectangleAt(
  document: PdfDocument,
  object: PdfObject | undefined,
  what: string,
): Rectangle | undefined {
  const items = arrayAt(document, object, what)?.items;
  if (items === undefined) return undefined;
  const [a, b, c, d, ...rest] = items.map((item) => {
    const value = document.resolve(item);
    if (value.kind !== "number") throw malformed(`${what} is not four numbers`);
    return value.value;
  });
  if (a === undefined || b === undefined || c === undefined || d === undefined || rest.length > 0) {
    throw malformed(`${what} is not four numbers`);
  }
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
}

function intersection(one: Rectangle, other: Rectangle): Rectangle {
  const both: Rectangle = [
    Math.max(one[0], other[0]),
    Math.max(one[1], other[1]),
    Math.min(one[2], other[2]),
    Math.min(one[3], other[3]),
  ];
  if (both[0] >= both[2] || both[1] >= both[3]) throw malformed("a page has no visible area");
  return both;
}

function rotationOf(object: PdfObject): Rotation {
  if (object.kind === "null") return 0;
  const turn = ((integerOf(object, "Rotate") % 360) + 360) % 360;
  if (turn !== 0 && turn !== 90 && turn !== 180 && turn !== 270)
    throw malformed("Rotate is not a right angle");
  return turn;
}

function userUnitOf(object: PdfObject): number {
  if (object.kind === "null") return 1;
  if (object.kind !== "number" || object.value <= 0) throw malformed("UserUnit is not a positive number");
  return object.value;
}
