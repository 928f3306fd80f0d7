export type AuditLogProblem =
  /** There are fewer events than were signed: the database, or the folder too, is an older one. */
  | "rolled-back"
  /** The events are not those that were signed. */
  | "diverged"
  | "folder-unusable"
  | "key-unavailable"
  | "witness-refused"
  | "witness-absent";

/** The log cannot go on: signing would contradict what was signed, or cannot be done now. */
export class AuditLogError extends Error {
  readonly code: AuditLogProblem;

  constructor(code: AuditLogProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AuditLogError";
    this.code = code;
  }

  /** Trying again does not help; an officer has to decide. */
  get isFinal(): boolean {
    return this.code === "rolled-back" || this.code === "diverged";
  }
}
