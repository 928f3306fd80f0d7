import { malformed } from "./pdf-error.ts";

/** Where an object stands: `source` is the file itself or a decoded object stream. */
interface Placed {
  readonly source: Uint8Array;
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}

export interface PdfNull extends Placed {
  readonly kind: "null";
}
export interface PdfBoolean extends Placed {
  readonly kind: "boolean";
  readonly value: boolean;
}
export interface PdfNumber extends Placed {
  readonly kind: "number";
  readonly value: number;
  /** Written without a decimal point. */
  readonly isInteger: boolean;
}
export interface PdfString extends Placed {
  readonly kind: "string";
  readonly bytes: Uint8Array;
  readonly isHex: boolean;
}
export interface PdfName extends Placed {
  readonly kind: "name";
  /** Without the slash, escapes resolved, one character a byte. */
  readonly value: string;
}
export interface PdfArray extends Placed {
  readonly kind: "array";
  readonly items: readonly PdfObject[];
}
export interface PdfDictionary extends Placed {
  readonly kind: "dictionary";
  /** Of a key that occurs twice the first value stands here; the key is in `duplicates`. */
  readonly entries: ReadonlyMap<string, PdfObject>;
  readonly duplicates: readonly string[];
}
export interface PdfReference extends Placed {
  readonly kind: "reference";
  readonly number: number;
  readonly generation: number;
}
export interface PdfStream extends Placed {
  readonly kind: "stream";
  readonly dictionary: PdfDictionary;
  /** As stored, filters not applied. */
  readonly data: Uint8Array;
}

/** A PDF object (ISO 32000-1 §7.3) that remembers its own bytes, so that what is not edited is copied, never re-encoded. */
export type PdfObject =
  | PdfNull
  | PdfBoolean
  | PdfNumber
  | PdfString
  | PdfName
  | PdfArray
  | PdfDictionary
  | PdfReference
  | PdfStream;

/** What a missing entry and a reference to nothing are (ISO 32000-1 §7.3.10). */
export const pdfNull: PdfNull = { kind: "null", source: new Uint8Array(), start: 0, end: 0 };

export const emptyDictionary: PdfDictionary = {
  ...pdfNull,
  kind: "dictionary",
  entries: new Map(),
  duplicates: [],
};

/** The bytes of an object as they stand. */
export function rawOf(object: PdfObject): Uint8Array {
  return object.source.subarray(object.start, object.end);
}

/** The value as a whole number. @throws PdfError `pdf-malformed` */
export function integerOf(object: PdfObject | undefined, what: string): number {
  if (object?.kind !== "number" || !object.isInteger || !Number.isSafeInteger(object.value)) {
    throw malformed(`${what} is not a whole number`);
  }
  return object.value;
}

/** The name's text, or `undefined` for anything that is not a name. */
export function nameOf(object: PdfObject | undefined): string | undefined {
  return object?.kind === "name" ? object.value : undefined;
}
