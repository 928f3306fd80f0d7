import { bytesOfLatin1, concatBytes, hexOf } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import type { PdfDocument } from "./document.ts";
import { rawOf } from "./objects.ts";
import { malformed } from "./pdf-error.ts";
import type { PdfDictionary } from "./objects.ts";
import { writtenDictionary, writtenStream } from "./write.ts";
import type { WrittenEntries } from "./write.ts";

/** An object of the new revision. */
export interface NewObject {
  readonly number: number;
  readonly generation: number;
  readonly body: Uint8Array;
}

export interface Increment {
  /** The whole file: the old one, byte for byte, and the new revision. */
  readonly bytes: Uint8Array;
  /** Where each object's body starts. */
  readonly bodyOffsets: ReadonlyMap<number, number>;
}

/** Entries that describe one cross-reference section and are written anew for the next. */
const sectionKeys = [
  "Size",
  "Prev",
  "XRefStm",
  "ID",
  "Type",
  "W",
  "Index",
  "Filter",
  "DecodeParms",
  "Length",
];

/**
 * Appends one revision (ISO 32000-1 §7.5.6). Its cross-reference section is of the same kind as the previous one,
 * because some readers do not follow a chain that changes its kind.
 *
 * @param identity Goes into the second half of the file identifier (§14.4), which names this revision.
 * @throws PdfError `pdf-malformed` if two of the objects are the same one.
 */
export function appendIncrement(
  document: PdfDocument,
  objects: readonly NewObject[],
  identity: Uint8Array,
): Increment {
  const newest = document.xref.newest;
  const parts: Uint8Array[] = [document.bytes];
  let length = document.bytes.length;
  const append = (part: Uint8Array): void => {
    parts.push(part);
    length += part.length;
  };
  const last = document.bytes.at(-1);
  if (last !== 0x0a && last !== 0x0d) append(bytesOfLatin1("\n"));
  if (new Set(objects.map(({ number }) => number)).size !== objects.length) {
    throw malformed("one object is both a list of fields and a list of annotations");
  }
  const offsets = new Map<number, number>();
  const bodyOffsets = new Map<number, number>();
  const sorted = [...objects].sort((one, other) => one.number - other.number);
  for (const { number, generation, body } of sorted) {
    offsets.set(number, length);
    append(bytesOfLatin1(`${String(number)} ${String(generation)} obj\n`));
    bodyOffsets.set(number, length);
    append(body);
    append(bytesOfLatin1("\nendobj\n"));
  }
  const nextNumber = Math.max(document.xref.nextNumber, (sorted.at(-1)?.number ?? 0) + 1);
  const trailer = trailerEntries(newest.trailer, newest.offset, identityOf(document, identity));
  const rows = sorted.map(({ number, generation }) => ({
    number,
    generation,
    offset: offsets.get(number) ?? 0,
  }));
  const startXref = length;
  append(
    newest.kind === "table"
      ? writtenTable(rows, new Map([...trailer, ["Size", String(nextNumber)]]))
      : writtenXrefStream([...rows, { number: nextNumber, generation: 0, offset: startXref }], trailer),
  );
  append(bytesOfLatin1(`startxref\n${String(startXref)}\n%%EOF\n`));
  return { bytes: concatBytes(...parts), bodyOffsets };
}

interface Row {
  readonly number: number;
  readonly generation: number;
  readonly offset: number;
}

function trailerEntries(old: PdfDictionary, previous: number, identity: string): WrittenEntries {
  const kept = Array.from(old.entries).filter(([key]) => !sectionKeys.includes(key));
  return new Map<string, string | Uint8Array>([
    ...kept.map(([key, value]) => [key, rawOf(value)] as const),
    ["ID", identity],
    ["Prev", String(previous)],
  ]);
}

/** The first half names the document and stays; a document without one gets it now, ISO 32000-2 §14.4 requires it. */
function identityOf(document: PdfDocument, identity: Uint8Array): string {
  const old = document.resolve(document.trailer.entries.get("ID"));
  const first = old.kind === "array" ? document.resolve(old.items[0]) : undefined;
  const revision = hexOf(digest("SM3", document.bytes, identity).subarray(0, 16));
  const firstHalf = first?.kind === "string" ? hexOf(first.bytes) : revision;
  return `[<${firstHalf}> <${revision}>]`;
}

function writtenTable(rows: readonly Row[], trailer: WrittenEntries): Uint8Array {
  const lines = runsOf(rows).flatMap((run) => [
    `${String(run[0]?.number)} ${String(run.length)}\n`,
    ...run.map(({ offset, generation }) => `${padded(offset, 10)} ${padded(generation, 5)} n \n`),
  ]);
  return concatBytes(
    bytesOfLatin1(`xref\n${lines.join("")}trailer\n`),
    writtenDictionary(trailer),
    bytesOfLatin1("\n"),
  );
}

/** The last row is the stream itself. */
function writtenXrefStream(rows: readonly Row[], trailer: WrittenEntries): Uint8Array {
  const number = rows.at(-1)?.number ?? 0;
  const data = new Uint8Array(rows.length * 7);
  const view = new DataView(data.buffer);
  rows.forEach(({ offset, generation }, index) => {
    view.setUint8(index * 7, 1);
    view.setUint32(index * 7 + 1, offset);
    view.setUint16(index * 7 + 5, generation);
  });
  const index = runsOf(rows).map((run) => `${String(run[0]?.number)} ${String(run.length)}`);
  const entries: WrittenEntries = new Map([
    ...trailer,
    ["Type", "/XRef"],
    ["Size", String(number + 1)],
    ["W", "[1 4 2]"],
    ["Index", `[${index.join(" ")}]`],
  ]);
  return concatBytes(
    bytesOfLatin1(`${String(number)} 0 obj\n`),
    writtenStream(entries, data),
    bytesOfLatin1("\nendobj\n"),
  );
}

/** Splits rows into runs of consecutive object numbers. */
function runsOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  const runs: Row[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run?.at(-1)?.number === row.number - 1) run.push(row);
    else runs.push([row]);
  }
  return runs;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
