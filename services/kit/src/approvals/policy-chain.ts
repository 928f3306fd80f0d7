import { bytesOfBase64 } from "@yinxin/crypto/bytes";
import type { Certificate } from "@yinxin/crypto/x509";

import { canonicalBytes, documentDigest } from "./canonical-document.ts";
import { policyChainSchema } from "./change-export.ts";
import type { PolicyChain, SignedChange } from "./change-export.ts";
import { judgeRecord, wasExecuted } from "./judge-record.ts";
import type { RecordJudging } from "./judge-record.ts";
import { judgeRevocation } from "./judge-revocation.ts";
import { readTrustedLogs } from "./log-record.ts";
import { createCheckList } from "./change-report.ts";
import type { ApprovalCheck, ChangeVerification, CheckList } from "./change-report.ts";
import type { GovernanceTrust } from "./governance-trust.ts";
import { officerRootsOf } from "./governance-trust.ts";
import { clockToleranceMilliseconds, judgeChange } from "./judge-change.ts";
import type { OfficerRevocation } from "./officer-standing.ts";
import { judgePolicy } from "./judge-policy.ts";
import { openPolicy } from "./open-policy.ts";
import type { OpenPolicy } from "./open-policy.ts";
import { readOfficerPolicy } from "./officer-policy.ts";
import type { OfficerPolicy } from "./officer-policy.ts";

/** What a chain of policies proves. */
export interface PolicyChainVerification {
  /** In their order, up to the first that does not hold. The last one is in force only if `isValid`. */
  readonly policies: readonly OpenPolicy[];
  readonly isValid: boolean;
  readonly checks: readonly ApprovalCheck[];
}

/** What the operation `policy.change` is done to. */
export const policyChangeTarget = "officer-policy";

/** What a verifier knows besides the trust file. */
export interface PolicyChainKnowledge {
  /** Digests of policies that are known otherwise to have been in force, e.g. because they are in the verifier's own database. */
  readonly inForce?: ReadonlySet<string>;
  /** Revocation lists of the officers' certificates; without them no certificate is known to be revoked. */
  readonly revocation?: OfficerRevocation;
}

/**
 * Proves every policy from the first, whose digest the verifier has: each next one was approved under the rule
 * `policy.change` of the one before, follows it, and came into force: the audit log of the service where it was approved, by a key of
 * the trust file, says that the change was done within its window. What was approved and never done, or rejected, or came second of two,
 * proves nothing. Never throws for bad input.
 */
export function verifyPolicyChain(
  chain: unknown,
  trust: GovernanceTrust,
  knowledge: PolicyChainKnowledge = {},
): PolicyChainVerification {
  const list = createCheckList();
  const policies: OpenPolicy[] = [];
  const anchors = readRoots(trust, list);
  const parsed = policyChainSchema.safeParse(chain);
  if (!parsed.success) list.add("export-form", "policies", false, "This is not a chain of policies.");
  if (parsed.success && anchors !== undefined)
    walkChain(parsed.data, trust, anchors, { list, policies, knowledge: withKnown(knowledge, trust) });
  return { policies, isValid: policies.length > 0 && !list.hasFailed, checks: list.checks };
}

/** What was proved by a log's key before that was lost is not asked of the log again, whose lost key would say it of any policy. */
function withKnown(
  { inForce = new Set(), ...knowledge }: PolicyChainKnowledge,
  { policies_in_force: known = [] }: GovernanceTrust,
): PolicyChainKnowledge {
  return { ...knowledge, inForce: new Set([...inForce, ...known]) };
}

function readRoots(trust: GovernanceTrust, list: CheckList): readonly Certificate[] | undefined {
  try {
    const roots = officerRootsOf(trust);
    if (list.add("trust-roots", "trust", roots.length > 0, `${String(roots.length)} roots are trusted.`))
      return roots;
  } catch {
    list.add("trust-roots", "trust", false, "A root in the trust file is no certificate.");
  }
  return undefined;
}

interface Walk {
  readonly list: CheckList;
  readonly policies: OpenPolicy[];
  readonly knowledge: PolicyChainKnowledge;
}

function walkChain(
  { genesis, changes }: PolicyChain,
  trust: GovernanceTrust,
  anchors: readonly Certificate[],
  { list, policies, knowledge }: Walk,
): void {
  const logs = readTrustedLogs(trust);
  let current = openGenesis(bytesOfBase64(genesis), trust, anchors, list);
  let earliest = "";
  for (const [index, change] of changes.entries()) {
    if (current === undefined || list.hasFailed) return;
    policies.push(current);
    const approvedUnder = current;
    const where = `policies.changes[${String(index)}]`;
    const verification = judgeChange(change, current, where);
    copyChecks(verification, list);
    current = successorOf(current, verification, earliest, where, list);
    if (current !== undefined)
      checkInForce(current, change, verification, { logs, where, list, knowledge, approvedUnder });
    earliest = verification.window?.from ?? earliest;
  }
  if (current !== undefined && !list.hasFailed) policies.push(current);
}

/** Whether a policy that was approved was also taken up. */
function checkInForce(
  { digest, policy }: OpenPolicy,
  change: SignedChange,
  verification: ChangeVerification,
  { logs, where, list, knowledge, approvedUnder }: InForceChecking,
): void {
  if (list.hasFailed || knowledge.inForce?.has(digest) === true) return;
  const { request, digest: requestDigest = "" } = verification;
  if (request === undefined) return;
  const events = judgeRecord(change, { request, digest: requestDigest, logs, where, list });
  const { revocation } = knowledge;
  if (revocation !== undefined)
    judgeRevocation(change, { request, policy: approvedUnder, revocation, events, where, list });
  const isInForce = wasExecuted(events, verification);
  const name = `policy ${String(policy.version)}`;
  const detail = isInForce
    ? `The audit log says that ${name} came into force.`
    : `No audit log of the trust file says that ${name} came into force: it may only have been approved.`;
  list.add("policy-in-force", where, isInForce, detail);
}

type InForceChecking = Pick<Walk, "list" | "knowledge"> &
  Pick<RecordJudging, "logs" | "where"> & { readonly approvedUnder: OpenPolicy };

function copyChecks({ checks }: ChangeVerification, list: CheckList): void {
  for (const { name, where, result, detail, clause } of checks)
    list.add(name, where, result === "passed", detail, clause);
}

function openGenesis(
  bytes: Uint8Array,
  trust: GovernanceTrust,
  anchors: readonly Certificate[],
  list: CheckList,
): OpenPolicy | undefined {
  const where = "policies.genesis";
  const digest = documentDigest(bytes);
  const isPinned = digest === trust.policy_genesis;
  list.add("policy-genesis", where, isPinned, `The first policy is ${digest}.`);
  const { value: policy, problem } = readOfficerPolicy(bytes);
  list.add("policy-form", where, policy !== undefined, problem ?? "The policy can be read.");
  if (policy === undefined || !isPinned) return undefined;
  const isFirst = policy.version === 1 && policy.previous === undefined;
  const isOurs = policy.deployment === trust.deployment;
  list.add("policy-succession", where, isFirst && isOurs, `It is the first policy of ${policy.deployment}.`);
  return isFirst && isOurs ? judgedPolicy(policy, digest, anchors, where, list) : undefined;
}

function judgedPolicy(
  policy: OfficerPolicy,
  digest: string,
  anchors: readonly Certificate[],
  where: string,
  list: CheckList,
): OpenPolicy {
  const problems = judgePolicy(policy);
  const [first] = problems;
  const place = first === undefined ? where : `${where}.${first.where}`;
  list.add(
    "policy-rules",
    place,
    first === undefined,
    first?.detail ?? "The policy keeps what every policy must.",
  );
  return openPolicy(policy, digest, anchors);
}

/** The policy that an approved change brings, as it is named from then on. */
export function policyInChange({ parameters }: { readonly parameters: Readonly<Record<string, unknown>> }): {
  readonly bytes: Uint8Array;
  readonly digest: string;
} {
  const bytes = canonicalBytes(parameters["policy"] ?? null);
  return { bytes, digest: documentDigest(bytes) };
}

function successorOf(
  current: OpenPolicy,
  verification: ChangeVerification,
  earliest: string,
  where: string,
  list: CheckList,
): OpenPolicy | undefined {
  const { request, window } = verification;
  const isApproved = isApprovedPolicyChange(verification);
  list.add(
    "policy-succession",
    where,
    isApproved,
    isApproved
      ? "The officers before approved this policy."
      : "The officers before did not approve this policy.",
  );
  if (!isApproved || request === undefined) return undefined;
  const { bytes, digest } = policyInChange(request);
  const { value: policy, problem } = readOfficerPolicy(bytes);
  list.add("policy-form", where, policy !== undefined, problem ?? "The policy can be read.");
  if (policy === undefined) return undefined;
  const follows = followingProblem(current, policy) ?? orderProblem(window?.from ?? "", earliest);
  const detail = follows ?? `It is policy ${String(policy.version)}.`;
  list.add("policy-succession", where, follows === undefined, detail);
  return judgedPolicy(policy, digest, current.anchors, where, list);
}

function isApprovedPolicyChange({ request, window, verdict }: ChangeVerification): boolean {
  const isPolicyChange = request?.operation === "policy.change" && request.target === policyChangeTarget;
  return isPolicyChange && window !== undefined && verdict === "authorized";
}

/** Approved before the policy was there under which it was approved? Officers' clocks may differ a little. */
function orderProblem(approved: string, earliest: string): string | undefined {
  const isInOrder =
    earliest === "" || Date.parse(approved) + clockToleranceMilliseconds >= Date.parse(earliest);
  return isInOrder ? undefined : "It was approved before the one that it follows.";
}

/** Why a policy cannot follow another, or undefined. */
export function followingProblem(
  { policy: before, digest }: Pick<OpenPolicy, "policy" | "digest">,
  next: OfficerPolicy,
): string | undefined {
  if (next.previous !== digest) return "The policy does not name the one before it.";
  if (next.version !== before.version + 1)
    return `The policy after ${String(before.version)} has another number.`;
  return next.deployment === before.deployment ? undefined : "The policy is for another deployment.";
}

/** Changes of `chain` with one more at its end. */
export function continuedChain(chain: PolicyChain, change: SignedChange): PolicyChain {
  return { ...chain, changes: [...chain.changes, change] };
}

/**
 * The first place at which chains that are each proved tell of two policies with one number: somebody let two services take up
 * competing changes. Undefined if they are all one history.
 */
export function policyForkOf(
  chains: readonly (readonly Pick<OpenPolicy, "policy" | "digest">[])[],
): { readonly version: number; readonly digests: readonly string[] } | undefined {
  const longest = Math.max(0, ...chains.map(({ length }) => length));
  for (let at = 0; at < longest; at += 1) {
    const digests = [...new Set(chains.flatMap((policies) => policies[at]?.digest ?? []))];
    if (digests.length > 1) return { version: at + 1, digests };
  }
  return undefined;
}
