import { bytesOfBase64 } from "@yinxin/crypto/bytes";

import { documentDigest } from "./canonical-document.ts";
import type { SignedChange } from "./change-export.ts";
import { createCheckList } from "./change-report.ts";
import type { ChangeVerification, CheckList } from "./change-report.ts";
import { readApprovalStatement, readChangeRequest } from "./change-request.ts";
import type { ChangeRequest } from "./change-request.ts";
import { countSignatures } from "./count-signatures.ts";
import type { Count, HeldSignature } from "./count-signatures.ts";
import type { OpenPolicy, Signatory } from "./open-policy.ts";
import { ruleFor } from "./operation-rules.ts";
import type { OperationRule } from "./operation-rules.ts";
import { verifyStatement } from "./verify-statement.ts";

/** Clocks of officers' machines differ by so much. */
export const clockToleranceMilliseconds = 5 * 60_000;

/** What a change is judged by. */
interface Judging {
  readonly policy: OpenPolicy;
  /** Where the change stands in what is verified. */
  readonly where: string;
  readonly list: CheckList;
}

/**
 * Judges a change by its signatures, under one policy that is known to be genuine. Never throws for bad input.
 *
 * @param where of the change, for the report.
 */
export function judgeChange(signed: SignedChange, policy: OpenPolicy, where: string): ChangeVerification {
  const judging: Judging = { policy, where, list: createCheckList() };
  const bytes = bytesOfBase64(signed.request);
  const digest = documentDigest(bytes);
  const reading = readChangeRequest(bytes);
  const known = { digest, policy: { version: policy.policy.version, digest: policy.digest } };
  if (reading.value === undefined) {
    judging.list.add("request-form", where, false, `The request cannot be read: ${reading.problem}.`);
    return { ...nothingCounted, ...known, checks: judging.list.checks };
  }
  const request = reading.value;
  const rule = requestRule(request, judging);
  const proposal = heldProposal(bytes, signed, request, judging);
  const decisions = signed.approvals.flatMap((approval, index) =>
    heldDecision(approval, request, digest, { ...judging, where: `${where}.approvals[${String(index)}]` }),
  );
  const { checks, hasFailed } = judging.list;
  if (rule === undefined || proposal === undefined) {
    return { ...nothingCounted, ...known, request, checks };
  }
  const count = countSignatures(request, rule, [proposal, ...decisions]);
  return {
    ...known,
    request,
    verdict: hasFailed ? "refused" : verdictOf(count),
    signatures: count.signatures,
    counted: count.counted,
    needed: count.needed,
    isBreakGlass: count.isBreakGlass,
    ...(!hasFailed && windowOf(request, rule, count)),
    checks,
  };
}

const nothingCounted = {
  verdict: "refused",
  signatures: [],
  counted: 0,
  needed: 0,
  isBreakGlass: false,
} as const;

function verdictOf({ reachedAt, rejectedAt }: Count): ChangeVerification["verdict"] {
  if (rejectedAt !== undefined) return "rejected";
  return reachedAt === undefined ? "waiting" : "authorized";
}

/** The window opens with the last signature that was needed, and nothing happens after the request's own end. */
function windowOf(
  request: ChangeRequest,
  rule: OperationRule,
  count: Count,
): Pick<ChangeVerification, "window"> {
  const { reachedAt: from, rejectedAt, isBreakGlass } = count;
  if (from === undefined || (rejectedAt !== undefined && rejectedAt <= from)) return {};
  const closes = new Date(Date.parse(from) + rule.window.seconds * 1000).toISOString();
  const until = [closes, request.not_after, rejectedAt ?? closes].sort()[0] ?? closes;
  return { window: { from, until, uses: isBreakGlass ? 1 : rule.window.uses } };
}

/** The rule for the operation; undefined if the request is not one under this policy. */
function requestRule(request: ChangeRequest, { policy, where, list }: Judging): OperationRule | undefined {
  const { deployment, rules } = policy.policy;
  list.add(
    "request-deployment",
    where,
    request.deployment === deployment,
    `The request is for the deployment ${request.deployment}.`,
  );
  list.add(
    "request-policy",
    where,
    request.policy === policy.digest,
    request.policy === policy.digest
      ? `The request names policy ${String(policy.policy.version)}.`
      : "The request names another policy.",
  );
  const rule = ruleFor(rules, request.operation);
  const hasRule = list.add(
    "request-operation",
    where,
    rule !== undefined,
    rule === undefined
      ? `The policy has no rule for ${request.operation}.`
      : `${request.operation} needs ${String(rule.persons)} ${rule.persons === 1 ? "person" : "persons"}.`,
  );
  if (!hasRule || rule === undefined) return undefined;
  const lifetime = Date.parse(request.not_after) - Date.parse(request.created_at);
  const isWithin = lifetime > 0 && lifetime <= rule.not_after_seconds * 1000;
  list.add(
    "request-times",
    where,
    isWithin,
    isWithin
      ? `Nothing happens after ${request.not_after}.`
      : `The request's time is not within the ${String(rule.not_after_seconds)} seconds that the policy allows.`,
  );
  return rule;
}

function heldProposal(
  bytes: Uint8Array,
  { signature }: SignedChange,
  request: ChangeRequest,
  judging: Judging,
): HeldSignature | undefined {
  const { policy, where, list } = judging;
  const signatory = policy.signatories.find(({ id }) => id === request.proposer);
  const mayPropose = signatory !== undefined && signatory.role !== "auditor";
  list.add(
    "proposer-role",
    where,
    mayPropose,
    signatory === undefined
      ? `The policy has no officer ${request.proposer}.`
      : `${request.proposer} is ${signatory.role}.`,
  );
  if (signatory === undefined || !mayPropose) return undefined;
  const isHeld = signatureHolds(
    "proposal-signature",
    bytes,
    signature,
    signatory,
    request.created_at,
    judging,
  );
  return isHeld ? { signatory, decision: "propose", at: request.created_at } : undefined;
}

function heldDecision(
  approval: SignedChange["approvals"][number],
  request: ChangeRequest,
  digest: string,
  judging: Judging,
): readonly HeldSignature[] {
  const { policy, where, list } = judging;
  const bytes = bytesOfBase64(approval.statement);
  const { value: statement, problem } = readApprovalStatement(bytes);
  if (statement === undefined) {
    list.add("statement-form", where, false, `The statement cannot be read: ${problem}.`);
    return [];
  }
  const isOfThis = list.add(
    "statement-request",
    where,
    statement.request === digest,
    statement.request === digest
      ? "The statement is about this request."
      : "The statement is about another request, or the request was changed after it.",
  );
  const signatory = policy.signatories.find(({ id }) => id === statement.officer);
  const isOfficer = list.add(
    "statement-officer",
    where,
    signatory !== undefined,
    signatory === undefined
      ? `The policy has no officer ${statement.officer}.`
      : `${statement.officer} is ${signatory.role}.`,
  );
  const earliest = Date.parse(request.created_at) - clockToleranceMilliseconds;
  const isInTime = Date.parse(statement.at) >= earliest && statement.at <= request.not_after;
  list.add(
    "statement-times",
    where,
    isInTime,
    `The statement is of ${statement.at}, the request of ${request.created_at} until ${request.not_after}.`,
  );
  if (signatory === undefined || !isOfThis || !isOfficer || !isInTime) return [];
  const { signature } = approval;
  const isHeld = signatureHolds("statement-signature", bytes, signature, signatory, statement.at, judging);
  return isHeld ? [{ signatory, decision: statement.decision, at: statement.at }] : [];
}

function signatureHolds(
  name: "proposal-signature" | "statement-signature",
  bytes: Uint8Array,
  signature: string,
  { certificate }: Signatory,
  at: string,
  { policy, where, list }: Judging,
): boolean {
  const { isValid, detail, clause } = verifyStatement({
    bytes,
    signature: bytesOfBase64(signature),
    certificate,
    intermediates: policy.intermediates,
    anchors: policy.anchors,
    at: new Date(at),
  });
  return list.add(name, where, isValid, detail, clause);
}
