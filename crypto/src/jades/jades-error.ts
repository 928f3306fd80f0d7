export type JadesErrorCode = "jades-malformed" | "jades-key-mismatch";

/** A text is no JAdES signature that is read here, or none can be made so. The message names the part. */
export class JadesError extends Error {
  readonly code: JadesErrorCode;

  constructor(code: JadesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "JadesError";
    this.code = code;
  }
}
