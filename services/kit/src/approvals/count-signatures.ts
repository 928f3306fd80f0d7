import type { ChangeRequest } from "./change-request.ts";
import type { ChangeSignature, NotCountedReason } from "./change-report.ts";
import { breakGlassName, personKey } from "./judge-policy.ts";
import type { Signatory } from "./open-policy.ts";
import type { OperationRule } from "./operation-rules.ts";

/** A signature that holds, and who made it. */
export interface HeldSignature {
  readonly signatory: Signatory;
  readonly decision: ChangeSignature["decision"];
  /** As signed. */
  readonly at: string;
}

export interface Count {
  readonly signatures: readonly ChangeSignature[];
  readonly counted: number;
  readonly needed: number;
  readonly isBreakGlass: boolean;
  /** When the last signature that was needed was made; undefined while more are needed. */
  readonly reachedAt?: string;
  /** When somebody who may refused. */
  readonly rejectedAt?: string;
}

/**
 * Where the break-glass key has no say: the review looks at what that key did, and a policy changes only under the quorum of the
 * policy before, or whoever finds the key could make officers. Nor does it vouch for the key of a log: that would write its own history.
 */
const operationsOfPersons: ReadonlySet<string> = new Set([
  ...["break-glass.review", "policy.change"],
  "audit.replace-key",
]);

/**
 * Counts persons. A security officer counts once, whatever number of signatures is theirs; the proposer counts if they are
 * one, and since a rule of two or more needs as many persons, another has signed as well. Administrators propose and do
 * not count, auditors do neither. The break-glass key counts as everybody, except
 * for what only persons may decide.
 *
 * @param held the proposal first, then the decisions; each signature has been verified.
 */
export function countSignatures(
  request: ChangeRequest,
  rule: OperationRule,
  held: readonly HeldSignature[],
): Count {
  const inOrder = [...held].sort((left, right) => Date.parse(left.at) - Date.parse(right.at));
  const counting: Signatory[] = [];
  const reasons = new Map<HeldSignature, NotCountedReason>();
  let reachedAt: string | undefined;
  for (const signature of inOrder) {
    const why =
      reasonNotToCount(request, signature, counting) ?? (reachedAt === undefined ? undefined : "not-needed");
    if (why !== undefined) {
      reasons.set(signature, why);
      continue;
    }
    counting.push(signature.signatory);
    if (suffice(rule, counting)) reachedAt = signature.at;
  }
  const rejection = inOrder.find((signature) => reasons.get(signature) === "is-rejection");
  return {
    signatures: held.map((signature) => described(signature, reasons.get(signature))),
    counted: counting.length,
    needed: rule.persons,
    isBreakGlass: counting.some(isBreakGlassKey),
    ...(reachedAt !== undefined && { reachedAt }),
    ...(rejection !== undefined && { rejectedAt: rejection.at }),
  };
}

function reasonNotToCount(
  request: ChangeRequest,
  { signatory, decision }: HeldSignature,
  counting: readonly Signatory[],
): NotCountedReason | undefined {
  const isOwn = signatory.id === request.proposer;
  if (decision === "reject") {
    // Whoever asked may take it back.
    return isOwn || signatory.role === "security-officer" ? "is-rejection" : "role-not-permitted";
  }
  if (isOwn && decision === "approve") return "own-request";
  return keyReason(request, signatory) ?? personReason(signatory, counting);
}

function keyReason(request: ChangeRequest, signatory: Signatory): NotCountedReason | undefined {
  if (isBreakGlassKey(signatory))
    return operationsOfPersons.has(request.operation) ? "not-for-break-glass" : undefined;
  return signatory.role === "security-officer" ? undefined : "role-not-permitted";
}

function personReason({ person }: Signatory, counting: readonly Signatory[]): NotCountedReason | undefined {
  return counting.some((counted) => counted.person === person) ? "person-counted" : undefined;
}

function isBreakGlassKey({ role }: Signatory): boolean {
  return role === breakGlassName;
}

function suffice({ persons, distinct_units }: OperationRule, signed: readonly Signatory[]): boolean {
  if (signed.some(isBreakGlassKey)) return true;
  const units = new Set(signed.map(({ unit }) => personKey(unit)));
  return signed.length >= persons && (distinct_units !== true || units.size >= persons);
}

function described(
  { signatory, decision, at }: HeldSignature,
  why: NotCountedReason | undefined,
): ChangeSignature {
  const { id, person, name, unit, role, certificateDigest } = signatory;
  return {
    officer: id,
    person,
    name,
    unit,
    role,
    decision,
    at,
    certificate: certificateDigest,
    counts: why === undefined,
    ...(why !== undefined && { why }),
  };
}
