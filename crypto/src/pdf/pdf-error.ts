/**
 * Why a PDF cannot be read or sealed.
 *
 * Reading: `not-pdf`; `pdf-truncated` (no end-of-file marker); `pdf-malformed` (a structure that we would have to guess at);
 * `pdf-encrypted`; `pdf-too-large` (a limit of {@link pdfLimits}).
 * Sealing: `page-not-found`, `placement-outside-page`, `pdf-signing-not-permitted` (the document or an earlier signature
 * forbids it), `picture-unsupported`, `field-name-refused`, `contents-too-large` (the signature does not fit its space).
 */
export type PdfErrorCode =
  | "not-pdf"
  | "pdf-truncated"
  | "pdf-malformed"
  | "pdf-encrypted"
  | "pdf-too-large"
  | "page-not-found"
  | "placement-outside-page"
  | "pdf-signing-not-permitted"
  | "picture-unsupported"
  | "field-name-refused"
  | "contents-too-large";

export class PdfError extends Error {
  readonly code: PdfErrorCode;

  constructor(code: PdfErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PdfError";
    this.code = code;
  }
}

/** A `pdf-malformed` that says where in the file, or in which decoded stream, reading stopped. */
export function malformed(what: string, offset?: number): PdfError {
  return new PdfError("pdf-malformed", offset === undefined ? what : `${what} (at byte ${String(offset)})`);
}
