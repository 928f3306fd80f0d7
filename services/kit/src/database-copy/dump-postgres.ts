import pg from "pg";

import type { DatabaseLocation } from "../database/index.ts";
import { DatabaseCopyError } from "./database-copy-error.ts";
import { readPostgresSchema } from "./postgres-schema.ts";

/** Rows of a line of the dump, at most. */
const rowsAtOnceMax = 500;
/** So much text at once: rows with documents in them go one by one, and no line comes near the longest string that there is. */
const lineCharacters = 8 * 1024 * 1024;
const connectMilliseconds = 5000;

/**
 * A service's schema in PostgreSQL as it is at one moment: one transaction of the isolation level REPEATABLE READ, which others may
 * write beside. It gives JSON lines: the schema; then rows of tables, every value in PostgreSQL's own text or null; then the number of
 * rows of each table, without which the dump was cut.
 *
 * @throws DatabaseCopyError `object-not-copied`, while it is read.
 */
export async function* dumpPostgres(location: DatabaseLocation): AsyncGenerator<string, void, undefined> {
  const client = await connectTo(location);
  try {
    await client.query("begin transaction isolation level repeatable read, read only");
    const schema = await readPostgresSchema(client);
    yield JSON.stringify(schema);
    const counts: Record<string, number> = {};
    for (const { name, columns } of schema.tables) {
      counts[name] = 0;
      const rowsAtOnce = await rowsOfALine(client, name, columns);
      const list = columns.map((column) => `${quoted(column.name)}::text`).join(", ");
      await client.query(`declare yinxin_rows no scroll cursor for select ${list} from ${quoted(name)}`);
      for (;;) {
        const text = `fetch ${String(rowsAtOnce)} from yinxin_rows`;
        const { rows } = await client.query<(string | null)[]>({ text, rowMode: "array" });
        if (rows.length === 0) break;
        counts[name] += rows.length;
        yield JSON.stringify({ table: name, rows });
      }
      await client.query("close yinxin_rows");
    }
    yield JSON.stringify({ counts });
  } finally {
    await client.end();
  }
}

interface DumpedColumn {
  readonly name: string;
  readonly type: string;
}

/** By the longest row that the table has: its octets are counted without being read. */
async function rowsOfALine(
  client: pg.ClientBase,
  table: string,
  columns: readonly DumpedColumn[],
): Promise<number> {
  const lengths = columns.map(({ name, type }) => {
    const column = quoted(name);
    if (type === "bytea") return `2 * coalesce(octet_length(${column}), 0)::bigint`;
    return `coalesce(octet_length(${type === "text" ? column : `${column}::text`}), 0)::bigint`;
  });
  const sum = ["8", ...lengths].join(" + ");
  const { rows } = await client.query<{ longest: string | null }>(
    `select max(${sum})::text as longest from ${quoted(table)}`,
  );
  const longest = Number(rows[0]?.longest ?? "8");
  return Math.max(1, Math.min(rowsAtOnceMax, Math.floor(lineCharacters / longest)));
}

/** What PostgreSQL and our own migrations call a schema: it goes into the options of a connection. */
const schemaName = /^[a-z][a-z0-9_]{0,62}$/;

/** One connection that sees one schema. The error names no password. @throws DatabaseCopyError `database-url` */
export async function connectTo({ url, schema }: DatabaseLocation): Promise<pg.Client> {
  if (!schemaName.test(schema))
    throw new DatabaseCopyError("database-url", "the schema's name has other characters than a-z, 0-9 and _");
  const client = clientOf(url, {
    connectionTimeoutMillis: connectMilliseconds,
    application_name: `yinxin-${schema}-copy`,
    options: `-c search_path=${schema}`,
  });
  await client.connect();
  return client;
}

/** What is thrown for an address that is none has the address in it, with its password: it goes no further. */
function clientOf(url: string, config: pg.ClientConfig): pg.Client {
  try {
    if (/^postgres(ql)?:\/\//.test(url)) return new pg.Client({ ...config, connectionString: url });
  } catch {
    // Told below.
  }
  throw new DatabaseCopyError("database-url", "the database's address is none of a PostgreSQL server");
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
