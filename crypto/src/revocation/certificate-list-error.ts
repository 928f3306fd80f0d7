/** Why bytes are not a certificate revocation list that is read here. */
export type CertificateListErrorCode =
  "list-malformed" | "list-version" | "list-algorithm-mismatch" | "list-too-large";

/** The input is not a list that follows RFC 5280 §5; `cause` is the DER or X.509 error, if that is what it was. */
export class CertificateListError extends Error {
  readonly code: CertificateListErrorCode;

  constructor(code: CertificateListErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "CertificateListError";
    this.code = code;
  }
}
