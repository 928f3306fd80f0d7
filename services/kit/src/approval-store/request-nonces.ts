import type { Kysely } from "kysely";

import type { RequestNonces } from "../auth/index.ts";
import type { Clock } from "../clock/index.ts";
import { isUniqueViolation, transact } from "../database/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import { officerTime, rememberTime } from "./officer-clock.ts";

/** The used nonces of officers' requests, in the service's database: all its processes know them. */
export function createRequestNonces<Schema>(db: Kysely<Schema>, clock: Clock): RequestNonces {
  const tables = db as unknown as Kysely<ApprovalTables>;
  return {
    time: () => officerTime(tables, clock),
    take: async ({ keyId, nonce, until, at }) => {
      try {
        return await transact(tables, async (tx) => {
          await rememberTime(tx, at);
          // A request whose time is over is refused for that, so its nonce need not be known any more.
          const { seen_at } = await tx
            .selectFrom("officer_clock")
            .select("seen_at")
            .where("id", "=", 1)
            .executeTakeFirstOrThrow();
          // Another process may have seen a later time meanwhile, and forgotten this very nonce.
          if (until.toISOString() < seen_at) return false;
          await tx.deleteFrom("request_nonces").where("expires_at", "<", seen_at).execute();
          await tx
            .insertInto("request_nonces")
            .values({ key_id: keyId, nonce, expires_at: until.toISOString() })
            .execute();
          return true;
        });
      } catch (cause) {
        if (isUniqueViolation(cause)) return false;
        throw cause;
      }
    },
  };
}
