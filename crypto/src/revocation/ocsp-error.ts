/** Why bytes are not an OCSP message we read. */
export type OcspErrorCode = "ocsp-malformed" | "ocsp-too-large" | "ocsp-version" | "ocsp-request-invalid";

/** The input is not an OCSP request or response that follows RFC 6960; `cause` is the error beneath, if there is one. */
export class OcspError extends Error {
  readonly code: OcspErrorCode;

  constructor(code: OcspErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "OcspError";
    this.code = code;
  }
}
