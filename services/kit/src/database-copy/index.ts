/**
 * Whole databases in and out, for backup and restore: SQLite by its own online backup, PostgreSQL through the driver. A copy is taken
 * while the service writes, is as the database was at one moment, and loses nothing: what it does not know how to copy it refuses.
 */
export { copySqlite, inspectSqlite } from "./copy-sqlite.ts";
export type { SqliteInspection } from "./copy-sqlite.ts";
export { DatabaseCopyError } from "./database-copy-error.ts";
export type { DatabaseCopyErrorCode } from "./database-copy-error.ts";
export { dumpPostgres } from "./dump-postgres.ts";
export { restorePostgres } from "./restore-postgres.ts";
export { publishPostgres, stagePostgres } from "./stage-postgres.ts";
export type { SchemaToPublish, StagedSchema } from "./stage-postgres.ts";
