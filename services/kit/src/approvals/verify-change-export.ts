import { changeExportSchema } from "./change-export.ts";
import { createCheckList, refusedVerification } from "./change-report.ts";
import type { ChangeVerification } from "./change-report.ts";
import type { GovernanceTrust } from "./governance-trust.ts";
import { judgeChange } from "./judge-change.ts";
import { judgeRecord } from "./judge-record.ts";
import { judgeRevocation } from "./judge-revocation.ts";
import { readTrustedLogs } from "./log-record.ts";
import type { PolicyChainKnowledge } from "./policy-chain.ts";
import { verifyPolicyChain } from "./policy-chain.ts";

/**
 * Proves a change from its export alone: the policies from the pinned first one, the proposer's signature, and every
 * decision, by the officers' roots and nothing else. No database, no service, no network. Never throws for bad input.
 *
 * Where the export has what the audit log says of the change, that must hold too, and go on from the log that the proposer saw.
 *
 * With revocation lists, whoever signed must not have been revoked by then; what is older than a revocation needs the audit log's word.
 *
 * What it cannot tell from the export: whether a later policy was in force already, and how often the change was done;
 * the audit log says both.
 *
 * @param exported the `export` member of what `GET /v1/changes/:id` answered, or anything.
 */
export function verifyChangeExport(
  exported: unknown,
  trust: GovernanceTrust,
  knowledge: PolicyChainKnowledge = {},
): ChangeVerification {
  const parsed = changeExportSchema.safeParse(exported);
  if (!parsed.success) {
    const detail = "This is not the export of a change.";
    return refusedVerification([{ name: "export-form", result: "failed", where: "export", detail }]);
  }
  const { change, policies } = parsed.data;
  const chain = verifyPolicyChain(policies, trust, knowledge);
  const current = chain.policies.at(-1);
  if (!chain.isValid || current === undefined) return refusedVerification(chain.checks);
  const verification = judgeChange(change, current, "change");
  const list = createCheckList();
  const { request, digest = "" } = verification;
  const logs = readTrustedLogs(trust);
  if (request !== undefined) {
    const where = "change";
    const events = judgeRecord(change, { request, digest, logs, where, list });
    const { revocation } = knowledge;
    if (revocation !== undefined)
      judgeRevocation(change, { request, policy: current, revocation, events, where, list });
  }
  return {
    ...verification,
    ...(list.hasFailed && { verdict: "refused" as const }),
    checks: [...chain.checks, ...verification.checks, ...list.checks],
  };
}
