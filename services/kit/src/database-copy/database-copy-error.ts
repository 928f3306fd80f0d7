export type DatabaseCopyErrorCode =
  /** The database holds something that a copy would lose: a view, a sequence, a function. */
  | "object-not-copied"
  /** The dump is not what this program writes. */
  | "dump-malformed"
  /** There is something already where the copy should go. */
  | "target-not-empty"
  /** Another restore is at work on the same schema. */
  | "schema-in-use"
  /** The address is none of a PostgreSQL server. */
  | "database-url";

/** A database that cannot be copied or restored as a whole. */
export class DatabaseCopyError extends Error {
  readonly code: DatabaseCopyErrorCode;

  constructor(code: DatabaseCopyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseCopyError";
    this.code = code;
  }
}
