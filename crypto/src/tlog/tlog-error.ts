export type TlogErrorCode =
  | "note-malformed"
  | "note-key-malformed"
  | "note-key-not-supported"
  | "note-text-malformed"
  | "checkpoint-malformed"
  | "tile-malformed"
  | "tile-not-authentic"
  | "proof-malformed"
  | "policy-malformed";

/** Something of a log is not what its C2SP specification says; the message names the part. */
export class TlogError extends Error {
  readonly code: TlogErrorCode;

  constructor(code: TlogErrorCode, message: string) {
    super(message);
    this.name = "TlogError";
    this.code = code;
  }
}
