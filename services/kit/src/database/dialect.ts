import { PostgresAdapter } from "kysely";
import type { ColumnDataType, QueryExecutorProvider } from "kysely";

/** Whether the database is PostgreSQL or an engine that speaks like it; otherwise it is SQLite. Takes a transaction too. */
export function isPostgres(db: QueryExecutorProvider): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** The type of a column of bytes: `blob` or `bytea`. Values go in and come out as `Uint8Array`. */
export function bytesColumn(db: QueryExecutorProvider): ColumnDataType {
  return isPostgres(db) ? "bytea" : "blob";
}
