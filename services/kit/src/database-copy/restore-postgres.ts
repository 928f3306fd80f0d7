import type pg from "pg";
import { z } from "zod";

import type { DatabaseLocation } from "../database/index.ts";
import { DatabaseCopyError } from "./database-copy-error.ts";
import { connectTo, quoted } from "./dump-postgres.ts";
import { postgresSchemaShape } from "./postgres-schema.ts";
import type { PostgresSchema } from "./postgres-schema.ts";

const rowsLine = z.strictObject({
  table: z.string(),
  rows: z.array(z.array(z.string().nullable()).max(500)).max(10_000),
});
const countsLine = z.strictObject({ counts: z.record(z.string(), z.int().min(0)) });

/**
 * Makes a schema anew from what `dumpPostgres` gave, all of it in one transaction.
 *
 * @returns the rows of each table.
 * @throws DatabaseCopyError `target-not-empty` if the schema has tables; `dump-malformed` for anything that is not a whole dump.
 *   Nothing is left of a restore that fails.
 */
export async function restorePostgres(
  location: DatabaseLocation,
  lines: AsyncIterable<string>,
): Promise<Readonly<Record<string, number>>> {
  const client = await connectTo(location);
  try {
    await client.query("begin");
    await client.query(`create schema if not exists ${quoted(location.schema)}`);
    await checkEmpty(client, location.schema);
    const counts = await load(client, lines);
    await client.query("commit");
    return counts;
  } finally {
    // Ends the transaction too, if it is still open.
    await client.end();
  }
}

/** @throws DatabaseCopyError `target-not-empty` */
export async function checkEmpty(client: pg.ClientBase, schema: string): Promise<void> {
  const found = await client.query("select 1 from pg_class where relnamespace = $1::regnamespace limit 1", [
    quoted(schema),
  ]);
  if (found.rowCount !== 0)
    throw new DatabaseCopyError("target-not-empty", `the schema ${schema} is not empty`);
}

type Counts = Record<string, number>;

async function load(client: pg.ClientBase, lines: AsyncIterable<string>): Promise<Counts> {
  const loaded: Counts = {};
  let schema: PostgresSchema | undefined;
  let counts: Counts | undefined;
  for await (const line of lines) {
    const value = jsonOf(line);
    if (counts !== undefined) throw malformed("something follows its end");
    if (schema === undefined) {
      schema = checked(postgresSchemaShape, value);
      await createTables(client, schema);
      continue;
    }
    counts = countsLine.safeParse(value).data?.counts;
    if (counts === undefined) await loadRows(client, schema, checked(rowsLine, value), loaded);
  }
  if (schema === undefined || counts === undefined) throw malformed("it was cut");
  checkCounts(counts, loaded);
  await createConstraints(client, schema);
  return counts;
}

function checkCounts(counts: Counts, loaded: Counts): void {
  for (const [name, count] of Object.entries(counts)) {
    if ((loaded[name] ?? 0) !== count) throw malformed(`rows of ${name} are missing`);
  }
}

async function loadRows(
  client: pg.ClientBase,
  schema: PostgresSchema,
  { table, rows }: z.output<typeof rowsLine>,
  loaded: Counts,
): Promise<void> {
  await insertRows(client, tableOf(schema, table), rows);
  loaded[table] = (loaded[table] ?? 0) + rows.length;
}

type Table = PostgresSchema["tables"][number];

function tableOf({ tables }: PostgresSchema, name: string): Table {
  const table = tables.find((each) => each.name === name);
  if (table === undefined) throw malformed("rows of a table that is not in the schema");
  return table;
}

async function createTables(client: pg.ClientBase, { tables }: PostgresSchema): Promise<void> {
  for (const { name, columns } of tables) {
    const described = columns.map((column) => {
      const rest = [
        column.not_null ? " not null" : "",
        column.default === null ? "" : ` default ${column.default}`,
      ];
      return `${quoted(column.name)} ${column.type}${rest.join("")}`;
    });
    await runOne(client, `create table ${quoted(name)} (${described.join(", ")})`);
  }
}

/** After the rows: faster, and foreign keys need no order. */
async function createConstraints(
  client: pg.ClientBase,
  { constraints, indexes }: PostgresSchema,
): Promise<void> {
  for (const { table, name, definition } of constraints) {
    await runOne(client, `alter table ${quoted(table)} add constraint ${quoted(name)} ${definition}`);
  }
  for (const { definition } of indexes) await runOne(client, definition);
}

/** What a dump says of a schema is SQL: one statement, and no second one behind it, as the extended protocol has it. */
async function runOne(client: pg.ClientBase, text: string): Promise<void> {
  await client.query({ text, queryMode: "extended" } as pg.QueryConfig);
}

async function insertRows(
  client: pg.ClientBase,
  { name, columns }: Table,
  rows: readonly (readonly (string | null)[])[],
): Promise<void> {
  if (rows.some((row) => row.length !== columns.length))
    throw malformed(`a row of ${name} has other columns`);
  // One array a column: a statement has 65,535 parameters at most, and this needs one for each column.
  const parameters = columns.map((_, at) => rows.map((row) => row[at] ?? null));
  const arrays = columns.map((_, at) => `$${String(at + 1)}::text[]`).join(", ");
  const names = columns.map((column) => quoted(column.name)).join(", ");
  const values = columns.map(({ type }, at) => `c${String(at)}::${type}`).join(", ");
  const aliases = columns.map((_, at) => `c${String(at)}`).join(", ");
  await client.query(
    `insert into ${quoted(name)} (${names}) select ${values} from unnest(${arrays}) as t (${aliases})`,
    parameters,
  );
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw malformed("a line is not JSON", cause);
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw malformed(result.error.issues[0]?.message ?? "another form", result.error);
  return result.data;
}

function malformed(what: string, cause?: unknown): DatabaseCopyError {
  return new DatabaseCopyError("dump-malformed", `the dump of the database is malformed: ${what}`, { cause });
}
