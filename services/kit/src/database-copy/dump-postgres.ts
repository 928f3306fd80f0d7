import pg from "pg";

import type { DatabaseLocation } from "../database/index.ts";
import { readPostgresSchema } from "./postgres-schema.ts";

/** Rows of a line of the dump. */
const rowsAtOnce = 500;
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

/** One connection that sees one schema. The error names no password. */
export async function connectTo({ url, schema }: DatabaseLocation): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMilliseconds,
    application_name: `yinxin-${schema}-copy`,
    options: `-c search_path=${schema}`,
  });
  await client.connect();
  return client;
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
