import type { Kysely, Transaction } from "kysely";

import { refuse } from "../problems/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import type { AuditTables } from "./audit-tables.ts";
import { readHead, readWitnesses } from "./checkpoint-rows.ts";

/** What {@link createStopRule} refuses. */
export const stopRuleProblems = {
  "audit-not-witnessed": {
    status: 503,
    title: { zh: "审计日志无人见证，签名已停止", en: "Nobody witnesses the audit log, so nothing is signed" },
    hint: {
      zh: "恢复与见证服务的连接；一经见证即自动恢复。",
      en: "Bring a witness back; signing goes on by itself as soon as one has cosigned.",
    },
  },
} as const satisfies ProblemTable;

/** A good answer is believed this long: far below any limit, and far more than the signatures of a moment. */
const believedMilliseconds = 1000;

/**
 * For how many seconds events have waited for a witness; 0 if none waits. More than one witness: the one that saw most counts.
 */
export async function unwitnessedSeconds<Schema>(database: Kysely<Schema>, at: Date): Promise<number> {
  const db = database as unknown as Kysely<AuditTables>;
  const { size, epoch } = (await readHead(db)) ?? { size: 0, epoch: 1 };
  const witnessed = Math.max(0, ...(await readWitnesses(db, epoch)).map((witness) => witness.size));
  if (witnessed >= size) return 0;
  const waiting = await db
    .selectFrom("audit_events")
    .select("occurred_at")
    .where("leaf_index", "=", witnessed)
    .executeTakeFirst();
  return waiting === undefined
    ? 0
    : Math.max(0, Math.floor((at.getTime() - Date.parse(waiting.occurred_at)) / 1000));
}

/**
 * The stop rule where keys are used: a service whose events nobody has witnessed for longer than `secondsMax` makes no
 * signatures, so that nothing is signed which could later be denied. Keys of logs and witnesses go on, or it could never end.
 *
 * The rule reads in the transaction that it is given, and throws the refusal `audit-not-witnessed`.
 */
export function createStopRule(
  secondsMax: number | undefined,
): <Schema>(tx: Transaction<Schema>, at: Date) => Promise<void> {
  let believedUntil = -Infinity;
  return async (tx, at) => {
    if (secondsMax === undefined) return;
    const now = at.getTime();
    if (now < believedUntil && now > believedUntil - 2 * believedMilliseconds) return;
    const seconds = await unwitnessedSeconds(tx, at);
    if (seconds > secondsMax) {
      throw refuse("audit-not-witnessed", {
        zh: `审计日志已 ${String(seconds)} 秒无人见证。`,
        en: `No witness has cosigned the audit log for ${String(seconds)} s.`,
      });
    }
    believedUntil = now + believedMilliseconds;
  };
}
