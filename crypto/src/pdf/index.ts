/**
 * PDF (ISO 32000-1) as a container for signatures: read strictly, extended by appending.
 *
 * `openPdf` follows the cross-reference chain the way a viewer does and lists pages, revisions and the signatures that the
 * form's fields lead to, each with its structural problems; it knows nothing of certificates or seals. `preparePdfSeal`
 * appends one revision with a place for a seal signature; its digest is signed elsewhere, and `complete` puts the value in. `changesAfter` tells a
 * file to which only further seals were added from one that was altered.
 */
export { openPdf } from "./open.ts";
export type { PdfFile, PdfQuirk } from "./open.ts";
export type { PdfDocument } from "./document.ts";
export type { PdfPage, Rectangle, Rotation } from "./page-tree.ts";
export type { PdfRevision } from "./revisions.ts";
export type { ByteRange, PdfSignature } from "./signatures.ts";
export type { PdfProblem, PdfProblemCode } from "./signature-contents.ts";
export { changesAfter } from "./later-changes.ts";
export type { PdfChange } from "./later-changes.ts";
export { preparePdfSeal } from "./prepare-seal.ts";
export type { PdfSealRequest, PreparedPdfSeal } from "./prepare-seal.ts";
export type { DisplayedBox } from "./placement.ts";
export { PdfError } from "./pdf-error.ts";
export type { PdfErrorCode } from "./pdf-error.ts";
export { pdfLimits } from "./limits.ts";
