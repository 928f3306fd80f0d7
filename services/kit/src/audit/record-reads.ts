import type { Kysely } from "kysely";

import { actorsOf } from "../auth/index.ts";
import type { Clock } from "../clock/index.ts";
import { transact } from "../database/index.ts";
import type { RecordRead } from "../routes/index.ts";
import type { KitTrail } from "./audit-trail.ts";

/** Writes `record.read` for every request of a route that names what it reads; for `createServiceApp`. */
export function recordReads<Schema>(db: Kysely<Schema>, trail: KitTrail, clock: Clock): RecordRead {
  return async ({ subject, caller, route, requestId }) => {
    await transact(db, (tx) =>
      trail.in(tx).append({
        action: "record.read",
        ...actorsOf(caller),
        subject,
        requestId,
        occurredAt: clock.now(),
        detail: { route },
      }),
    );
  };
}
