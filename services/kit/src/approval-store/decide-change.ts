import { base64Of } from "@yinxin/crypto/bytes";

import {
  clockToleranceMilliseconds,
  commandToAskAgain,
  documentDigest,
  fewestPersons,
  judgeChange,
  readApprovalStatement,
} from "../approvals/index.ts";
import type {
  ApprovalStatement,
  ChangeSignature,
  ChangeVerification,
  NotCountedReason,
} from "../approvals/index.ts";
import { transact } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import { whatIsAltered } from "./altered-changes.ts";
import type { ApprovalDeps } from "./approval-deps.ts";
import { malformed } from "./approval-deps.ts";
import type { ApprovalRefusalCode } from "./approval-problems.ts";
import type { StoredChange } from "./stored-change.ts";
import { readChange, swapChange } from "./change-rows.ts";
import type { ChangeRows } from "./change-rows.ts";
import { judgeStoredChange } from "./judge-stored-change.ts";
import { checkStanding } from "./check-standing.ts";
import { officerTime, rememberTime } from "./officer-clock.ts";
import { refusalOf } from "./propose-change.ts";

/** One decision as it came. */
export interface SignedStatement {
  readonly statement: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * Takes an officer's decision on a change. It is stored only if it counts: a signature that nobody needs, or that is not
 * for its signer to give, is refused with the reason.
 *
 * @throws Refusal `change-not-found`, `change-not-waiting`, `change-expired`, `change-altered`, `approval-own-request`,
 *   `approval-person-counted`, `approval-other-request`, `role-not-permitted`, `signature-not-valid`, `change-malformed`.
 */
export async function decideChange(deps: ApprovalDeps, id: string, signed: SignedStatement): Promise<void> {
  const at = await officerTime(deps.db, deps.clock);
  const policies = await deps.policies.load();
  const rows = await readChange(deps.db, id);
  const statement = readStatement(signed, at);
  const before = judgeStoredChange(rows, policies, { service: deps.service, at });
  checkOpen(before, statement);
  const approval = { statement: base64Of(signed.statement), signature: base64Of(signed.signature) };
  const approvals = [...rows.signed.approvals, approval];
  const verification = judgeChange({ ...rows.signed, approvals }, policies.current, "change");
  if (verification.verdict === "refused") throw refusalOf(verification);
  checkCounts(verification.signatures.at(-1));
  const { officer, decision } = statement;
  const isStop = decision === "reject" || fewestPersons(before.verification.request?.operation ?? "") === 1;
  await checkStanding(deps, policies.current, [officer], { at, isStop });
  await store(deps, rows, { signed, statement, verification, at });
}

function readStatement({ statement: bytes }: SignedStatement, at: Date): ApprovalStatement {
  const { value: statement, problem } = readApprovalStatement(bytes);
  if (statement === undefined) throw malformed(problem);
  const distance = Math.abs(Date.parse(statement.at) - at.getTime());
  if (distance > clockToleranceMilliseconds) throw malformed("at");
  return statement;
}

function checkOpen(change: StoredChange, { decision }: ApprovalStatement): void {
  const { id, state, verification } = change;
  if (verification.verdict === "refused") throw altered(id, verification);
  if (state === "waiting" || (state === "ready" && decision === "reject")) return;
  if (state === "expired") throw ended(change);
  throw refuse("change-not-waiting", {
    zh: `申请 ${id} 的状态是 ${state}，不再需要签名。`,
    en: `The change ${id} is ${state} and needs no signature any more.`,
  });
}

/** A stored change that its signatures do not bear out. */
export function altered(id: string, verification: ChangeVerification): Error {
  const what = whatIsAltered({ verification });
  return refuse("change-altered", {
    zh: `申请 ${id} 与签名不符（${what}）。`,
    en: `The change ${id} is not what was signed (${what}).`,
  });
}

/** A change whose time is over, or whose policy is; with the command that asks for the same again. */
export function ended({
  id,
  endedBy,
  verification: { request },
}: Pick<StoredChange, "id" | "endedBy" | "verification">): Error {
  const command = request && commandToAskAgain(request);
  const hint = command !== undefined && {
    hint: { zh: `重新提出申请：${command}`, en: `Ask again: ${command}` },
  };
  if (endedBy === "policy-superseded") {
    const detail = {
      zh: `申请 ${id} 所依据的审批策略已被替换，须按现行策略重新申请和批准。`,
      en: `The officer policy under which ${id} was asked for was replaced; ask and approve anew under the one in force.`,
    };
    return refuse("change-policy-superseded", detail, { ...hint });
  }
  const detail = { zh: `申请 ${id} 已过期。`, en: `The time of the change ${id} is over.` };
  return refuse("change-expired", detail, { ...hint });
}

const reasons: Readonly<Record<Exclude<NotCountedReason, "is-rejection">, ApprovalRefusalCode>> = {
  "own-request": "approval-own-request",
  "person-counted": "approval-person-counted",
  "role-not-permitted": "role-not-permitted",
  "not-for-break-glass": "role-not-permitted",
  "not-needed": "change-not-waiting",
};

function checkCounts(signature: ChangeSignature | undefined): void {
  const why = signature?.why;
  if (signature === undefined || why === undefined || why === "is-rejection") return;
  throw refuse(reasons[why], {
    zh: `${signature.officer}（${signature.name}）的这个签名不计入。`,
    en: `This signature of ${signature.officer} (${signature.name}) does not count.`,
  });
}

interface ToStore {
  readonly signed: SignedStatement;
  readonly statement: ApprovalStatement;
  readonly verification: ChangeVerification;
  readonly at: Date;
}

async function store(
  deps: ApprovalDeps,
  { row, signed: { approvals } }: ChangeRows,
  { signed, statement: { officer, decision }, verification, at }: ToStore,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    await rememberTime(tx, at);
    const state =
      ({ authorized: "ready", rejected: "rejected" } as const)[verification.verdict as string] ?? "waiting";
    if (!(await swapChange(tx, row, { state }))) throw meanwhile(row.id);
    await tx
      .insertInto("change_statements")
      .values({
        change_id: row.id,
        position: approvals.length + 1,
        ...signed,
        officer,
        decision,
        received_at: at.toISOString(),
      })
      .execute();
    await deps.trail.in(tx).append({
      action: decision === "approve" ? "change.approved" : "change.rejected",
      actor: officer,
      subject: row.id,
      occurredAt: at,
      detail: { request: row.digest, statement: documentDigest(signed.statement) },
    });
  });
}

/** Somebody else wrote to the change between reading and storing. */
export function meanwhile(id: string): Error {
  return refuse("change-not-waiting", {
    zh: `申请 ${id} 刚刚有了变化，请重新查看。`,
    en: `Something happened to the change ${id} meanwhile; look at it again.`,
  });
}
