import { base64Of } from "@yinxin/crypto/bytes";
import type { Kysely } from "kysely";

import { findEvents } from "../audit/index.ts";
import type { SignedChange } from "../approvals/index.ts";
import { refuse } from "../problems/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";

export type ChangeRow = ApprovalTables["changes"];

/** A change with everything that hangs on it, as it is stored. */
export interface ChangeRows {
  readonly row: ChangeRow;
  readonly signed: SignedChange;
  readonly executions: readonly ApprovalTables["change_executions"][];
  /** Executions that the audit log tells of. */
  readonly recordedUses: number;
  /** Rejections that it tells of. */
  readonly recordedRejections: number;
}

/** @throws Refusal `change-not-found` */
export async function readChange(db: Kysely<ApprovalTables>, id: string): Promise<ChangeRows> {
  const row = await db.selectFrom("changes").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) {
    throw refuse("change-not-found", { zh: `没有申请 ${id}。`, en: `There is no change ${id}.` });
  }
  return await withParts(db, row);
}

/** The rest of a change whose row is known. */
export async function withParts(db: Kysely<ApprovalTables>, row: ChangeRow): Promise<ChangeRows> {
  const statements = await db
    .selectFrom("change_statements")
    .select(["statement", "signature"])
    .where("change_id", "=", row.id)
    .orderBy("position")
    .execute();
  const executions = await db
    .selectFrom("change_executions")
    .selectAll()
    .where("change_id", "=", row.id)
    .orderBy("number")
    .execute();
  return {
    row,
    signed: {
      request: base64Of(row.request),
      signature: base64Of(row.signature),
      approvals: statements.map(({ statement, signature }) => ({
        statement: base64Of(statement),
        signature: base64Of(signature),
      })),
    },
    executions,
    recordedUses: await countRecorded(db, row.id, "change.executed"),
    recordedRejections: await countRecorded(db, row.id, "change.rejected"),
  };
}

/** A counter in a row can be set back by hand, and a row taken out; the audit log cannot be edited unseen. */
async function countRecorded(
  db: Kysely<ApprovalTables>,
  id: string,
  action: "change.executed" | "change.rejected",
): Promise<number> {
  const events = await findEvents(db, {
    columns: ["leaf_index"],
    where: (all) => all.where("subject", "=", id).where("action", "=", action),
  });
  return events.length;
}

/** Sets members of a change's row if nobody wrote to it meanwhile; false if somebody did. */
export async function swapChange(
  tx: Kysely<ApprovalTables>,
  { id, revision }: Pick<ChangeRow, "id" | "revision">,
  values: Partial<Pick<ChangeRow, "state" | "uses" | "review_before" | "reviewed_by">>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("changes")
    .set({ ...values, revision: revision + 1 })
    .where("id", "=", id)
    .where("revision", "=", revision)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
