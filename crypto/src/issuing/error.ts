/** Why a certificate, a list or a response is not issued, or a request not accepted. */
export type IssuingErrorCode =
  | "name-invalid"
  | "serial-number-invalid"
  | "validity-invalid"
  | "public-key-unsupported"
  | "issuer-unfit"
  | "profile-forbids"
  | "extension-invalid"
  | "lint-failed"
  | "request-malformed"
  | "request-unacceptable"
  | "issued-certificate-wrong"
  | "certificate-list-invalid"
  | "issued-certificate-list-wrong"
  | "ocsp-response-invalid"
  | "issued-ocsp-response-wrong";

/** Nothing was issued. The message is for the operator of the authority. */
export class IssuingError extends Error {
  readonly code: IssuingErrorCode;

  constructor(code: IssuingErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "IssuingError";
    this.code = code;
  }
}
