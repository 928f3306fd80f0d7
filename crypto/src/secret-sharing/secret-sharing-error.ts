export type SecretSharingErrorCode =
  /** A threshold, a count or a length that no set has. */
  | "share-set-invalid"
  /** Bytes or words that are no share, or whose checksum fails. */
  | "share-malformed"
  /** Fewer shares than the threshold. */
  | "shares-too-few"
  /** Shares of different sets, or one share twice with different contents. */
  | "shares-of-different-sets"
  /** A share that is not the one which was handed out; {@link SecretSharingError.indices} names it where that can be told. */
  | "share-wrong";

/** Shares that cannot be used. The message never holds a share's content. */
export class SecretSharingError extends Error {
  readonly code: SecretSharingErrorCode;
  /** Which shares are wrong, by their numbers; empty if it cannot be told which. */
  readonly indices: readonly number[];

  constructor(code: SecretSharingErrorCode, message: string, indices: readonly number[] = []) {
    super(message);
    this.name = "SecretSharingError";
    this.code = code;
    this.indices = indices;
  }
}
