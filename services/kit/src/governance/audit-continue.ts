import { z } from "zod";

import { defineChangeOperation } from "../approvals/index.ts";
import type { ChangeOperation } from "../approvals/index.ts";
import { continueAuditLog } from "../audit/index.ts";
import type { AuditCatalogue } from "../audit/index.ts";
import { refuse } from "../problems/index.ts";
import type { OpenedGovernance } from "./opened-governance.ts";

const parameters = z.strictObject({
  /** Of the last checkpoint that anybody has of the epoch that ends. */
  size: z.int().min(1),
  root: z.string().regex(/^sha-256:[0-9a-f]{64}$/),
});

/** After a restore from a backup: what was signed before cannot be continued, so two officers let the log begin a new epoch. */
export function auditContinueOperation<Schema, Catalogue extends AuditCatalogue>({
  service,
  trail,
  auditLog,
  config,
}: OpenedGovernance<Schema, Catalogue>): ChangeOperation {
  const origin = config.AUDIT_ORIGIN;
  return defineChangeOperation({
    name: "audit.continue",
    title: { zh: "审计日志开始新纪元", en: "Begin a new epoch of the audit log" },
    parameters,
    preview: async (_target, { size }) => {
      // A service that has just started has not yet held its log against what was signed; what fails stands in its state.
      await auditLog.checkpoint().catch(() => undefined);
      const state = await auditLog.state();
      if (state.problem?.problem !== "rolled-back" && state.problem?.problem !== "diverged") {
        throw refuse("audit-log-continues", {
          zh: `审计日志 ${origin} 可以继续，不需要新纪元。`,
          en: `The audit log ${origin} can go on; it needs no new epoch.`,
        });
      }
      const lost = Math.max(0, size - state.size);
      return {
        effect: [
          {
            zh: `日志 ${origin} 的 ${String(size)} 条事件中有 ${String(lost)} 条已不在数据库中。`,
            en: `${String(lost)} of the ${String(size)} events of ${origin} are no longer in the database.`,
          },
        ],
        numbers: { events_signed: size, events_lost: lost },
        steps: [],
      };
    },
    execute: async ({ tx, change, at }) => {
      const { size, root } = parameters.parse(change.parameters);
      const actor = { actor: change.executor, change: change.id };
      const epoch = await continueAuditLog(tx, trail.kit, { origin, size, root, at, ...actor });
      return { service, epoch };
    },
  });
}
