import { readDocument } from "./document.ts";
import type { PdfDocument } from "./document.ts";
import { readFields } from "./fields.ts";
import type { PdfField } from "./fields.ts";
import { pdfLimits } from "./limits.ts";
import { readPages } from "./page-tree.ts";
import type { PdfPage } from "./page-tree.ts";
import { readRevisions } from "./revisions.ts";
import type { PdfRevision } from "./revisions.ts";
import { findText } from "./scan.ts";
import { readSignatures } from "./signatures.ts";
import type { PdfSignature } from "./signatures.ts";
import { hasTrailingBytes } from "./xref-chain.ts";

/** Something unusual that readers tolerate: named, never silent. */
export interface PdfQuirk {
  /**
   * `unreachable-signature`: the text /ByteRange stands where no field of the form leads, so perhaps a signature was cut off;
   * `bytes-after-eof`: something that is not structure follows the last end-of-file marker.
   */
  readonly code: "unreachable-signature" | "bytes-after-eof";
  readonly where: string;
}

/** A PDF that was read without guessing. */
export interface PdfFile {
  /** The file itself. It must not change while this is in use. */
  readonly bytes: Uint8Array;
  readonly pages: readonly PdfPage[];
  /** In the order of the form's fields. */
  readonly signatures: readonly PdfSignature[];
  /** Oldest first. What follows a signature is the revisions whose `end` is behind its `revisionEnd`. */
  readonly revisions: readonly PdfRevision[];
  readonly quirks: readonly PdfQuirk[];
  /** The objects behind all this. */
  readonly document: PdfDocument;
}

/**
 * Reads a PDF (ISO 32000-1) by its cross-reference chain, as a viewer does. Nothing is repaired: a file that needs
 * guessing is refused, because somebody else would guess differently.
 *
 * @throws PdfError `not-pdf`, `pdf-truncated`, `pdf-malformed`, `pdf-encrypted`, `pdf-too-large`
 */
export function openPdf(bytes: Uint8Array): PdfFile {
  const document = readDocument(bytes);
  const pages = readPages(document);
  const revisions = readRevisions(document);
  const { fields } = readFields(document);
  const signatures = readSignatures(document, fields, revisions);
  return { bytes, pages, signatures, revisions, quirks: quirksOf(document, fields), document };
}

function quirksOf(document: PdfDocument, fields: readonly PdfField[]): readonly PdfQuirk[] {
  const { bytes } = document;
  const reached = fields
    .map((field) => document.resolve(field.value))
    .filter((value) => value.source === bytes)
    .sort((one, other) => one.start - other.start);
  const quirks: PdfQuirk[] = [];
  const mark = "/ByteRange";
  let next = 0;
  let reachedEnd = 0;
  for (let at = findText(bytes, mark, 0); at !== -1; at = findText(bytes, mark, at + mark.length)) {
    // Both lists go forwards, so the one pass stays linear however many there are of either.
    for (let value = reached[next]; value !== undefined && value.start <= at; value = reached[next]) {
      reachedEnd = Math.max(reachedEnd, value.end);
      next += 1;
    }
    if (at < reachedEnd) continue;
    quirks.push({ code: "unreachable-signature", where: `byte ${String(at)}` });
    if (quirks.length >= pdfLimits.quirks) break;
  }
  if (hasTrailingBytes(bytes)) quirks.push({ code: "bytes-after-eof", where: "end of file" });
  return quirks;
}
