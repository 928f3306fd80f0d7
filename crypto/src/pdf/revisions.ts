import type { PdfDocument } from "./document.ts";
import { findText } from "./scan.ts";
import { startXrefBefore } from "./xref-chain.ts";

/** A state in which the document was once saved; the next one was appended to it. */
export interface PdfRevision {
  /** One past its last byte, its final line end included. */
  readonly end: number;
  /** Behind the end-of-file marker, before its line end. */
  readonly markerEnd: number;
}

/**
 * The revisions, oldest first: the end-of-file markers whose startxref is part of the newest revision's chain. The extra
 * marker near the front of a linearized file does not end one.
 */
export function readRevisions(document: PdfDocument): readonly PdfRevision[] {
  const { bytes, xref } = document;
  const known = new Set(xref.sections.map((section) => section.offset));
  const revisions: PdfRevision[] = [];
  for (let at = findText(bytes, "%%EOF", 0); at !== -1; at = findText(bytes, "%%EOF", at + 5)) {
    const offset = startXrefBefore(bytes, at);
    if (offset === undefined || !known.has(offset)) continue;
    const markerEnd = at + 5;
    revisions.push({ markerEnd, end: markerEnd + lineEndBytes(bytes, markerEnd) });
  }
  return revisions;
}

function lineEndBytes(bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0x0d) return bytes[at + 1] === 0x0a ? 2 : 1;
  return bytes[at] === 0x0a ? 1 : 0;
}
