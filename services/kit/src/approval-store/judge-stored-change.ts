import { judgeChange } from "../approvals/index.ts";
import type { ChangeVerification } from "../approvals/index.ts";
import type { ChangeEnding, ChangeState, StoredChange, StoredChangeState } from "./stored-change.ts";
import type { ChangeRows } from "./change-rows.ts";
import type { LoadedPolicies } from "./policy-store.ts";

/** States that a change does not leave. */
const closedStates = ["executed", "rejected", "expired"] as const satisfies readonly StoredChangeState[];

/** Whether nothing more happens to a change in this state, so that its row may say so. */
export function isClosed(state: ChangeState): state is (typeof closedStates)[number] {
  return (closedStates as readonly ChangeState[]).includes(state);
}

/**
 * A stored change as its signatures, the policy in force and the time make it. Of the row only this is believed: that a
 * closed change is closed, and that it was done at least so often.
 */
export function judgeStoredChange(
  rows: ChangeRows,
  policies: LoadedPolicies,
  { service, at }: { readonly service: string; readonly at: Date },
): StoredChange {
  const { row, signed, executions, recordedUses } = rows;
  const verification = verificationOf(rows, policies, service);
  const uses = Math.max(row.uses, executions.length, recordedUses);
  const isInForce = verification.request?.policy === policies.current.digest;
  const state = stateOf(verification, { stored: row.state, uses, isInForce, at });
  const endedBy = endingOf(state, verification, uses, policies);
  return {
    id: row.id,
    state,
    ...(endedBy && { endedBy }),
    verification,
    uses,
    signed,
    ...(row.review_before !== null && { reviewBefore: row.review_before }),
    ...(row.reviewed_by !== null && { reviewedBy: row.reviewed_by }),
    results: executions.map(({ executed_at, executor, result }) => ({
      at: executed_at,
      executor,
      result: JSON.parse(result) as StoredChange["results"][number]["result"],
    })),
  };
}

/** Told by when the next policy came, so that it is the same however late somebody looks. */
function endingOf(
  state: ChangeState,
  { request, window }: ChangeVerification,
  uses: number,
  policies: LoadedPolicies,
): ChangeEnding | undefined {
  const isDone = uses >= (window?.uses ?? 1);
  const isOver = state === "expired" || (state === "executed" && !isDone);
  if (request === undefined || !isOver) return undefined;
  const end = window?.until ?? request.not_after;
  return replacementOf(request.policy, policies) <= end ? "policy-superseded" : "not-in-time";
}

/** When the policy after this one came; after every time where none did. */
function replacementOf(policy: string, { policies, adoptedAt = [] }: LoadedPolicies): string {
  const named = policies.findIndex(({ digest }) => digest === policy);
  return (named === -1 ? undefined : adoptedAt[named + 1]) ?? "9999";
}

function verificationOf(
  rows: ChangeRows,
  { policies, current }: LoadedPolicies,
  service: string,
): ChangeVerification {
  const { signed } = rows;
  // The one that it names, so that what was approved long ago still shows who approved it.
  const asked = judgeChange(signed, current, "change");
  const named = policies.find(({ digest }) => digest === asked.request?.policy) ?? current;
  const verification = named === current ? asked : judgeChange(signed, named, "change");
  const detail = storageProblem(rows, verification, service);
  if (detail === undefined) return verification;
  const check = { name: "request-form", result: "failed", where: "change", detail } as const;
  return { ...verification, verdict: "refused", checks: [...verification.checks, check] };
}

/** What is wrong with how a change is stored, whoever signed it. */
function storageProblem(
  { row, recordedRejections }: ChangeRows,
  { request, digest, verdict }: ChangeVerification,
  service: string,
): string | undefined {
  const isItsRow =
    request?.id === row.id &&
    digest === row.digest &&
    request.operation === row.operation &&
    request.target === row.target &&
    request.proposer === row.proposer;
  if (!isItsRow) return "The row is not that of the request in it.";
  if (request.service !== service) return `It was asked for at the service ${request.service}.`;
  if (recordedRejections > 0 && verdict !== "rejected") return "Its rejection is missing.";
  return undefined;
}

interface Circumstances {
  readonly stored: StoredChangeState;
  readonly uses: number;
  /** Whether the policy under which it was asked for still is. */
  readonly isInForce: boolean;
  readonly at: Date;
}

function stateOf(verification: ChangeVerification, circumstances: Circumstances): ChangeState {
  const { stored, uses, isInForce, at } = circumstances;
  const { verdict, window } = verification;
  if (verdict === "refused") return "altered";
  if (isClosed(stored)) return stored;
  const isOpen = verdict === "waiting" || verdict === "authorized";
  if (isOpen && isInForce && !isOver(verification, uses, at))
    return window === undefined ? "waiting" : "ready";
  if (uses > 0) return "executed";
  return isOpen ? "expired" : "rejected";
}

function isOver({ window, request }: ChangeVerification, uses: number, at: Date): boolean {
  const isUsedUp = window !== undefined && uses >= window.uses;
  return isUsedUp || at.toISOString() > (window?.until ?? request?.not_after ?? "");
}
