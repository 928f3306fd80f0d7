/**
 * Why a file is not an OFD package we read, or why it cannot be sealed as asked. `zip-*` and `too-many-entries` are about
 * the container, `xml-malformed` about one part's syntax, `ofd-malformed` about what the parts say together; the last
 * three are refusals of a new seal signature.
 */
export type OfdErrorCode =
  | "not-ofd"
  | "zip-truncated"
  | "zip-malformed"
  | "zip-entry-path"
  | "zip-duplicate-entry"
  | "zip-bomb"
  | "zip-encrypted"
  | "too-many-entries"
  | "xml-malformed"
  | "ofd-malformed"
  | "page-not-found"
  | "placement-outside-page"
  | "signing-closed";

/** `part` is the entry of the package that is at fault, when there is one. */
export class OfdError extends Error {
  readonly code: OfdErrorCode;
  readonly part: string | undefined;

  constructor(code: OfdErrorCode, message: string, part?: string, options?: ErrorOptions) {
    super(part === undefined ? message : `${part}: ${message}`, options);
    this.name = "OfdError";
    this.code = code;
    this.part = part;
  }
}
