import { Kysely } from "kysely";

import type { DatabaseLocation } from "./database-location.ts";
import { plainBytes } from "./plain-bytes.ts";
import { createPostgresDialect } from "./postgres.ts";
import { createSqliteDialect } from "./sqlite.ts";

export type DatabaseErrorCode = "database-url" | "database-schema-name" | "database-unreachable";

/** The database cannot be opened. The message names no password. */
export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseError";
    this.code = code;
  }
}

/**
 * Opens the service's database and proves that it answers; PostgreSQL's schema is made if it is not there.
 *
 * SQLite runs with WAL, `synchronous=FULL` and foreign keys: what was committed survives a power cut.
 *
 * @throws DatabaseError
 */
export async function openDatabase<Schema>(location: DatabaseLocation): Promise<Kysely<Schema>> {
  if (!/^[a-z][a-z0-9_]{0,50}$/.test(location.schema)) {
    throw new DatabaseError(
      "database-schema-name",
      "the schema's name has other characters than a-z, 0-9 and _",
    );
  }
  try {
    const dialect = await openDialect(location);
    return new Kysely<Schema>({ dialect, plugins: [plainBytes] });
  } catch (cause) {
    if (cause instanceof DatabaseError) throw cause;
    throw new DatabaseError("database-unreachable", `cannot open the database ${nameOf(location.url)}`, {
      cause,
    });
  }
}

async function openDialect(
  location: DatabaseLocation,
): Promise<ConstructorParameters<typeof Kysely>[0]["dialect"]> {
  if (location.url.startsWith("sqlite:")) return createSqliteDialect(location.url.slice("sqlite:".length));
  if (/^postgres(ql)?:\/\//.test(location.url)) return await createPostgresDialect(location);
  throw new DatabaseError("database-url", "the database's address begins with sqlite: or postgres://");
}

/** The address without user and password. */
function nameOf(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//").replace(/\?.*$/s, "");
}
