/** Whether a statement failed because a unique key or primary key exists already, on either database. */
export function isUniqueViolation(error: unknown): boolean {
  const code = codeOf(error);
  // SQLite's result codes; PostgreSQL's SQLSTATE unique_violation.
  return code === "SQLITE_CONSTRAINT_UNIQUE" || code === "SQLITE_CONSTRAINT_PRIMARYKEY" || code === "23505";
}

/** Whether the database undid a transaction only because of another one: the same work can succeed when done again. */
export function isLostRace(error: unknown): boolean {
  const code = codeOf(error);
  // PostgreSQL serialization_failure and deadlock_detected.
  return code === "40001" || code === "40P01";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
