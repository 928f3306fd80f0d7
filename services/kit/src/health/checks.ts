import { sql } from "kysely";
import type { Kysely } from "kysely";

import type { HealthCheck } from "./health.ts";

/** The database answers a query. */
export function databaseCheck<Schema>(db: Kysely<Schema>): HealthCheck {
  return () => sql`select 1`.execute(db);
}
