import { sql } from "kysely";
import type { Kysely } from "kysely";

import { isPostgres } from "./dialect.ts";

const sqliteTables = sql<{ name: string }>`
  select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name`;
/** Nothing is asked about what is not the schema's own: others may be dropping it at this moment, and the answer would be an error. */
const postgresTables = sql<{ name: string }>`
  select relname as name from pg_class
  where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') order by name`;

/** The tables of this database, or of its schema in PostgreSQL, and of no other on the same server. */
export async function tableNames<Schema>(db: Kysely<Schema>): Promise<readonly string[]> {
  const { rows } = await (isPostgres(db) ? postgresTables : sqliteTables).execute(db);
  return rows.map(({ name }) => name);
}
