/**
 * Why a seal or a seal signature cannot be read or made.
 *
 * - `seal-format`: the bytes are not the structure of GB/T 38540-2020 §6.1 or §7.1, or of another edition.
 * - `seal-version-unsupported`: an edition nobody knows; what was asked for does not exist in this edition.
 * - `seal-request-invalid`: what was asked for may not become a seal or a seal signature.
 * - `signer-not-in-seal`: the certificate is not one the seal was made for.
 * - `key-mismatch`: the key is not the one the certificate names, or it is not an SM2 key.
 * - `signature-wrong`: the signature value that came back does not verify.
 */
export type SealErrorCode =
  | "seal-format"
  | "seal-version-unsupported"
  | "seal-request-invalid"
  | "signer-not-in-seal"
  | "key-mismatch"
  | "signature-wrong";

export class SealError extends Error {
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SealError";
    this.code = code;
  }
}
