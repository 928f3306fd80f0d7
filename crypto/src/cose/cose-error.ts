export type CoseErrorCode = "cbor-malformed" | "cose-malformed" | "cose-algorithm" | "receipt-malformed";

/** Bytes are not CBOR, COSE or a receipt as the standards say; the message names the part. */
export class CoseError extends Error {
  readonly code: CoseErrorCode;

  constructor(code: CoseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CoseError";
    this.code = code;
  }
}
