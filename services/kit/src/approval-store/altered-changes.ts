import type { Kysely } from "kysely";

import { findEvents } from "../audit/index.ts";
import { transact } from "../database/index.ts";
import type { ApprovalDeps } from "./approval-deps.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import type { StoredChange } from "./stored-change.ts";
import { swapChange, withParts } from "./change-rows.ts";
import type { ChangeRow } from "./change-rows.ts";
import { judgeStoredChange } from "./judge-stored-change.ts";
import { officerTime } from "./officer-clock.ts";

/** A change that somebody edited where it is stored. */
export interface AlteredChange {
  readonly id: string;
  readonly operation: string;
  readonly target: string;
  /** The first thing in it that is not as it was signed. */
  readonly found: string;
}

/** What is wrong with a change that its signatures do not bear out. */
export function whatIsAltered({ verification: { checks } }: Pick<StoredChange, "verification">): string {
  const failed = checks.find(({ result }) => result === "failed");
  return `${failed?.where ?? "change"}: ${failed?.detail ?? ""}`;
}

/** Tells the audit log once that a change is not what was signed. */
export async function tellAltered(
  { db, trail, service }: ApprovalDeps,
  row: ChangeRow,
  change: StoredChange,
  at: Date,
): Promise<void> {
  await transact(db, async (tx) => {
    const told = await findEvents<ApprovalTables, "leaf_index">(tx, {
      columns: ["leaf_index"],
      where: (events) => events.where("subject", "=", row.id).where("action", "=", "change.altered"),
      limit: 1,
    });
    // Of several who find it at once one writes the row.
    if (told.length > 0 || !(await swapChange(tx, row, {}))) return;
    await trail.in(tx).append({
      action: "change.altered",
      actor: `service:${service}`,
      subject: row.id,
      occurredAt: at,
      detail: { found: whatIsAltered(change) },
    });
  });
}

/** For so long it is an alarm; the list of changes and the log say it for ever. */
const alarmMilliseconds = 30 * 86_400_000;
/** Verified at every look. */
const changesMax = 200;

/** Changes that are open, or were found to be altered lately, and are not what was signed. */
export async function listAltered(deps: ApprovalDeps): Promise<readonly AlteredChange[]> {
  const { db, service } = deps;
  const at = await officerTime(db, deps.clock);
  const rows = await rowsToJudge(db, new Date(at.getTime() - alarmMilliseconds));
  if (rows.length === 0) return [];
  const policies = await deps.policies.load();
  const found: AlteredChange[] = [];
  for (const row of rows) {
    const change = judgeStoredChange(await withParts(db, row), policies, { service, at });
    if (change.state !== "altered") continue;
    await tellAltered(deps, row, change, at);
    const { id, operation, target } = row;
    found.push({ id, operation, target, found: whatIsAltered(change) });
  }
  return found;
}

async function rowsToJudge(db: Kysely<ApprovalTables>, since: Date): Promise<readonly ChangeRow[]> {
  const told = await findEvents(db, {
    columns: ["subject"],
    where: (events) =>
      events.where("action", "=", "change.altered").where("occurred_at", ">=", since.toISOString()),
  });
  const ids = told.map(({ subject }) => subject);
  return await db
    .selectFrom("changes")
    .selectAll()
    .where((row) =>
      row.or([row("state", "in", ["waiting", "ready"]), ...(ids.length === 0 ? [] : [row("id", "in", ids)])]),
    )
    .orderBy("created_at", "desc")
    .limit(changesMax)
    .execute();
}
