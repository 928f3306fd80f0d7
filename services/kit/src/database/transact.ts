import type { Kysely, Transaction } from "kysely";

import { isLostRace } from "./violations.ts";

/** With more losers than this in a row, something else is wrong. */
const attemptsMax = 3;

/**
 * Runs `change` in one transaction: all of it is stored when this resolves, nothing if it rejects.
 *
 * Where PostgreSQL undoes it for a deadlock or a serialization failure it runs again, so `change` does nothing but SQL;
 * anything slow, a signature above all, is done before.
 */
export async function transact<Schema, Result>(
  db: Kysely<Schema>,
  change: (tx: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(change);
    } catch (cause) {
      if (!isLostRace(cause) || attempt === attemptsMax) throw cause;
    }
  }
}
