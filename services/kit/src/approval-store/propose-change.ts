import { base64Of } from "@yinxin/crypto/bytes";

import {
  clockToleranceMilliseconds,
  fewestPersons,
  judgeChange,
  readChangeRequest,
} from "../approvals/index.ts";
import type { ChangeRequest, ChangeVerification, OpenPolicy } from "../approvals/index.ts";
import { isUniqueViolation, transact } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import { malformed, operationOf, parametersOf } from "./approval-deps.ts";
import type { ApprovalDeps } from "./approval-deps.ts";
import { checkStanding } from "./check-standing.ts";
import { officerTime, rememberTime } from "./officer-clock.ts";

/**
 * Takes a request that an officer signed. It is stored only if it could be granted: it is for this service, under the
 * policy in force, made just now, and its operation says what it would do.
 *
 * @returns the change's id.
 * @throws Refusal `change-malformed`, `operation-unknown`, `role-not-permitted`, `signature-not-valid`, `audit-head-unknown`, `change-exists`, or
 *   what the operation's preview refuses with.
 */
export async function proposeChange(
  deps: ApprovalDeps,
  { request: bytes, signature }: { readonly request: Uint8Array; readonly signature: Uint8Array },
): Promise<string> {
  const at = await officerTime(deps.db, deps.clock);
  const { current } = await deps.policies.load();
  const { value: request, problem } = readChangeRequest(bytes);
  if (request === undefined) throw malformed(problem);
  checkAddress(deps, request, current, at);
  const operation = operationOf(deps, request.operation);
  const parameters = parametersOf(operation, request.parameters);
  const signed = { request: base64Of(bytes), signature: base64Of(signature), approvals: [] };
  const verification = judgeChange(signed, current, "change");
  if (verification.verdict === "refused") throw refusalOf(verification);
  const isStop = fewestPersons(request.operation) === 1;
  await checkStanding(deps, current, [request.proposer], { at, isStop });
  await checkHead(deps, request);
  await operation.preview(request.target, parameters);
  await store(deps, { request, bytes, signature, verification, at });
  return request.id;
}

function checkAddress(
  { service }: ApprovalDeps,
  request: ChangeRequest,
  current: OpenPolicy,
  at: Date,
): void {
  if (request.deployment !== current.policy.deployment) throw malformed("deployment");
  if (request.service !== service) throw malformed("service");
  if (request.policy !== current.digest) throw malformed("policy");
  const distance = Math.abs(Date.parse(request.created_at) - at.getTime());
  if (distance > clockToleranceMilliseconds) throw malformed("created_at");
}

/** What says itself where the log stood, or only stops something, is not held up by a log that cannot go on. */
function needsHead(operation: string): boolean {
  return operation !== "audit.continue" && fewestPersons(operation) > 1;
}

/** The officers' signatures are over a history: a service that has another one cannot use them. */
async function checkHead(
  { log }: ApprovalDeps,
  { audit_head: head, operation }: ChangeRequest,
): Promise<void> {
  if (head === undefined || log === undefined || !needsHead(operation)) return;
  if (await log.wasAt(head)) return;
  throw refuse("audit-head-unknown", {
    zh: `申请人看到的审计日志是 ${head.origin} 的 ${String(head.size)} 条事件，本服务没有这段历史。`,
    en: `The proposer saw ${String(head.size)} events of ${head.origin}; this service does not have that history.`,
  });
}

/** Why a request whose signature does not count is refused, in the words of the checks. */
export function refusalOf({ checks }: ChangeVerification): Error {
  const failed = checks.find(({ result }) => result === "failed");
  const detail = failed?.detail ?? "The request does not hold.";
  switch (failed?.name) {
    case "proposer-role":
    case "statement-officer":
      return refuse("role-not-permitted", detail);
    case "proposal-signature":
    case "statement-signature":
      return refuse("signature-not-valid", detail);
    case "statement-request":
      return refuse("approval-other-request", detail);
    default:
      return refuse("change-malformed", detail);
  }
}

interface ToStore {
  readonly request: ChangeRequest;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly verification: ChangeVerification;
  readonly at: Date;
}

async function store(
  deps: ApprovalDeps,
  { request, bytes, signature, verification, at }: ToStore,
): Promise<void> {
  const { id, operation, target, proposer, nonce, created_at, not_after } = request;
  const digest = verification.digest ?? "";
  const state = verification.verdict === "authorized" ? "ready" : "waiting";
  try {
    await transact(deps.db, async (tx) => {
      await rememberTime(tx, at);
      const row = { id, digest, nonce, operation, target, proposer, state, created_at, not_after } as const;
      await tx
        .insertInto("changes")
        .values({
          ...row,
          request: bytes,
          signature,
          uses: 0,
          revision: 0,
          review_before: null,
          reviewed_by: null,
        })
        .execute();
      await deps.trail.in(tx).append({
        action: "change.proposed",
        actor: proposer,
        subject: id,
        occurredAt: at,
        detail: { operation, target, request: digest },
      });
    });
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw refuse(
      "change-exists",
      { zh: `申请 ${id} 已提交过。`, en: `The change ${id} is here already.` },
      { cause },
    );
  }
}
