import { PostgresDialect } from "kysely";
import pg from "pg";

import type { DatabaseLocation } from "./database-location.ts";

/** Connections of one process; PostgreSQL's default of 100 is shared by all services. */
const connectionsMax = 10;
const connectMilliseconds = 5000;
/** A statement that runs longer has met a lock or a missing index; the caller has long given up. */
const statementMilliseconds = 15_000;

/** The dialect over a pool whose connections see one schema only. */
export async function createPostgresDialect({
  url,
  schema,
  log,
}: DatabaseLocation): Promise<PostgresDialect> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connectionsMax,
    connectionTimeoutMillis: connectMilliseconds,
    statement_timeout: statementMilliseconds,
    idle_in_transaction_session_timeout: statementMilliseconds,
    application_name: `yinxin-${schema}`,
    options: `-c search_path=${schema}`,
    types: { getTypeParser: typeParserOf },
  });
  // Without a listener, a broken idle connection would end the process.
  pool.on("error", (cause) => log?.warn({ err: cause }, "an idle database connection broke"));
  try {
    await createSchema(pool, schema);
    return new PostgresDialect({ pool });
  } catch (cause) {
    await pool.end();
    throw cause;
  }
}

async function createSchema(pool: pg.Pool, schema: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    // Two processes that start together would otherwise both find it missing and one would fail.
    await client.query("select pg_advisory_xact_lock(hashtext($1))", [`yinxin schema ${schema}`]);
    const found = await client.query("select 1 from information_schema.schemata where schema_name = $1", [
      schema,
    ]);
    // The name was checked to be a plain identifier; a role without CREATE may use a schema that was made for it.
    if (found.rowCount === 0) await client.query(`create schema "${schema}"`);
    await client.query("commit");
    client.release();
  } catch (cause) {
    client.release(true);
    throw cause;
  }
}

const int8Oid = 20;

/** Counts and 64-bit integers come as text from the driver; SQLite gives numbers, so PostgreSQL does too. */
const typeParserOf: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === int8Oid
    ? safeIntegerOf
    : (pg.types.getTypeParser as (oid: number, format?: string) => unknown)(oid, format);

function safeIntegerOf(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError("a 64-bit integer does not fit a number");
  return number;
}
