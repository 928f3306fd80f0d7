import type { Kysely } from "kysely";

import type { Clock } from "../clock/index.ts";
import { refuse } from "../problems/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";

/** Steps of a time service are smaller; a clock that goes back further was set. */
const toleranceMilliseconds = 5 * 60_000;

/**
 * The time for everything that officers do: never before the latest that was seen, so that setting the clock back opens
 * no window again and revives no used request.
 *
 * A machine's clock that was once far ahead, and is right again, shuts officers out until then. What mends it needs the
 * database, whose owner could do it in any case: every open change is closed (`UPDATE changes SET state = 'expired' WHERE state
 * IN ('waiting', 'ready')`) and the time set right (`UPDATE officer_clock SET seen_at = '…'`), so nothing opens again by it.
 *
 * @throws Refusal `clock-set-back` if the clock is far behind that.
 */
export async function officerTime(db: Kysely<ApprovalTables>, clock: Clock): Promise<Date> {
  const { seen_at } = await db
    .selectFrom("officer_clock")
    .select("seen_at")
    .where("id", "=", 1)
    .executeTakeFirstOrThrow();
  const now = clock.now();
  const seen = new Date(seen_at);
  if (seen.getTime() - now.getTime() > toleranceMilliseconds) {
    throw refuse("clock-set-back", {
      zh: `本机时钟早于已经见过的时间 ${seen_at}。`,
      en: `The clock is behind ${seen_at}, which has been seen already.`,
    });
  }
  return seen > now ? seen : now;
}

/** Remembers, in a transaction, that it has been this late. */
export async function rememberTime(tx: Kysely<ApprovalTables>, at: Date): Promise<void> {
  await tx
    .updateTable("officer_clock")
    .set({ seen_at: at.toISOString() })
    .where("id", "=", 1)
    .where("seen_at", "<", at.toISOString())
    .execute();
}
