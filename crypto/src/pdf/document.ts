import { decodeStream } from "./filters.ts";
import { pdfLimits } from "./limits.ts";
import { integerOf, nameOf, pdfNull } from "./objects.ts";
import type { PdfArray, PdfDictionary, PdfObject, PdfReference } from "./objects.ts";
import { parseIndirectHead, parseObject } from "./parse.ts";
import { malformed, PdfError } from "./pdf-error.ts";
import { expectUnsigned, standsAt } from "./scan.ts";
import type { Cursor, ValueBudget } from "./scan.ts";
import { finishIndirect } from "./stream.ts";
import { readXrefChain } from "./xref-chain.ts";
import type { XrefChain } from "./xref-chain.ts";

/** The objects of a PDF as its newest revision shows them. Objects are parsed when asked for, each once. */
export interface PdfDocument {
  readonly bytes: Uint8Array;
  readonly xref: XrefChain;
  /** Of the newest revision. */
  readonly trailer: PdfDictionary;
  /** Follows references to a value. What does not exist is null (ISO 32000-1 §7.3.10). @throws PdfError */
  resolve(object: PdfObject | undefined): PdfObject;
}

/** What an object stream holds, decoded (ISO 32000-1 §7.5.7). */
interface ObjectStream {
  readonly data: Uint8Array;
  readonly members: readonly { readonly number: number; readonly offset: number }[];
}

interface Loading {
  readonly bytes: Uint8Array;
  readonly xref: XrefChain;
  readonly objects: Map<number, PdfObject>;
  readonly streams: Map<number, ObjectStream>;
  /** Being read right now: a stream whose length is inside itself would never end. */
  readonly open: Set<number>;
  parsedBytesLeft: number;
  inflatedBytesLeft: number;
  membersLeft: number;
  readonly values: ValueBudget;
}

/**
 * Reads the header and the cross-reference chain.
 *
 * @throws PdfError `not-pdf`, `pdf-truncated`, `pdf-malformed`, `pdf-encrypted`, `pdf-too-large`
 */
export function readDocument(bytes: Uint8Array): PdfDocument {
  if (bytes.length > pdfLimits.fileBytes) throw new PdfError("pdf-too-large", "the file is too large");
  if (!standsAt(bytes, 0, "%PDF-")) throw new PdfError("not-pdf", "the file does not begin with %PDF-");
  const xref = readXrefChain(bytes);
  const loading: Loading = {
    bytes,
    xref,
    objects: new Map(),
    streams: new Map(),
    open: new Set(),
    parsedBytesLeft: Math.max(bytes.length, 64 * 1024) * pdfLimits.parsedBytesPerFileByte,
    inflatedBytesLeft: pdfLimits.inflatedTotalBytes,
    membersLeft: pdfLimits.objectStreamMembers,
    values: { left: pdfLimits.parsedValues },
  };
  return { bytes, xref, trailer: xref.newest.trailer, resolve: (object) => resolve(loading, object) };
}

function resolve(loading: Loading, object: PdfObject | undefined): PdfObject {
  let value = object ?? pdfNull;
  for (let hops = 0; value.kind === "reference"; hops += 1) {
    if (hops > pdfLimits.referenceHops) throw malformed("references form a loop", value.start);
    value = load(loading, value);
  }
  return value;
}

function load(loading: Loading, reference: PdfReference): PdfObject {
  const { number, generation } = reference;
  const entry = loading.xref.entries.get(number);
  if (entry === undefined || entry.kind === "free") return pdfNull;
  if (generation !== (entry.kind === "offset" ? entry.generation : 0)) return pdfNull;
  const known = loading.objects.get(number);
  if (known !== undefined) return known;
  if (loading.open.has(number)) throw malformed(`object ${String(number)} is needed to read itself`);
  if (loading.open.size >= pdfLimits.openObjects)
    throw new PdfError("pdf-too-large", "too many objects are needed to read one");
  loading.open.add(number);
  const value =
    entry.kind === "offset"
      ? readAt(loading, number, entry.offset, generation)
      : readMember(loading, number, entry.stream, entry.index);
  loading.open.delete(number);
  loading.objects.set(number, value);
  return value;
}

function spendParsing(loading: Loading, bytes: number): void {
  loading.parsedBytesLeft -= bytes;
  if (loading.parsedBytesLeft < 0) throw new PdfError("pdf-too-large", "objects overlap each other");
}

function readAt(loading: Loading, number: number, offset: number, generation: number): PdfObject {
  if (offset >= loading.bytes.length) throw malformed(`object ${String(number)} is outside the file`, offset);
  const head = parseIndirectHead(loading.bytes, offset, loading.values);
  if (head.number !== number || head.generation !== generation) {
    throw malformed(`object ${String(number)} is not where the cross-reference says`, offset);
  }
  spendParsing(loading, head.end - offset);
  return finishIndirect(loading.bytes, head, (length) => {
    const value = integerOf(resolve(loading, length), "Length");
    if (value < 0) throw malformed("Length is negative", offset);
    return value;
  });
}

function readMember(loading: Loading, number: number, streamNumber: number, index: number): PdfObject {
  const stream = loading.streams.get(streamNumber) ?? readObjectStream(loading, streamNumber);
  loading.streams.set(streamNumber, stream);
  const member = stream.members[index];
  if (member?.number !== number) throw malformed(`object ${String(number)} is not in its object stream`);
  const cursor: Cursor = { bytes: stream.data, at: member.offset, values: loading.values };
  const object = parseObject(cursor);
  spendParsing(loading, cursor.at - member.offset);
  return object;
}

function readObjectStream(loading: Loading, number: number): ObjectStream {
  const entry = loading.xref.entries.get(number);
  // An object stream inside an object stream is not allowed, and would allow loops.
  if (entry?.kind !== "offset") throw malformed(`object stream ${String(number)} is missing`);
  const reference: PdfReference = { ...pdfNull, kind: "reference", number, generation: entry.generation };
  const stream = load(loading, reference);
  if (stream.kind !== "stream" || nameOf(stream.dictionary.entries.get("Type")) !== "ObjStm") {
    throw malformed(`object ${String(number)} is not an object stream`);
  }
  const data = decodeStream(stream, (object) => resolve(loading, object), loading.inflatedBytesLeft);
  loading.inflatedBytesLeft -= data.length;
  const count = integerOf(resolve(loading, stream.dictionary.entries.get("N")), "N");
  const first = integerOf(resolve(loading, stream.dictionary.entries.get("First")), "First");
  if (count < 0 || first < 0 || count > data.length || first > data.length) {
    throw malformed("an object stream has a bad head");
  }
  loading.membersLeft -= count;
  if (loading.membersLeft < 0) throw new PdfError("pdf-too-large", "too many objects in object streams");
  const cursor: Cursor = { bytes: data.subarray(0, first), at: 0 };
  const members = Array.from({ length: count }, () => ({
    number: expectUnsigned(cursor, "an object number"),
    offset: first + expectUnsigned(cursor, "an offset"),
  }));
  return { data, members };
}

/** The dictionary that the entry leads to; a stream is not one. @throws PdfError `pdf-malformed` */
export function dictionaryAt(
  document: PdfDocument,
  object: PdfObject | undefined,
  what: string,
): PdfDictionary {
  const value = document.resolve(object);
  if (value.kind !== "dictionary") throw malformed(`${what} is not a dictionary`);
  return value;
}

/** The array that the entry leads to, empty if there is none. @throws PdfError `pdf-malformed` */
export function arrayAt(
  document: PdfDocument,
  object: PdfObject | undefined,
  what: string,
): PdfArray | undefined {
  const value = document.resolve(object);
  if (value.kind === "null") return undefined;
  if (value.kind !== "array") throw malformed(`${what} is not an array`);
  return value;
}

/** The document catalog (ISO 32000-1 §7.7.2). @throws PdfError `pdf-malformed` */
export function catalogOf(document: PdfDocument): PdfDictionary {
  return dictionaryAt(document, document.trailer.entries.get("Root"), "the catalog");
}
