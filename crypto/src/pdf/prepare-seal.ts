import { bytesOfLatin1, equalBytes, hexOf } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { readFields } from "./fields.ts";
import { appendIncrement } from "./increment.ts";
import type { NewObject } from "./increment.ts";
import { openPdf } from "./open.ts";
import type { PdfFile } from "./open.ts";
import { PdfError } from "./pdf-error.ts";
import { checkSigningPermitted } from "./permissions.ts";
import { decodePicture } from "./picture.ts";
import { placeOnPage } from "./placement.ts";
import type { DisplayedBox } from "./placement.ts";
import { annotationsUpdate, appearanceObjects, formUpdates, widgetBody } from "./seal-objects.ts";
import { elementLength } from "./signature-contents.ts";
import type { ByteRange } from "./signatures.ts";
import { dateString, hexTextString } from "./text-string.ts";
import { writtenDictionary } from "./write.ts";

export interface PdfSealRequest extends DisplayedBox {
  /** From 0. */
  readonly pageIndex: number;
  /** PNG, 8-bit RGB or RGBA; drawn to fill the box. */
  readonly picture: Uint8Array;
  /** The seal's name, shown by readers as the signer (/Name). */
  readonly sealName: string;
  /** Claimed (/M). */
  readonly signedAt: Date;
  /** Room for the DER signature value. */
  readonly contentsBytes: number;
  /** Partial name of the new field; without it, the first of Seal1, Seal2, … that is free. */
  readonly fieldName?: string;
}

/** A megabyte holds any seal with its picture, certificates and time stamp. */
const maximumContentsBytes = 1024 * 1024;

/** Wide enough for four numbers of ten digits. */
const byteRangeWidth = 48;

/** Not exported: only {@link preparePdfSeal} can make one. */
class Prepared {
  readonly #file: Uint8Array;
  readonly #inputLength: number;
  readonly #byteRange: ByteRange;
  readonly #fieldName: string;
  readonly #dataHash: Uint8Array;

  constructor(file: Uint8Array, inputLength: number, byteRange: ByteRange, fieldName: string) {
    this.#file = file;
    this.#inputLength = inputLength;
    this.#byteRange = byteRange;
    this.#fieldName = fieldName;
    this.#dataHash = digest("SM3", ...signedParts(file, byteRange));
  }

  /** SM3 over the bytes that /ByteRange covers: the document's digest in the seal signature (GB/T 38540-2020 §7.2). */
  get dataHash(): Uint8Array {
    return this.#dataHash.slice();
  }

  /** The name of the new field, by which the signature is listed. */
  get fieldName(): string {
    return this.#fieldName;
  }

  /**
   * The sealed file. It begins with the unsealed one, byte for byte, and was read back and compared before it is returned.
   *
   * @throws PdfError `contents-too-large` if the value does not fit the room that was asked for; RangeError if it is not
   *   one DER element.
   */
  complete(signatureValue: Uint8Array): Uint8Array {
    const [, gapStart, gapEnd] = this.#byteRange;
    if (elementLength(signatureValue) !== signatureValue.length) throw new RangeError("not one DER element");
    if (signatureValue.length * 2 > gapEnd - gapStart - 2) {
      throw new PdfError("contents-too-large", "the signature value does not fit its place");
    }
    const sealed = this.#file.slice();
    sealed.set(bytesOfLatin1(hexOf(signatureValue)), gapStart + 1);
    this.#check(sealed, signatureValue);
    return sealed;
  }

  /** Nothing leaves unread: what a reader will find is what was meant. */
  #check(sealed: Uint8Array, signatureValue: Uint8Array): void {
    const signature = openPdf(sealed).signatures.find(({ id }) => id === this.#fieldName);
    const isSound =
      signature?.coversWholeFile === true &&
      equalBytes(signature.contents, signatureValue) &&
      equalBytes(digest("SM3", ...signature.signedBytes()), this.#dataHash) &&
      equalBytes(sealed.subarray(0, this.#inputLength), this.#file.subarray(0, this.#inputLength));
    if (!isSound) throw new Error("the sealed PDF does not read back as it was written");
  }
}

/** A PDF with an empty place for one seal signature. */
export type PreparedPdfSeal = Prepared;

/**
 * Appends one revision with a visible signature field that shows the seal's picture, and leaves its value empty. The names
 * are those found in the field for GB/T 38540 structures: /Filter /Gomain.GMPkiLite, /SubFilter /GM.sm2seal. The same
 * input gives the same bytes.
 *
 * @throws PdfError `page-not-found`, `placement-outside-page`, `picture-unsupported`, `field-name-refused`;
 *   `pdf-signing-not-permitted` if the document or an earlier signature forbids it; `pdf-malformed` if an object that must
 *   be extended is ambiguous; RangeError if `contentsBytes` is not a sensible size.
 */
export function preparePdfSeal(file: PdfFile, request: PdfSealRequest): PreparedPdfSeal {
  const { contentsBytes } = request;
  if (!Number.isInteger(contentsBytes) || contentsBytes < 2 || contentsBytes > maximumContentsBytes) {
    throw new RangeError("contentsBytes must be between 2 and a megabyte");
  }
  const { fields, names } = readFields(file.document);
  const fieldName = chooseFieldName(names, request.fieldName);
  if (file.quirks.some(({ code }) => code === "bytes-after-eof")) {
    throw new PdfError("pdf-malformed", "bytes follow the end of the document");
  }
  checkSigningPermitted(file.document, fields, fieldName);
  const { objects, signature } = sealObjects(file, request, fieldName);
  const identity = bytesOfLatin1(`${request.signedAt.toISOString()} ${hexTextString(fieldName)}`);
  const { bytes, bodyOffsets } = appendIncrement(file.document, objects, identity);
  const bodyOffset = bodyOffsets.get(signature.number) ?? 0;
  const byteRange = writeByteRange(bytes, bodyOffset, signature.body, contentsBytes);
  return new Prepared(bytes, file.bytes.length, byteRange, fieldName);
}

function sealObjects(
  file: PdfFile,
  request: PdfSealRequest,
  fieldName: string,
): { objects: readonly NewObject[]; signature: NewObject } {
  const page = file.pages[request.pageIndex];
  if (page === undefined)
    throw new PdfError("page-not-found", `there is no page ${String(request.pageIndex + 1)}`);
  const placement = placeOnPage(page, request);
  const picture = decodePicture(request.picture);
  let number = file.document.xref.nextNumber;
  const next = (): number => number++;
  const signature = { number: next(), generation: 0, body: signatureBody(request) };
  const widget = next();
  const appearance = appearanceObjects(picture, placement, next);
  const body = widgetBody({
    page: page.reference,
    placement,
    fieldName: writtenFieldName(fieldName),
    signature: signature.number,
    appearance: appearance[0].number,
  });
  const objects = [
    signature,
    { number: widget, generation: 0, body },
    ...appearance,
    annotationsUpdate(file.document, page, file.pages, widget),
    ...formUpdates(file.document, widget, next),
  ];
  return { objects, signature };
}

/** /Contents comes last but one and /ByteRange last, so that both are found by their distance from the end. */
function signatureBody(request: PdfSealRequest): Uint8Array {
  return writtenDictionary(
    new Map([
      ["Type", "/Sig"],
      ["Filter", "/Gomain.GMPkiLite"],
      ["SubFilter", "/GM.sm2seal"],
      ["Name", hexTextString(request.sealName)],
      ["M", dateString(request.signedAt)],
      ["Contents", `<${"00".repeat(request.contentsBytes)}>`],
      ["ByteRange", " ".repeat(byteRangeWidth)],
    ]),
  );
}

/** Fills in the range: everything but the value, angle brackets included (ISO 32000-1 §12.8.1). */
function writeByteRange(
  file: Uint8Array,
  bodyOffset: number,
  body: Uint8Array,
  contentsBytes: number,
): ByteRange {
  const tail = "\n>>".length;
  const rangeStart = bodyOffset + body.length - tail - byteRangeWidth;
  const gapEnd = rangeStart - "\n/ByteRange ".length;
  const gapStart = gapEnd - 2 * contentsBytes - 2;
  const byteRange: ByteRange = [0, gapStart, gapEnd, file.length - gapEnd];
  file.set(bytesOfLatin1(`[${byteRange.join(" ")}]`), rangeStart);
  return byteRange;
}

function signedParts(file: Uint8Array, [, length, secondStart]: ByteRange): readonly Uint8Array[] {
  return [file.subarray(0, length), file.subarray(secondStart)];
}

function chooseFieldName(taken: ReadonlySet<string>, wanted: string | undefined): string {
  if (wanted === undefined) {
    let count = 1;
    while (taken.has(`Seal${String(count)}`)) count += 1;
    return `Seal${String(count)}`;
  }
  // A period would make it a name of two parts (ISO 32000-1 §12.7.3.2).
  if (wanted === "" || wanted.length > 100 || /[.\p{Cc}]/u.test(wanted)) {
    throw new PdfError(
      "field-name-refused",
      "the field's name is empty, too long, or has a period or control character",
    );
  }
  if (taken.has(wanted)) throw new PdfError("field-name-refused", `a field named ${wanted} exists`);
  return wanted;
}

function writtenFieldName(name: string): string {
  return /^[A-Za-z0-9 _-]+$/.test(name) ? `(${name})` : hexTextString(name);
}
