/** Why a status list, or a token with one, is not believed. */
export type StatusListErrorCode =
  | "status-list-malformed"
  | "status-list-too-large"
  | "status-list-not-about-this"
  | "status-list-expired"
  | "status-list-not-yet-valid"
  | "status-list-signature-wrong";

export class StatusListError extends Error {
  readonly code: StatusListErrorCode;

  constructor(code: StatusListErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StatusListError";
    this.code = code;
  }
}
