import type { Log } from "../log/index.ts";

/** Where a service keeps its data. */
export interface DatabaseLocation {
  /** `sqlite:/path/db.sqlite`, `sqlite::memory:`, or `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** The service's own schema in PostgreSQL; lower-case letters, digits and underscores. SQLite has no use for it. */
  readonly schema: string;
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly log?: Log;
}
