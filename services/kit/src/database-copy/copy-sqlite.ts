import { closeSync, openSync } from "node:fs";

// Not by the folder's index: only the two folders that speak to SQLite itself need the library.
import { Database } from "../database/sqlite-library.ts";

const ownerOnly = 0o600;
const busyMilliseconds = 5000;
/** More pages than a database has: all in one step, so that no writer makes the copy start again. */
const allPages = 0x7fffffff;

/**
 * Copies a database that others may be writing to, as it is at one moment (SQLite's online backup). In WAL mode nobody waits
 * for it. The copy is a single file, without a log beside it.
 *
 * @param target must not be there; it is made for its owner only.
 */
export async function copySqlite(file: string, target: string): Promise<void> {
  closeSync(openSync(target, "wx", ownerOnly));
  const source = new Database(file, { readonly: true, fileMustExist: true, timeout: busyMilliseconds });
  try {
    await source.backup(target, { progress: () => allPages });
  } finally {
    source.close();
  }
  const copy = new Database(target);
  try {
    // The header says WAL, as the source's does; a copy is read where nobody may write.
    copy.pragma("journal_mode = DELETE");
  } finally {
    copy.close();
  }
}

/** What a SQLite file is worth. */
export interface SqliteInspection {
  /** What SQLite's own checks found; empty if the file is whole. */
  readonly problems: readonly string[];
  /** Names of the migrations that made it, in their order. */
  readonly migrations: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
}

/** Enough to see what is wrong. */
const problemsMax = 20;

/** Opens a copy and checks every page, index and foreign key. It never throws for a damaged file. */
export function inspectSqlite(file: string): SqliteInspection {
  try {
    const database = new Database(file, { readonly: true, fileMustExist: true });
    try {
      return inspect(database);
    } finally {
      database.close();
    }
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    return { problems: [cause.message], migrations: [], rows: {} };
  }
}

function inspect(database: InstanceType<typeof Database>): SqliteInspection {
  const checked = database
    .prepare<[], { integrity_check: string }>(`pragma integrity_check(${String(problemsMax)})`)
    .all();
  const broken = checked.map((row) => row.integrity_check).filter((line) => line !== "ok");
  const orphans = database.prepare<[], { table: string }>("pragma foreign_key_check").all();
  const tables = database
    .prepare<[], { name: string }>(
      "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
    )
    .all()
    .map(({ name }) => name);
  const rows = tables.map((name) => {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const count = database.prepare<[], { count: number }>(`select count(*) as count from ${quoted}`).get();
    return [name, count?.count ?? 0] as const;
  });
  return {
    problems: [
      ...broken,
      ...orphans.slice(0, problemsMax).map(({ table }) => `a row of ${table} refers to none`),
    ],
    migrations: tables.includes("schema_migrations")
      ? database
          .prepare<[], { name: string }>("select name from schema_migrations order by position")
          .all()
          .map(({ name }) => name)
      : [],
    rows: Object.fromEntries(rows),
  };
}
