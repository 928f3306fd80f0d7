/** Why a credential is not believed. */
export type SdJwtErrorCode =
  | "sd-jwt-malformed"
  | "sd-jwt-digest-algorithm"
  | "sd-jwt-disclosure-malformed"
  | "sd-jwt-digest-twice"
  | "sd-jwt-disclosure-unreferenced"
  | "sd-jwt-claim-collision"
  | "sd-jwt-claim-must-be-open"
  | "sd-jwt-claim-must-be-concealed"
  | "sd-jwt-type"
  | "sd-jwt-expired"
  | "sd-jwt-not-yet-valid"
  | "sd-jwt-signature-wrong"
  | "key-binding-missing"
  | "key-binding-wrong";

/** A credential that is not believed. The message names the part, never its value. */
export class SdJwtError extends Error {
  readonly code: SdJwtErrorCode;

  constructor(code: SdJwtErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SdJwtError";
    this.code = code;
  }
}
