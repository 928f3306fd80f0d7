import type pg from "pg";
import { z } from "zod";

import { DatabaseCopyError } from "./database-copy-error.ts";

const name = z.string().min(1).max(63);
const definition = z.string().min(1).max(10_000);
/** `character varying(20)`, `timestamp with time zone`, `text[]`. */
const type = z
  .string()
  .max(200)
  .regex(/^[a-z][a-z0-9_ ]*(\(\d+(,\d+)?\))?[a-z ]*(\[\])*$/);

/** A schema as PostgreSQL's own catalogue describes it, in an order in which it can be made again. */
export const postgresSchemaShape = z.strictObject({
  format: z.literal("yinxin-postgres-1"),
  tables: z
    .array(
      z.strictObject({
        name,
        columns: z
          .array(
            z.strictObject({
              name,
              type,
              not_null: z.boolean(),
              default: definition.nullable(),
            }),
          )
          .max(500),
      }),
    )
    .max(1000),
  /** Primary and unique keys and checks before foreign keys. */
  constraints: z
    .array(
      z.strictObject({
        table: name,
        name,
        definition: definition.regex(/^(PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY) /),
      }),
    )
    .max(10_000),
  indexes: z
    .array(z.strictObject({ name, definition: definition.regex(/^CREATE (UNIQUE )?INDEX /) }))
    .max(10_000),
});
export type PostgresSchema = z.infer<typeof postgresSchemaShape>;

/**
 * Reads what a schema consists of, by a connection whose search path is that schema.
 *
 * @throws DatabaseCopyError `object-not-copied` if there is something in it that is not tables, constraints and indexes.
 */
export async function readPostgresSchema(client: pg.ClientBase): Promise<PostgresSchema> {
  await refuseOthers(client);
  const columns = await client.query<{
    table_name: string;
    name: string;
    type: string;
    not_null: boolean;
    default: string | null;
    is_made: boolean;
  }>(`
    select c.relname as table_name, a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
           a.attnotnull as not_null, pg_get_expr(d.adbin, d.adrelid) as default,
           a.attidentity <> '' or a.attgenerated <> '' as is_made
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
    order by c.relname, a.attnum`);
  const made = columns.rows.find((column) => column.is_made);
  if (made !== undefined) throw notCopied(`the generated column ${made.table_name}.${made.name}`);
  const tables = [...new Set(columns.rows.map((row) => row.table_name))].map((table) => ({
    name: table,
    columns: columns.rows
      .filter((row) => row.table_name === table)
      .map((row) => ({ name: row.name, type: row.type, not_null: row.not_null, default: row.default })),
  }));
  const constraints = await client.query<{ table: string; name: string; definition: string }>(`
    select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition
    from pg_constraint
    where connamespace = current_schema()::regnamespace and contype in ('p', 'u', 'c', 'f')
    order by array_position(array['p', 'u', 'c', 'f'], contype::text), conname`);
  // Those of constraints are made with them.
  const indexes = await client.query<{ name: string; definition: string }>(`
    select i.relname as name, pg_get_indexdef(x.indexrelid, 0, true) as definition
    from pg_index x join pg_class i on i.oid = x.indexrelid
    where i.relnamespace = current_schema()::regnamespace
      and not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid)
    order by i.relname`);
  return {
    format: "yinxin-postgres-1",
    tables,
    constraints: constraints.rows.map((row) => ({ ...row, table: unquoted(row.table) })),
    indexes: indexes.rows,
  };
}

/** `regclass` quotes a name that needs it. */
function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

async function refuseOthers(client: pg.ClientBase): Promise<void> {
  const others = await client.query<{ what: string }>(`
    select 'the ' || case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
           else 'object' end || ' ' || relname as what
    from pg_class where relnamespace = current_schema()::regnamespace and relkind not in ('r', 'i')
    union all
    select 'the function ' || proname from pg_proc where pronamespace = current_schema()::regnamespace
    union all
    select 'the trigger ' || tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = current_schema()::regnamespace and not tgisinternal
    limit 1`);
  const [other] = others.rows;
  if (other !== undefined) throw notCopied(other.what);
}

function notCopied(what: string): DatabaseCopyError {
  return new DatabaseCopyError("object-not-copied", `a copy would lose ${what}`);
}
