import { latin1Of } from "../bytes/index.ts";
import { decodeStream } from "./filters.ts";
import { integerOf, nameOf, pdfNull } from "./objects.ts";
import type { PdfDictionary, PdfObject, PdfStream } from "./objects.ts";
import { parseIndirectHead, parseObject } from "./parse.ts";
import { malformed, PdfError } from "./pdf-error.ts";
import { expectUnsigned, isDigit, skipSpace, skipWhiteSpace, takeKeyword } from "./scan.ts";
import type { Cursor } from "./scan.ts";
import { finishIndirect } from "./stream.ts";

/** Where an object is: nowhere, at a byte of the file, or in an object stream. */
export type XrefEntry =
  | { readonly kind: "free" }
  | { readonly kind: "offset"; readonly offset: number; readonly generation: number }
  | { readonly kind: "compressed"; readonly stream: number; readonly index: number };

/** Whether two entries say the same of an object. */
export function isSameEntry(one: XrefEntry, other: XrefEntry | undefined): boolean {
  if (one.kind === "offset") {
    return other?.kind === "offset" && one.offset === other.offset && one.generation === other.generation;
  }
  if (one.kind === "compressed") {
    return other?.kind === "compressed" && one.stream === other.stream && one.index === other.index;
  }
  return other?.kind === "free";
}

/** One cross-reference table with its trailer, or one cross-reference stream (ISO 32000-1 §7.5.4, §7.5.8). */
export interface XrefSection {
  readonly kind: "table" | "stream";
  /** Where it starts: what startxref or /Prev said. */
  readonly offset: number;
  readonly entries: ReadonlyMap<number, XrefEntry>;
  /** Of a stream, its dictionary. */
  readonly trailer: PdfDictionary;
}

/** What is left of the file's allowance; reading a section takes from it. */
export interface XrefBudget {
  entries: number;
  inflatedBytes: number;
}

/** @throws PdfError `pdf-malformed`, `pdf-too-large` */
export function readXrefSection(bytes: Uint8Array, offset: number, budget: XrefBudget): XrefSection {
  const cursor: Cursor = { bytes, at: offset };
  skipWhiteSpace(cursor);
  if (offset >= bytes.length) throw malformed("a cross-reference offset is outside the file", offset);
  if (isDigit(bytes[cursor.at])) return readXrefStream(bytes, offset, budget);
  if (!takeKeyword(cursor, "xref")) throw malformed("no cross-reference section here", offset);
  const entries = new Map<number, XrefEntry>();
  for (;;) {
    skipSpace(cursor);
    if (takeKeyword(cursor, "trailer")) break;
    readSubsection(cursor, entries, budget);
  }
  const trailer = parseObject(cursor);
  if (trailer.kind !== "dictionary") throw malformed("the trailer is not a dictionary", cursor.at);
  return { kind: "table", offset, entries, trailer };
}

function spendEntries(budget: XrefBudget, count: number): void {
  budget.entries -= count;
  if (budget.entries < 0) throw new PdfError("pdf-too-large", "too many cross-reference entries");
}

function readSubsection(cursor: Cursor, entries: Map<number, XrefEntry>, budget: XrefBudget): void {
  const first = expectUnsigned(cursor, "an object number");
  const count = expectUnsigned(cursor, "a number of entries");
  spendEntries(budget, count);
  skipWhiteSpace(cursor);
  for (let index = 0; index < count; index += 1) {
    addEntry(entries, first + index, readTableEntry(cursor), cursor.at);
  }
}

/** Exactly twenty bytes (ISO 32000-1 §7.5.4). */
function readTableEntry(cursor: Cursor): XrefEntry {
  const text = latin1Of(cursor.bytes.subarray(cursor.at, cursor.at + 20));
  const match = /^(\d{10}) (\d{5}) ([nf])( \r| \n|\r\n)$/.exec(text);
  if (match === null) throw malformed("a cross-reference entry is not in its fixed form", cursor.at);
  cursor.at += 20;
  return match[3] === "f"
    ? { kind: "free" }
    : { kind: "offset", offset: Number(match[1]), generation: Number(match[2]) };
}

function addEntry(entries: Map<number, XrefEntry>, number: number, entry: XrefEntry, at: number): void {
  // Two entries for one object in one section: readers disagree about which counts.
  if (entries.has(number)) throw malformed(`object ${String(number)} is listed twice`, at);
  entries.set(number, entry);
}

function readXrefStream(bytes: Uint8Array, offset: number, budget: XrefBudget): XrefSection {
  const head = parseIndirectHead(bytes, offset);
  const stream = finishIndirect(bytes, head, (length) => unsignedOf(length, "Length"));
  if (stream.kind !== "stream" || nameOf(stream.dictionary.entries.get("Type")) !== "XRef") {
    throw malformed("no cross-reference section here", offset);
  }
  return { kind: "stream", offset, entries: readStreamEntries(stream, budget), trailer: stream.dictionary };
}

function readStreamEntries(stream: PdfStream, budget: XrefBudget): Map<number, XrefEntry> {
  const { entries: dictionary } = stream.dictionary;
  const readRow = rowReader(numbersOf(dictionary.get("W"), "W"));
  const index = dictionary.has("Index")
    ? numbersOf(dictionary.get("Index"), "Index")
    : [0, unsignedOf(dictionary.get("Size"), "Size")];
  const data = decodeStream(stream, direct, budget.inflatedBytes);
  budget.inflatedBytes -= data.length;
  const entries = new Map<number, XrefEntry>();
  let at = 0;
  for (let pair = 0; pair < index.length; pair += 2) {
    const first = index[pair] ?? 0;
    const count = index[pair + 1] ?? 0;
    if (at + count * readRow.bytes > data.length)
      throw malformed("a cross-reference stream is short", stream.start);
    spendEntries(budget, count);
    for (let row = 0; row < count; row += 1, at += readRow.bytes) {
      addEntry(entries, first + row, readRow.entry(data, at), stream.start);
    }
  }
  return entries;
}

/** Rows of three big-endian fields (ISO 32000-1 §7.5.8.2, /W); without the first field the type is 1. */
function rowReader(widths: readonly number[]): {
  bytes: number;
  entry(data: Uint8Array, at: number): XrefEntry;
} {
  const [first = 0, second = 0, third = 0] = widths;
  if (widths.length !== 3 || second === 0 || widths.some((width) => width > 8))
    throw malformed("W has unusual widths");
  return {
    bytes: first + second + third,
    entry: (data, at) =>
      entryOf(
        first === 0 ? 1 : bigEndian(data, at, at + first),
        bigEndian(data, at + first, at + first + second),
        bigEndian(data, at + first + second, at + first + second + third),
      ),
  };
}

/** One for all: a hostile file has a million of them. */
const free: XrefEntry = { kind: "free" };

/** ISO 32000-1 §7.5.8.3, table 18; an unknown type is a reference to null. */
function entryOf(type: number, second: number, third: number): XrefEntry {
  if (type === 1) return { kind: "offset", offset: second, generation: third };
  if (type === 2) return { kind: "compressed", stream: second, index: third };
  return free;
}

function bigEndian(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

/** All values in a cross-reference stream's dictionary are direct (ISO 32000-1 §7.5.8.2): nothing can be looked up yet. */
function direct(object: PdfObject | undefined): PdfObject {
  if (object?.kind === "reference")
    throw malformed("a cross-reference stream has an indirect value", object.start);
  return object ?? pdfNull;
}

function unsignedOf(object: PdfObject | undefined, what: string): number {
  const value = integerOf(object, what);
  if (value < 0) throw malformed(`${what} is negative`);
  return value;
}

function numbersOf(object: PdfObject | undefined, what: string): number[] {
  if (object?.kind !== "array") throw malformed(`${what} is not an array`);
  return object.items.map((item) => unsignedOf(item, what));
}
