/**
 * One database a service: a file for SQLite, or a schema of its own in PostgreSQL. The same migrations and the same queries
 * run on both, so columns keep to what both have: text, integer, bytes ({@link bytesColumn}); times are RFC 3339 text in
 * UTC, which sorts as time does; booleans are integers 0 and 1.
 *
 * A change is one {@link transact} that ends in a compare-and-swap; nothing but the store is awaited inside.
 */
export { DatabaseError, openDatabase } from "./open-database.ts";
export type { DatabaseErrorCode } from "./open-database.ts";
export type { DatabaseLocation } from "./database-location.ts";
export { bytesColumn, isPostgres } from "./dialect.ts";
export { migrateToLatest, MigrationError } from "./migrate.ts";
export type { Migration } from "./migrate.ts";
export { tableNames } from "./table-names.ts";
export { transact } from "./transact.ts";
export { isUniqueViolation } from "./violations.ts";
