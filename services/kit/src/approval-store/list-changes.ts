import { z } from "zod";

import { findEvents } from "../audit/index.ts";
import type { ApprovalDeps } from "./approval-deps.ts";
import { tellAltered } from "./altered-changes.ts";
import { storedChangeStates } from "./stored-change.ts";
import type { ChangeState, StoredChange, StoredChangeState } from "./stored-change.ts";
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
    const change = judgeStoredChange(await withParts(db, row), policies, { service: deps.service, at });
    if (isClosed(change.state) && !isClosed(row.state)) await swapChange(db, row, { state: change.state });
    if (change.state === "altered") await tellAltered(deps, row, change, at);
    if (state === undefined || change.state === state) found.push(change);
  }
  return found;
}

/** What the rows can say of changes that are in a state now: one that is open there may be over, and any may have been edited. */
function storedStates(state: ChangeState | undefined): readonly StoredChangeState[] {
  if (state === undefined || state === "altered") return storedChangeStates;
  return isClosed(state) ? ["waiting", "ready", state] : ["waiting", "ready"];
}

/**
 * Uses of the break-glass key that nobody has reviewed, oldest first. The audit log says which there were; what ends the alarm
 * is the other officers' signed and executed review, and no column.
 */
export async function listUnreviewed(
  deps: ApprovalDeps,
): Promise<readonly { readonly id: string; readonly usedAt: string; readonly reviewBefore: string }[]> {
  const uses = await findEvents(deps.db, {
    columns: ["subject", "occurred_at", "detail"],
    where: (events) => events.where("action", "=", "break-glass.used"),
  });
  const found = [];
  for (const { subject: id, occurred_at: usedAt, detail } of uses) {
    if (await isReviewed(deps, id)) continue;
    const { review_before: reviewBefore } = useDetail.parse(JSON.parse(detail));
    found.push({ id, usedAt, reviewBefore });
  }
  return found;
}

const useDetail = z.object({ review_before: z.string() });

async function isReviewed(deps: ApprovalDeps, id: string): Promise<boolean> {
  const { db, service } = deps;
  const change = await db.selectFrom("changes").select("reviewed_by").where("id", "=", id).executeTakeFirst();
  const row = await db
    .selectFrom("changes")
    .selectAll()
    .where("id", "=", change?.reviewed_by ?? "")
    .executeTakeFirst();
  if (row === undefined) return false;
  const review = await withParts(db, row);
  const { verification } = judgeStoredChange(review, await deps.policies.load(), {
    service,
    at: deps.clock.now(),
  });
  const { request, verdict } = verification;
  const isOfThis = request?.operation === "break-glass.review" && request.target === id;
  return isOfThis && verdict === "authorized" && review.recordedUses > 0;
}
