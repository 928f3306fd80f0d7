/** Why something is not enveloped, or an envelope not opened. */
export type EnvelopeErrorCode =
  /** Not the structure that the standards define, or larger than the limits. */
  | "envelope-malformed"
  /** An algorithm that this code does not know, or does not use: PKCS #1 v1.5 encryption, triple DES. */
  | "envelope-algorithm-unsupported"
  /** None of the recipients is the one whose key was given. */
  | "recipient-not-found"
  /** Nothing can be encrypted to this key, or its certificate does not allow it. */
  | "recipient-unfit"
  /** The key, or the content, does not decrypt: one code, and one message, for every reason. */
  | "envelope-not-opened";

/** Nothing of the content was given out. */
export class EnvelopeError extends Error {
  readonly code: EnvelopeErrorCode;

  constructor(code: EnvelopeErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "EnvelopeError";
    this.code = code;
  }
}

/** The one error of every opening that fails after the structure was read; it carries no cause. */
export function notOpened(): EnvelopeError {
  return new EnvelopeError("envelope-not-opened", "the envelope does not open with this key");
}
