/**
 * - `timestamp-format`: not the structure of RFC 3161.
 * - `timestamp-request-invalid`: what was asked for may not become a token, or the certificate is no time stamper's.
 */
export type TimeStampErrorCode = "timestamp-format" | "timestamp-request-invalid";

export class TimeStampError extends Error {
  readonly code: TimeStampErrorCode;

  constructor(code: TimeStampErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TimeStampError";
    this.code = code;
  }
}
