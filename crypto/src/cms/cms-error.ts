/**
 * Why bytes are not a CMS message we read, or why one may not be made.
 *
 * - `cms-format`: not the structure of RFC 5652 §5 or GB/T 35275-2017.
 * - `cms-not-signed-data`: a ContentInfo of another type.
 * - `cms-too-large`: more bytes, signers, certificates or attributes than anybody uses; see {@link cmsLimits}.
 * - `cms-request-invalid`: what was asked for may not become a signature.
 * - `key-mismatch`: the key is not the one in the signer's certificate.
 * - `signature-wrong`: the signature value that came back does not verify.
 */
export type CmsErrorCode =
  | "cms-format"
  | "cms-not-signed-data"
  | "cms-too-large"
  | "cms-request-invalid"
  | "key-mismatch"
  | "signature-wrong";

/** `offset`, where there is one, counts bytes from the start of the parsed input. */
export class CmsError extends Error {
  readonly code: CmsErrorCode;

  constructor(code: CmsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CmsError";
    this.code = code;
  }
}
