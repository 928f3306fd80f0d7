import { bytesOfBase64 } from "@yinxin/crypto/bytes";

import { readChangeRequest } from "../approvals/index.ts";
import type { SignedChange } from "../approvals/index.ts";
import type { ApprovalDeps } from "./approval-deps.ts";
import type { LoadedPolicies } from "./policy-store.ts";

/**
 * The policies with what proves to others that each came into force. The record of one that was approved here is made once it is
 * first asked for, and kept beside it: it still proves that when the log's folder is lost and officers must let the log go on.
 */
export async function withRecords(deps: ApprovalDeps): Promise<LoadedPolicies> {
  const loaded = await deps.policies.load();
  const changes: SignedChange[] = [];
  for (const [index, change] of loaded.chain.changes.entries()) {
    const version = loaded.policies[index + 1]?.policy.version ?? 0;
    changes.push(change.recorded === undefined ? await recordedPolicy(deps, change, version) : change);
  }
  return { ...loaded, chain: { ...loaded.chain, changes } };
}

async function recordedPolicy(
  { db, log }: ApprovalDeps,
  change: SignedChange,
  version: number,
): Promise<SignedChange> {
  const { value: request } = readChangeRequest(bytesOfBase64(change.request));
  if (request === undefined) return change;
  const recorded = await log?.record(request.id, request.audit_head, "change.executed");
  if (recorded === undefined) return change;
  const kept = { ...change, recorded };
  await db
    .updateTable("officer_policies")
    .set({ change: JSON.stringify(kept) })
    .where("version", "=", version)
    // Another process may have kept one meanwhile; either is as good.
    .where("change", "=", JSON.stringify(change))
    .execute();
  return kept;
}
