import type { Kysely } from "kysely";

import type { ApprovalDeps } from "./approval-deps.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import { changeStates } from "./approvals.ts";
import type { ChangeState, StoredChange } from "./approvals.ts";
import { swapChange, withParts } from "./change-rows.ts";
import { isClosed, judgeStoredChange } from "./judge-stored-change.ts";
import { officerTime } from "./officer-clock.ts";

/** A page that a person reads; each change in it is verified. */
const changesMax = 200;

/**
 * Changes with their state now, newest first. What is found to be over is closed in its row, so it does not open again.
 */
export async function listChanges(
  deps: ApprovalDeps,
  { state, limit = changesMax }: { readonly state?: ChangeState; readonly limit?: number } = {},
): Promise<readonly StoredChange[]> {
  const { db } = deps;
  const at = await officerTime(db, deps.clock);
  const policies = await deps.policies.load();
  const rows = await db
    .selectFrom("changes")
    .selectAll()
    .where("state", "in", storedStates(state))
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(Math.min(limit, changesMax))
    .execute();
  const found: StoredChange[] = [];
  for (const row of rows) {
    const change = judgeStoredChange(await withParts(db, row), policies, at);
    if (isClosed(change.state) && !isClosed(row.state)) await swapChange(db, row, { state: change.state });
    if (state === undefined || change.state === state) found.push(change);
  }
  return found;
}

/** What the rows can say of changes that are in a state now: one that is open there may be over. */
function storedStates(state: ChangeState | undefined): readonly ChangeState[] {
  if (state === undefined) return changeStates;
  return isClosed(state) ? ["waiting", "ready", state] : ["waiting", "ready"];
}

/** Uses of the break-glass key that nobody has reviewed, oldest first. */
export async function listUnreviewed(
  db: Kysely<ApprovalTables>,
): Promise<readonly { readonly id: string; readonly usedAt: string; readonly reviewBefore: string }[]> {
  const rows = await db
    .selectFrom("changes")
    .innerJoin("change_executions", "change_executions.change_id", "changes.id")
    .select(["changes.id", "changes.review_before", "change_executions.executed_at"])
    .where("changes.review_before", "is not", null)
    .where("changes.reviewed_by", "is", null)
    .orderBy("change_executions.executed_at")
    .execute();
  return rows.map(({ id, executed_at, review_before }) => ({
    id,
    usedAt: executed_at,
    reviewBefore: review_before ?? "",
  }));
}
