import { latin1Of } from "../bytes/index.ts";
import { pdfLimits } from "./limits.ts";
import type {
  PdfArray,
  PdfDictionary,
  PdfName,
  PdfNumber,
  PdfObject,
  PdfReference,
  PdfString,
} from "./objects.ts";
import { malformed, PdfError } from "./pdf-error.ts";
import {
  endsToken,
  expectKeyword,
  expectUnsigned,
  skipSpace,
  standsAt,
  takeKeyword,
  takeUnsigned,
} from "./scan.ts";
import type { Cursor, ValueBudget } from "./scan.ts";

/**
 * Reads the object at the cursor (ISO 32000-1 §7.3) and moves behind it. Strict: an unknown keyword, a bad escape or an
 * unclosed string is an error, because two readers would disagree about it.
 *
 * @throws PdfError `pdf-malformed`; `pdf-too-large` if nested deeper than {@link pdfLimits}.
 */
export function parseObject(cursor: Cursor, depth = 0): PdfObject {
  if (depth > pdfLimits.nestingDepth) throw new PdfError("pdf-too-large", "objects are nested too deeply");
  spendValue(cursor);
  skipSpace(cursor);
  const parse = parsers.get(cursor.bytes[cursor.at] ?? 0);
  return parse === undefined ? (parseReference(cursor) ?? parseNumber(cursor)) : parse(cursor, depth);
}

function spendValue({ values }: Cursor): void {
  if (values === undefined) return;
  values.left -= 1;
  if (values.left < 0) throw new PdfError("pdf-too-large", "the file has too many values");
}

/** By the first byte. */
const parsers: ReadonlyMap<number, (cursor: Cursor, depth: number) => PdfObject> = new Map([
  [0x2f, parseName],
  [0x28, parseLiteralString],
  [0x5b, parseArray],
  [0x3c, parseAngle],
  [0x74, parseKeyword],
  [0x66, parseKeyword],
  [0x6e, parseKeyword],
]);

/** An indirect object (ISO 32000-1 §7.3.10) up to, and without, `endobj` or `stream`. */
export interface IndirectHead {
  readonly number: number;
  readonly generation: number;
  readonly object: PdfObject;
  /** Behind the object. */
  readonly end: number;
}

/** @throws PdfError `pdf-malformed` */
export function parseIndirectHead(
  bytes: Uint8Array,
  offset: number,
  values: ValueBudget = { left: pdfLimits.parsedValues },
): IndirectHead {
  const cursor: Cursor = { bytes, at: offset, values };
  const number = expectUnsigned(cursor, "an object number");
  const generation = expectUnsigned(cursor, "a generation number");
  expectKeyword(cursor, "obj");
  const object = parseObject(cursor);
  return { number, generation, object, end: cursor.at };
}

function parseKeyword(cursor: Cursor): PdfObject {
  const { bytes: source, at: start } = cursor;
  if (takeKeyword(cursor, "true")) return { kind: "boolean", value: true, source, start, end: cursor.at };
  if (takeKeyword(cursor, "false")) return { kind: "boolean", value: false, source, start, end: cursor.at };
  if (takeKeyword(cursor, "null")) return { kind: "null", source, start, end: cursor.at };
  throw malformed("an unknown keyword", start);
}

function parseReference(cursor: Cursor): PdfReference | undefined {
  const { bytes: source, at: start } = cursor;
  const number = takeUnsigned(cursor);
  if (number !== undefined) {
    skipSpace(cursor);
    const generation = takeUnsigned(cursor);
    if (generation !== undefined) {
      skipSpace(cursor);
      if (takeKeyword(cursor, "R"))
        return { kind: "reference", number, generation, source, start, end: cursor.at };
    }
  }
  cursor.at = start;
  return undefined;
}

function parseNumber(cursor: Cursor): PdfNumber {
  const { bytes: source, at: start } = cursor;
  let end = start;
  while (!endsToken(source[end])) end += 1;
  const text = latin1Of(source.subarray(start, Math.min(end, start + 64)));
  if (end - start > 64 || !/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text))
    throw malformed("an unknown token", start);
  cursor.at = end;
  return { kind: "number", value: Number(text), isInteger: !text.includes("."), source, start, end };
}

function parseName(cursor: Cursor): PdfName {
  const { bytes: source, at: start } = cursor;
  let end = start + 1;
  while (!endsToken(source[end])) end += 1;
  const written = latin1Of(source.subarray(start + 1, end));
  if (/#(?![0-9a-fA-F]{2})/.test(written)) throw malformed("a bad escape in a name", start);
  const value = written.replaceAll(/#(..)/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  cursor.at = end;
  return { kind: "name", value, source, start, end };
}

function parseHexString(cursor: Cursor): PdfString {
  const { bytes: source, at: start } = cursor;
  const close = source.indexOf(0x3e, start);
  if (close === -1) throw malformed("an unclosed string", start);
  const digits = latin1Of(source.subarray(start + 1, close)).replaceAll(/[\0\t\n\f\r ]/g, "");
  if (!/^[0-9a-fA-F]*$/.test(digits)) throw malformed("not hexadecimal", start);
  // ISO 32000-1 §7.3.4.3: a missing last digit is a zero.
  const bytes = new Uint8Array(Math.ceil(digits.length / 2));
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2).padEnd(2, "0"), 16);
  }
  cursor.at = close + 1;
  return { kind: "string", bytes, isHex: true, source, start, end: cursor.at };
}

const escapes = new Map([
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
  [0x62, 0x08],
  [0x66, 0x0c],
]);

function parseLiteralString(cursor: Cursor): PdfString {
  const { bytes: source, at: start } = cursor;
  const bytes: number[] = [];
  let open = 1;
  cursor.at = start + 1;
  while (open > 0) {
    const byte = source[cursor.at];
    if (byte === undefined) throw malformed("an unclosed string", start);
    cursor.at += 1;
    if (byte === 0x5c) {
      parseEscape(cursor, bytes);
      continue;
    }
    if (byte === 0x28) open += 1;
    if (byte === 0x29) open -= 1;
    if (open > 0) bytes.push(byte);
  }
  return { kind: "string", bytes: Uint8Array.from(bytes), isHex: false, source, start, end: cursor.at };
}

/** ISO 32000-1 §7.3.4.2, table 3; the cursor stands behind the backslash. */
function parseEscape(cursor: Cursor, bytes: number[]): void {
  if (isOctalDigit(cursor.bytes[cursor.at])) {
    let value = 0;
    for (let digits = 0; digits < 3 && isOctalDigit(cursor.bytes[cursor.at]); digits += 1, cursor.at += 1) {
      value = value * 8 + (cursor.bytes[cursor.at] ?? 0) - 0x30;
    }
    bytes.push(value & 0xff);
    return;
  }
  const byte = cursor.bytes[cursor.at] ?? 0;
  cursor.at += 1;
  if (byte === 0x0d) {
    if (cursor.bytes[cursor.at] === 0x0a) cursor.at += 1;
  } else if (byte !== 0x0a) {
    bytes.push(escapes.get(byte) ?? byte);
  }
}

function isOctalDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x37;
}

function parseAngle(cursor: Cursor, depth: number): PdfObject {
  return standsAt(cursor.bytes, cursor.at, "<<") ? parseDictionary(cursor, depth) : parseHexString(cursor);
}

function parseArray(cursor: Cursor, depth: number): PdfArray {
  const { bytes: source, at: start } = cursor;
  const items: PdfObject[] = [];
  cursor.at += 1;
  for (;;) {
    skipSpace(cursor);
    if (source[cursor.at] === 0x5d) break;
    items.push(parseObject(cursor, depth + 1));
  }
  cursor.at += 1;
  return { kind: "array", items, source, start, end: cursor.at };
}

function parseDictionary(cursor: Cursor, depth: number): PdfDictionary {
  const { bytes: source, at: start } = cursor;
  const entries = new Map<string, PdfObject>();
  const duplicates: string[] = [];
  cursor.at += 2;
  for (;;) {
    skipSpace(cursor);
    if (standsAt(source, cursor.at, ">>")) break;
    if (source[cursor.at] !== 0x2f) throw malformed("a dictionary key is not a name", cursor.at);
    const key = parseName(cursor).value;
    const value = parseObject(cursor, depth + 1);
    if (entries.has(key)) duplicates.push(key);
    else entries.set(key, value);
  }
  cursor.at += 2;
  return { kind: "dictionary", entries, duplicates, source, start, end: cursor.at };
}
