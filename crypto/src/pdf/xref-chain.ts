import { latin1Of } from "../bytes/index.ts";
import { pdfLimits } from "./limits.ts";
import { integerOf } from "./objects.ts";
import { malformed, PdfError } from "./pdf-error.ts";
import { findLastText, findText, isDigit, isWhiteSpace, standsAt } from "./scan.ts";
import { isSameEntry, readXrefSection } from "./xref-section.ts";
import type { XrefBudget, XrefEntry, XrefSection } from "./xref-section.ts";

/** All cross-reference sections that startxref and /Prev lead to. */
export interface XrefChain {
  /** Newest first, in the order in which they are asked; of a hybrid file, the table before its stream. */
  readonly sections: readonly XrefSection[];
  /** The section that startxref names. */
  readonly newest: XrefSection;
  /** The newest entry of each object. */
  readonly entries: ReadonlyMap<number, XrefEntry>;
  /** Above every object number and /Size in any revision: numbers from here on were never used. */
  readonly nextNumber: number;
}

/** How far from the end the end-of-file marker may stand (ISO 32000-1 Annex H, note 18). */
const tailBytes = 1024;

/**
 * Follows startxref and the /Prev chain (ISO 32000-1 §7.5.5–§7.5.8).
 *
 * @throws PdfError `pdf-truncated` without an end-of-file marker; `pdf-malformed` if the chain is broken, loops, or if
 *   structure follows the last marker; `pdf-encrypted`; `pdf-too-large`.
 */
export function readXrefChain(bytes: Uint8Array): XrefChain {
  // Compressed to the utmost an object still takes bytes of the file, so a small one cannot have a million.
  const entriesAllowed = Math.min(pdfLimits.xrefEntries, 10_000 + bytes.length);
  const budget: XrefBudget = { entries: entriesAllowed, inflatedBytes: pdfLimits.inflatedTotalBytes };
  const sections: XrefSection[] = [];
  const entries = new Map<number, XrefEntry>();
  const seen = new Set<number>();
  const read = (offset: number): XrefSection => {
    if (seen.has(offset)) throw malformed("the cross-reference sections form a loop", offset);
    if (seen.size >= pdfLimits.xrefSections)
      throw new PdfError("pdf-too-large", "too many cross-reference sections");
    seen.add(offset);
    const section = readXrefSection(bytes, offset, budget);
    if (section.trailer.entries.has("Encrypt"))
      throw new PdfError("pdf-encrypted", "the document is encrypted");
    sections.push(section);
    return section;
  };
  for (let offset: number | undefined = startXrefOf(bytes); offset !== undefined;) {
    const section = read(offset);
    const hidden = section.kind === "table" ? offsetIn(section, "XRefStm") : undefined;
    const layer = hidden === undefined ? section.entries : hybridEntries(section, read(hidden));
    for (const [number, entry] of layer) if (!entries.has(number)) entries.set(number, entry);
    offset = offsetIn(section, "Prev");
  }
  const [newest] = sections;
  if (newest === undefined) throw malformed("there is no cross-reference section");
  return { sections, newest, entries, nextNumber: nextNumberOf(sections) };
}

/**
 * Objects that the table calls free, or leaves out, are looked up in the stream beside it (ISO 32000-1 §7.5.8.4). One that
 * both have in use at different places is two objects to two readers.
 */
function hybridEntries(table: XrefSection, stream: XrefSection): Map<number, XrefEntry> {
  const entries = new Map(table.entries);
  for (const [number, entry] of stream.entries) {
    const listed = entries.get(number);
    if (listed === undefined || listed.kind === "free") entries.set(number, entry);
    else if (entry.kind !== "free" && !isSameEntry(listed, entry)) {
      throw malformed(`object ${String(number)} is in two places`, stream.offset);
    }
  }
  return entries;
}

function offsetIn(section: XrefSection, key: "Prev" | "XRefStm"): number | undefined {
  const value = section.trailer.entries.get(key);
  if (value === undefined) return undefined;
  const offset = integerOf(value, key);
  if (offset < 0) throw malformed(`${key} is negative`);
  return offset;
}

function nextNumberOf(sections: readonly XrefSection[]): number {
  let next = 1;
  for (const section of sections) {
    next = Math.max(next, integerOf(section.trailer.entries.get("Size"), "Size"));
    for (const number of section.entries.keys()) next = Math.max(next, number + 1);
  }
  return next;
}

/** The number after the last `startxref`, which must belong to the last end-of-file marker. */
function startXrefOf(bytes: Uint8Array): number {
  const marker = findLastText(bytes, "%%EOF", bytes.length - tailBytes);
  if (marker === -1) throw new PdfError("pdf-truncated", "the end-of-file marker is missing");
  const offset = startXrefBefore(bytes, marker);
  if (offset === undefined) throw malformed("startxref is missing before the end-of-file marker", marker);
  // What follows the marker may be padding, never another revision whose marker was damaged.
  if (["startxref", "endobj", "xref"].some((word) => findText(bytes, word, marker) !== -1)) {
    throw malformed("structure follows the last end-of-file marker", marker);
  }
  return offset;
}

/** The offset that stands in `startxref … %%EOF` before the marker at `marker`. */
export function startXrefBefore(bytes: Uint8Array, marker: number): number | undefined {
  // Backwards, byte by byte: a hostile file consists of markers.
  const digitsEnd = skipBack(bytes, marker, isLineSpace);
  const digitsStart = skipBack(bytes, digitsEnd, isDigit);
  const wordEnd = skipBack(bytes, digitsStart, isLineSpace);
  const word = "startxref";
  const isWhole = digitsEnd < marker && digitsStart < digitsEnd && wordEnd < digitsStart;
  if (!isWhole || digitsEnd - digitsStart > 15 || !standsAt(bytes, wordEnd - word.length, word))
    return undefined;
  return Number(latin1Of(bytes.subarray(digitsStart, digitsEnd)));
}

/** How far each of the three gaps around the number of `startxref` may reach. */
const longestGapBytes = 32;

function skipBack(bytes: Uint8Array, from: number, passes: (byte: number | undefined) => boolean): number {
  let at = from;
  while (from - at < longestGapBytes && at > 0 && passes(bytes[at - 1])) at -= 1;
  return at;
}

function isLineSpace(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0x20;
}

/** Whether anything but white space follows the last end-of-file marker. */
export function hasTrailingBytes(bytes: Uint8Array): boolean {
  const marker = findLastText(bytes, "%%EOF", 0);
  return bytes.subarray(marker + 5).some((byte) => !isWhiteSpace(byte));
}
