import { closeSync, openSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import type BetterSqlite3 from "better-sqlite3";
import { CompiledQuery, SqliteDialect, SqliteDriver } from "kysely";
import type { CompiledQuery as Compiled, DatabaseConnection, Dialect, QueryResult } from "kysely";

import { Database } from "./sqlite-library.ts";

/** A backup or a second process may hold the file for a moment; longer than this is a defect to hear of. */
const busyMilliseconds = 5000;
const retryMilliseconds = 5;

/** More than a service has of different statements; those with lists of a length of their own come and go. */
const statementsKept = 256;

/** Password hashes, sessions and people's data are in it. */
const ownerOnly = 0o600;

/** The dialect over one file, opened with the durability that {@link openDatabase} promises. */
export function createSqliteDialect(path: string): Dialect {
  const database = openFile(path);
  const dialect = new SqliteDialect({ database });
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => {
      const driver = new SqliteDriver({ database });
      const execute = executor(database);
      return {
        init: () => driver.init(),
        acquireConnection: async () => patient(await driver.acquireConnection(), execute),
        // Takes the write lock at once. A transaction that began by reading could not become a writer if another
        // process wrote in between (SQLITE_BUSY_SNAPSHOT), and no waiting would help it.
        beginTransaction: async (connection) => {
          await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        },
        commitTransaction: (connection) => driver.commitTransaction(connection),
        rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
        releaseConnection: () => driver.releaseConnection(),
        destroy: () => driver.destroy(),
      };
    },
  };
}

/** Waits for another process's lock without stopping this one: SQLite's own waiting would block every request. */
function patient(connection: DatabaseConnection, execute: Execute): DatabaseConnection {
  return {
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    executeQuery: async (query) => {
      for (let waited = 0; ; waited += retryMilliseconds) {
        try {
          return execute(query);
        } catch (cause) {
          const isBusy = cause instanceof Database.SqliteError && cause.code === "SQLITE_BUSY";
          if (!isBusy || waited >= busyMilliseconds) throw cause;
        }
        await setTimeout(retryMilliseconds);
      }
    },
  };
}

type Execute = <Row>(query: Compiled) => QueryResult<Row>;

/**
 * Runs statements that were prepared before where there are any: a signature takes a dozen, and preparing one costs more than running
 * it. SQLite prepares them anew by itself when the schema changes under them.
 */
function executor(database: BetterSqlite3.Database): Execute {
  const kept = new Map<string, BetterSqlite3.Statement>();
  const prepared = (sql: string): BetterSqlite3.Statement => {
    const statement = kept.get(sql) ?? database.prepare(sql);
    // What was used last stands last, so that the first is the one to go.
    kept.delete(sql);
    kept.set(sql, statement);
    const [oldest] = kept.keys();
    if (kept.size > statementsKept && oldest !== undefined) kept.delete(oldest);
    return statement;
  };
  return <Row>({ sql, parameters }: Compiled): QueryResult<Row> => {
    const statement = prepared(sql);
    if (statement.reader) return { rows: statement.all(parameters) as Row[] };
    const { changes, lastInsertRowid } = statement.run(parameters);
    return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] };
  };
}

function openFile(path: string): BetterSqlite3.Database {
  // SQLite would make it readable by everybody whom the umask lets; its log and its shared memory take the file's mode.
  if (path !== ":memory:") closeSync(openSync(path, "a", ownerOnly));
  const database = new Database(path, { timeout: busyMilliseconds });
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    // 64 MiB at most, taken as needed: an index over random names has as many open ends as pages, and 2 MiB of them are soon not enough.
    database.pragma("cache_size = -65536");
    database.pragma("foreign_keys = ON");
    // The schema is ours, but a file can be exchanged: functions in it must not run with more trust than SQL.
    database.pragma("trusted_schema = OFF");
    database.pragma("busy_timeout = 0");
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}
