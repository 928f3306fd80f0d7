import { bytesOfLatin1 } from "../bytes/index.ts";
import { arrayAt, dictionaryAt } from "./document.ts";
import type { PdfDocument } from "./document.ts";
import { deflate } from "./flate.ts";
import { formOf } from "./fields.ts";
import type { NewObject } from "./increment.ts";
import { integerOf } from "./objects.ts";
import type { PdfDictionary, PdfReference } from "./objects.ts";
import type { PdfPage } from "./page-tree.ts";
import { malformed } from "./pdf-error.ts";
import type { Picture } from "./picture.ts";
import type { Placement } from "./placement.ts";
import { withEntries, withItem, writtenDictionary, writtenNumber, writtenStream } from "./write.ts";
import type { WrittenEntries } from "./write.ts";

/** Gives out object numbers that no revision ever used: an old object under a new meaning is how shadow attacks work. */
export type NextNumber = () => number;

function written(number: number): string {
  return `${String(number)} 0 R`;
}

/** The picture, upright on the displayed page, as an appearance (ISO 32000-1 §12.5.5). The first object is the appearance. */
export function appearanceObjects(
  picture: Picture,
  placement: Placement,
  next: NextNumber,
): readonly [NewObject, ...NewObject[]] {
  const form = next();
  const image = next();
  const mask = picture.alpha === undefined ? undefined : next();
  const width = writtenNumber(placement.width);
  const height = writtenNumber(placement.height);
  const content = bytesOfLatin1(`q ${width} 0 0 ${height} 0 0 cm /Seal Do Q`);
  const formEntries = new Map([
    ["Type", "/XObject"],
    ["Subtype", "/Form"],
    ["BBox", `[0 0 ${width} ${height}]`],
    ["Matrix", `[${placement.matrix.map(writtenNumber).join(" ")}]`],
    ["Resources", `<< /XObject << /Seal ${written(image)} >> >>`],
  ]);
  const objects: [NewObject, ...NewObject[]] = [
    { number: form, generation: 0, body: writtenStream(formEntries, content) },
    { number: image, generation: 0, body: imageBody(picture, "/DeviceRGB", picture.rgb, mask) },
  ];
  if (mask === undefined || picture.alpha === undefined) return objects;
  return [
    ...objects,
    { number: mask, generation: 0, body: imageBody(picture, "/DeviceGray", picture.alpha, undefined) },
  ];
}

function imageBody(
  picture: Picture,
  colorSpace: string,
  samples: Uint8Array,
  mask: number | undefined,
): Uint8Array {
  const entries = new Map([
    ["Type", "/XObject"],
    ["Subtype", "/Image"],
    ["Width", String(picture.width)],
    ["Height", String(picture.height)],
    ["ColorSpace", colorSpace],
    ["BitsPerComponent", "8"],
    ["Filter", "/FlateDecode"],
  ]);
  if (mask !== undefined) entries.set("SMask", written(mask));
  return writtenStream(entries, deflate(samples));
}

/** Print and Locked (ISO 32000-1 §12.5.3): the seal is on paper too, and cannot be dragged away. */
const widgetFlags = 132;

/** The signature field and its only widget in one dictionary (ISO 32000-1 §12.5.6.19, §12.7.4.5). */
export function widgetBody(widget: {
  readonly page: PdfReference;
  readonly placement: Placement;
  readonly fieldName: string;
  readonly signature: number;
  readonly appearance: number;
}): Uint8Array {
  const { page, placement, fieldName, signature, appearance } = widget;
  return writtenDictionary(
    new Map([
      ["Type", "/Annot"],
      ["Subtype", "/Widget"],
      ["FT", "/Sig"],
      ["T", fieldName],
      ["V", written(signature)],
      ["F", String(widgetFlags)],
      ["Rect", `[${placement.rectangle.map(writtenNumber).join(" ")}]`],
      ["P", `${String(page.number)} ${String(page.generation)} R`],
      ["AP", `<< /N ${written(appearance)} >>`],
    ]),
  );
}

/**
 * The page's list of annotations with one more: whichever object holds the list is the only one rewritten.
 *
 * @throws PdfError `pdf-malformed`
 */
export function annotationsUpdate(
  document: PdfDocument,
  page: PdfPage,
  pages: readonly PdfPage[],
  widget: number,
): NewObject {
  const dictionary = dictionaryAt(document, page.reference, "the page");
  const place = dictionary.entries.get("Annots");
  const list = arrayAt(document, place, "Annots");
  if (list !== undefined && place?.kind === "reference" && !isShared(document, place, pages)) {
    return rewritten(place, withItem(list, written(widget)));
  }
  const annotations = list === undefined ? `[${written(widget)}]` : withItem(list, written(widget));
  return rewritten(page.reference, withEntries(dictionary, new Map([["Annots", annotations]])));
}

/** Two pages with one list would both show the seal. */
function isShared(document: PdfDocument, list: PdfReference, pages: readonly PdfPage[]): boolean {
  const users = pages.filter((page) => {
    const place = dictionaryAt(document, page.reference, "the page").entries.get("Annots");
    return place?.kind === "reference" && place.number === list.number;
  });
  return users.length > 1;
}

/** SignaturesExist and AppendOnly (ISO 32000-1 §12.7.2, table 219). */
const signatureFlags = 3;

/**
 * The form with one more field; created if there is none. Only what must change is rewritten: the list of fields, the
 * form, or the catalog that holds it.
 *
 * @throws PdfError `pdf-malformed`
 */
export function formUpdates(document: PdfDocument, widget: number, next: NextNumber): readonly NewObject[] {
  const root = document.trailer.entries.get("Root");
  if (root?.kind !== "reference") throw malformed("the catalog is not an indirect object");
  const catalog = dictionaryAt(document, root, "the catalog");
  const form = formOf(document);
  if (form === undefined) {
    const number = next();
    const entries = new Map([
      ["Fields", `[${written(widget)}]`],
      ["SigFlags", String(signatureFlags)],
    ]);
    return [
      rewritten(root, withEntries(catalog, new Map([["AcroForm", written(number)]]))),
      { number, generation: 0, body: writtenDictionary(entries) },
    ];
  }
  const { changes, updates } = formChanges(document, form, widget);
  if (changes.size === 0) return updates;
  const body = withEntries(form, changes);
  const place = catalog.entries.get("AcroForm");
  return place?.kind === "reference"
    ? [...updates, rewritten(place, body)]
    : [...updates, rewritten(root, withEntries(catalog, new Map([["AcroForm", body]])))];
}

/** What changes in the form's own dictionary, and outside it if the list of fields is an object of its own. */
function formChanges(
  document: PdfDocument,
  form: PdfDictionary,
  widget: number,
): { changes: WrittenEntries; updates: readonly NewObject[] } {
  const changes = new Map<string, string | Uint8Array>();
  const updates: NewObject[] = [];
  const place = form.entries.get("Fields");
  const list = arrayAt(document, place, "Fields");
  if (list === undefined) changes.set("Fields", `[${written(widget)}]`);
  else if (place?.kind === "reference") updates.push(rewritten(place, withItem(list, written(widget))));
  else changes.set("Fields", withItem(list, written(widget)));
  const flags = document.resolve(form.entries.get("SigFlags"));
  const oldFlags = flags.kind === "null" ? 0 : integerOf(flags, "SigFlags");
  if ((oldFlags & signatureFlags) !== signatureFlags)
    changes.set("SigFlags", String(oldFlags | signatureFlags));
  return { changes, updates };
}

function rewritten(reference: PdfReference, body: Uint8Array): NewObject {
  return { number: reference.number, generation: reference.generation, body };
}
