import type { Kysely } from "kysely";

import type { AttemptState } from "../domain/attempts.ts";
import type { SsoSchema } from "./schema.ts";

/** Counters of tries to log in. */
export interface AttemptStore {
  find(key: string): Promise<AttemptState | undefined>;
  /** Stores `next` if the counter is still `previous`; false if somebody else counted meanwhile. */
  replace(key: string, previous: AttemptState | undefined, next: AttemptState): Promise<boolean>;
  remove(key: string): Promise<void>;
  /** Takes one failure back, because the try has succeeded. */
  takeBack(key: string): Promise<void>;
  removeOlderThan(lastAt: Date): Promise<void>;
}

/** The store over sso's database. */
export function createAttemptStore(db: Kysely<SsoSchema>): AttemptStore {
  return {
    find: async (key) => {
      const row = await db
        .selectFrom("login_attempts")
        .select(["failures", "last_at", "blocked_until"])
        .where("key", "=", key)
        .executeTakeFirst();
      return (
        row && {
          failures: row.failures,
          lastAt: new Date(row.last_at),
          blockedUntil: new Date(row.blocked_until),
        }
      );
    },
    replace: (key, previous, next) => replaceState(db, key, previous, next),
    remove: async (key) => {
      await db.deleteFrom("login_attempts").where("key", "=", key).execute();
    },
    takeBack: async (key) => {
      await db
        .updateTable("login_attempts")
        .set((row) => ({ failures: row("failures", "-", 1) }))
        .where("key", "=", key)
        .where("failures", ">", 0)
        .execute();
    },
    removeOlderThan: async (lastAt) => {
      await db.deleteFrom("login_attempts").where("last_at", "<", lastAt.toISOString()).execute();
    },
  };
}

async function replaceState(
  db: Kysely<SsoSchema>,
  key: string,
  previous: AttemptState | undefined,
  next: AttemptState,
): Promise<boolean> {
  const values = {
    failures: next.failures,
    last_at: next.lastAt.toISOString(),
    blocked_until: next.blockedUntil.toISOString(),
  };
  if (previous === undefined) {
    const inserted = await db
      .insertInto("login_attempts")
      .values({ key, ...values })
      .onConflict((conflict) => conflict.column("key").doNothing())
      .executeTakeFirst();
    return inserted.numInsertedOrUpdatedRows === 1n;
  }
  const updated = await db
    .updateTable("login_attempts")
    .set(values)
    .where("key", "=", key)
    .where("failures", "=", previous.failures)
    .where("last_at", "=", previous.lastAt.toISOString())
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}
