import { transact } from "../database/index.ts";
import type { Kysely, Transaction } from "kysely";

import type { ApprovedChange, ChangeOperation, ChangeRequest, OpenPolicy } from "../approvals/index.ts";
import { fewestPersons } from "../approvals/index.ts";
import { canonicalJson } from "../audit/index.ts";
import type { JsonValue } from "../audit/index.ts";
import { refuse } from "../problems/index.ts";
import { actingOfficer, operationOf, parametersOf } from "./approval-deps.ts";
import type { ApprovalDeps, BreakGlassUse } from "./approval-deps.ts";
import type { ApprovalTables } from "./approval-tables.ts";
import type { StoredChange } from "./stored-change.ts";
import { readChange, swapChange } from "./change-rows.ts";
import type { ChangeRow } from "./change-rows.ts";
import { altered, ended, meanwhile } from "./decide-change.ts";
import { isClosed, judgeStoredChange } from "./judge-stored-change.ts";
import { checkStanding } from "./check-standing.ts";
import { officerTime, rememberTime } from "./officer-clock.ts";

/**
 * Does an approved change once. Everything is verified again from the signed bytes, and what the operation gets is what
 * was read from them; one use is consumed in the transaction of the effect.
 *
 * @param executor officer id.
 * @throws Refusal `change-not-found`, `change-waiting`, `change-expired`, `change-rejected`, `window-used-up`,
 *   `change-altered`, `role-not-permitted`, or what the operation refuses with; nothing has happened then.
 */
export async function executeChange(deps: ApprovalDeps, id: string, executor: string): Promise<JsonValue> {
  const at = await officerTime(deps.db, deps.clock);
  const policies = await deps.policies.load();
  const { current } = policies;
  actingOfficer(current, executor);
  const { row, ...parts } = await readChange(deps.db, id);
  const change = judgeStoredChange({ row, ...parts }, policies, { service: deps.service, at });
  const request = executableRequest(change);
  const operation = operationOf(deps, request.operation);
  const approved = approvedChange(change, request, parametersOf(operation, request.parameters), executor);
  const standing = { at, isStop: fewestPersons(request.operation) === 1 };
  await checkStanding(deps, current, [executor, request.proposer, ...approved.approvers], standing);
  const use = breakGlassUse(change, request, current, at);
  const result = await transact(deps.db, async (tx) => {
    await rememberTime(tx, at);
    await checkInForce(tx, current, change);
    await consumeUse(tx, row, change, use);
    return await runOperation(deps, tx, { operation, approved, number: change.uses + 1, at, use });
  });
  if (use !== undefined) deps.onBreakGlass(use);
  return result;
}

/** The request of a change that may be done now. */
function executableRequest(change: StoredChange): ChangeRequest {
  const { id, state, uses, verification } = change;
  const { verdict, request, window, counted, needed } = verification;
  if (verdict === "refused" || request === undefined) throw altered(id, verification);
  if (state === "ready") return request;
  if (state === "waiting") {
    throw refuse("change-waiting", {
      zh: `申请 ${id} 已有 ${String(counted)} 人签名，需要 ${String(needed)} 人。`,
      en: `The change ${id} has ${String(counted)} of the ${String(needed)} persons that it needs.`,
    });
  }
  if (state === "rejected") {
    throw refuse("change-rejected", { zh: `申请 ${id} 已被驳回。`, en: `The change ${id} was rejected.` });
  }
  if (state === "executed" && uses >= (window?.uses ?? 1)) {
    throw refuse("window-used-up", {
      zh: `申请 ${id} 已执行 ${String(uses)} 次，批准已用完。`,
      en: `The change ${id} was done ${String(uses)} times, as often as was approved.`,
    });
  }
  throw ended(change);
}

function approvedChange(
  { id, verification }: StoredChange,
  request: ChangeRequest,
  parameters: Record<string, unknown>,
  executor: string,
): ApprovedChange {
  const { operation, target, reason, proposer } = request;
  const approvers = verification.signatures.filter(({ counts }) => counts).map(({ officer }) => officer);
  const digest = verification.digest ?? "";
  return { id, operation, target, parameters, reason, proposer, approvers, executor, digest };
}

const hourMilliseconds = 3_600_000;

function breakGlassUse(
  { id, verification: { isBreakGlass } }: StoredChange,
  { operation, target }: ChangeRequest,
  { policy: { break_glass } }: OpenPolicy,
  at: Date,
): BreakGlassUse | undefined {
  if (!isBreakGlass) return undefined;
  const end = at.getTime() + (break_glass?.review_within_hours ?? 0) * hourMilliseconds;
  return { id, operation, target, usedAt: at.toISOString(), reviewBefore: new Date(end).toISOString() };
}

/** A policy that was changed since it was loaded takes its changes along. */
async function checkInForce(
  tx: Kysely<ApprovalTables>,
  { digest }: OpenPolicy,
  change: StoredChange,
): Promise<void> {
  const last = await tx
    .selectFrom("officer_policies")
    .select("digest")
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  if (last?.digest !== digest) throw ended({ ...change, endedBy: "policy-superseded" });
}

async function consumeUse(
  tx: Kysely<ApprovalTables>,
  row: ChangeRow,
  { uses, verification }: StoredChange,
  breakGlass: BreakGlassUse | undefined,
): Promise<void> {
  const isLast = uses + 1 >= (verification.window?.uses ?? 1);
  const isSwapped = await swapChange(tx, row, {
    uses: uses + 1,
    state: isLast ? "executed" : "ready",
    ...(breakGlass !== undefined && { review_before: breakGlass.reviewBefore }),
  });
  if (!isSwapped || isClosed(row.state)) throw meanwhile(row.id);
}

interface Running {
  readonly operation: ChangeOperation;
  readonly approved: ApprovedChange;
  readonly number: number;
  readonly at: Date;
  readonly use: BreakGlassUse | undefined;
}

async function runOperation(
  deps: ApprovalDeps,
  tx: Transaction<ApprovalTables>,
  { operation, approved, number, at, use }: Running,
): Promise<JsonValue> {
  const { id, target, executor, digest: request } = approved;
  const result = await operation.execute({
    tx: tx as unknown as Transaction<unknown>,
    change: approved as ApprovedChange<Record<string, unknown>>,
    at,
  });
  await tx
    .insertInto("change_executions")
    .values({ change_id: id, number, executed_at: at.toISOString(), executor, result: canonicalJson(result) })
    .execute();
  const event = { actor: executor, subject: id, occurredAt: at };
  await deps.trail.in(tx).append({
    ...event,
    action: "change.executed",
    detail: { operation: operation.name, target, request },
  });
  if (use !== undefined) {
    const detail = { request, review_before: use.reviewBefore };
    await deps.trail.in(tx).append({ ...event, action: "break-glass.used", detail });
  }
  return result;
}
