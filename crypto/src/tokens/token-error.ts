/** Why a token is not believed. */
export type TokenErrorCode =
  | "token-malformed"
  | "token-algorithm"
  | "token-type"
  | "token-critical"
  | "token-key-unknown"
  | "token-signature-wrong"
  | "token-expired"
  | "token-not-yet-valid"
  | "token-issuer"
  | "token-audience"
  | "token-claim";

/** A token that is not believed. The message names the member of the header or payload, never its value. */
export class TokenError extends Error {
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TokenError";
    this.code = code;
  }
}
