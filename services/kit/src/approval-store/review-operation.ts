import type { Kysely } from "kysely";
import { z } from "zod";

import { defineChangeOperation } from "../approvals/index.ts";
import type { ChangeOperation } from "../approvals/index.ts";
import { refuse } from "../problems/index.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import { readChange, swapChange } from "./change-rows.ts";
import type { ChangeRow } from "./change-rows.ts";
import { meanwhile } from "./decide-change.ts";

/** `break-glass.review`: two officers have looked at what the break-glass key did; the alarm ends. */
export function breakGlassReviewOperation(db: Kysely<ApprovalTables>): ChangeOperation {
  return defineChangeOperation({
    name: "break-glass.review",
    title: { zh: "复核应急授权", en: "Review a use of the break-glass key" },
    parameters: z.strictObject({ finding: z.string().min(1).max(1000) }),
    preview: async (target) => {
      const { row } = await readChange(db, target);
      checkReviewable(row);
      return {
        effect: [
          {
            zh: `确认已复核应急授权 ${row.id}（${row.operation} ${row.target}）。`,
            en: `Says that the break-glass use ${row.id} (${row.operation} ${row.target}) was reviewed.`,
          },
        ],
        numbers: { break_glass_uses: 1 },
        steps: [],
      };
    },
    execute: async ({ tx, change }) => {
      const tables = tx as unknown as Kysely<ApprovalTables>;
      const { row } = await readChange(tables, change.target);
      checkReviewable(row);
      if (!(await swapChange(tables, row, { reviewed_by: change.id }))) throw meanwhile(row.id);
      return { reviewed: row.id };
    },
  });
}

function checkReviewable({ id, review_before, reviewed_by }: ChangeRow): void {
  if (review_before !== null && reviewed_by === null) return;
  throw refuse("change-malformed", {
    zh: `${id} 不是待复核的应急授权。`,
    en: `${id} is no break-glass use that waits for review.`,
  });
}
