import { closeSync, openSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import type BetterSqlite3 from "better-sqlite3";
import { CompiledQuery, SqliteDialect, SqliteDriver } from "kysely";
import type { DatabaseConnection, Dialect } from "kysely";

import { Database } from "./sqlite-library.ts";

/** A backup or a second process may hold the file for a moment; longer than this is a defect to hear of. */
const busyMilliseconds = 5000;
const retryMilliseconds = 5;

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
      return {
        init: () => driver.init(),
        acquireConnection: async () => patient(await driver.acquireConnection()),
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
function patient(connection: DatabaseConnection): DatabaseConnection {
  return {
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    executeQuery: async (query) => {
      for (let waited = 0; ; waited += retryMilliseconds) {
        try {
          return await connection.executeQuery(query);
        } catch (cause) {
          const isBusy = cause instanceof Database.SqliteError && cause.code === "SQLITE_BUSY";
          if (!isBusy || waited >= busyMilliseconds) throw cause;
        }
        await setTimeout(retryMilliseconds);
      }
    },
  };
}

function openFile(path: string): BetterSqlite3.Database {
  // SQLite would make it readable by everybody whom the umask lets; its log and its shared memory take the file's mode.
  if (path !== ":memory:") closeSync(openSync(path, "a", ownerOnly));
  const database = new Database(path, { timeout: busyMilliseconds });
  try {
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
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
