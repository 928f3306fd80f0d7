/** Why bytes are not a certificate or a certificate request we accept. */
export type X509ErrorCode =
  | "certificate-malformed"
  | "certificate-version"
  | "certificate-duplicate-extension"
  | "certificate-algorithm-mismatch"
  | "certificate-too-large"
  | "certificate-pem"
  | "trust-list-empty";

/** The input is not a certificate that follows RFC 5280; `cause` is the DER error, if that is what it was. */
export class X509Error extends Error {
  readonly code: X509ErrorCode;

  constructor(code: X509ErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "X509Error";
    this.code = code;
  }
}
