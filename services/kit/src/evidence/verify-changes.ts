import { canonicalBytes, documentDigest } from "../approvals/canonical-document.ts";
import { clockToleranceMilliseconds } from "../approvals/judge-change.ts";
import type { PolicyChainKnowledge } from "../approvals/policy-chain.ts";
import { verifyChangeExport } from "../approvals/verify-change-export.ts";
import type { ChangeVerification, GovernanceTrust, OpenPolicy } from "../approvals/index.ts";
import { changeName, serviceFolder } from "./evidence-members.ts";
import type { EvidenceEvent } from "./evidence-members.ts";
import type { ChangeEvidence, EvidenceChecks } from "./evidence-report.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";
import { jsonOf } from "./verify-manifest.ts";

/** What the changes of one service are proved with. */
export interface ChangeProving {
  readonly service: string;
  readonly members: EvidenceMembers;
  readonly trust: GovernanceTrust;
  /** The policies of the package; undefined if they do not hold. */
  readonly policies: readonly OpenPolicy[] | undefined;
  /** What the verifier knows besides, like revocation lists. */
  readonly knowledge: PolicyChainKnowledge;
  readonly checks: EvidenceChecks;
}

/** Proves each change of a service from its signatures, and holds the service's events against what was approved. */
export function verifyChanges(
  events: readonly EvidenceEvent[],
  proving: ChangeProving,
): readonly ChangeEvidence[] {
  const folder = `${serviceFolder(proving.service)}${changesFolder}`;
  const names = [...proving.members.keys()].filter((name) => name.startsWith(folder));
  const held = new Map<string, ChangeVerification>();
  for (const name of names) {
    const verification = verifiedChange(name, proving);
    const id = verification.request?.id;
    if (id !== undefined) held.set(id, verification);
  }
  checkEvents(events, held, proving);
  const done = new Set(
    events.filter(({ action }) => action === "change.executed").map(({ subject }) => subject),
  );
  return [...held].map(([id, { request, verdict, signatures }]) => ({
    ...(done.has(id) && broughtBy(request)),
    service: proving.service,
    id,
    operation: request?.operation ?? "",
    target: request?.target ?? "",
    verdict,
    approvers: signatures.filter(({ counts }) => counts).map((signature) => signature.name),
  }));
}

/** The policy that a change brings, if it brings one. */
function broughtBy(request: ChangeVerification["request"]): Pick<ChangeEvidence, "brought"> {
  const next = request?.operation === "policy.change" ? request.parameters["policy"] : undefined;
  if (request === undefined || next === undefined) return {};
  return { brought: { follows: request.policy, digest: documentDigest(canonicalBytes(next)) } };
}

const changesFolder = "changes/";

function verifiedChange(
  where: string,
  { service, members, trust, policies, checks, knowledge }: ChangeProving,
): ChangeVerification {
  const verification = verifyChangeExport(jsonOf(members.get(where)), trust, knowledge);
  const { verdict, request, counted, needed } = verification;
  const failed = verification.checks.find(({ result }) => result === "failed");
  const counts = `${verdict}: ${String(counted)} of ${String(needed)} persons signed.`;
  const at = failed === undefined ? where : `${where}#${failed.where}`;
  checks.add("change-signatures", at, verdict !== "refused", failed?.detail ?? counts, failed?.clause);
  if (request === undefined) return verification;
  const isOurs =
    request.service === service && where === `${serviceFolder(service)}${changeName(request.id)}`;
  if (!isOurs)
    checks.add(
      "change-agrees",
      where,
      false,
      `The change ${request.id} is of the service ${request.service}.`,
    );
  // A policy that no other member knows would be a second history of who the officers are.
  const isOfChain = policies?.some(({ digest }) => digest === request.policy);
  if (isOfChain === false)
    checks.add("policy-chain", where, false, "The change names a policy that is not in the package's chain.");
  return verification;
}

/** Where in the log an event stands, for the report. */
function placeOf({ service }: ChangeProving, { index }: EvidenceEvent): string {
  return `${serviceFolder(service)}events#${String(index)}`;
}

function checkEvents(
  events: readonly EvidenceEvent[],
  held: ReadonlyMap<string, ChangeVerification>,
  proving: ChangeProving,
): void {
  const executions = new Map<string, number>();
  let agreeing = 0;
  for (const event of events) {
    const id = changeNamedBy(event);
    if (id === undefined) continue;
    const change = held.get(id);
    if (change === undefined) {
      proving.checks.add(
        "change-present",
        placeOf(proving, event),
        false,
        `The event names the change ${id}, which is not here.`,
      );
      continue;
    }
    if (event.action === "change.executed") executions.set(id, (executions.get(id) ?? 0) + 1);
    const problem = disagreement(event, change) ?? tooOften(executions.get(id) ?? 0, change);
    if (problem === undefined) agreeing += 1;
    else proving.checks.add("change-agrees", placeOf(proving, event), false, problem);
  }
  if (agreeing > 0) {
    const detail = `${String(agreeing)} events agree with the changes that they name.`;
    proving.checks.add("change-agrees", `${serviceFolder(proving.service)}events`, true, detail);
  }
}

/** The change that an event tells of; undefined if it tells of none. */
export function changeNamedBy({ action, subject, detail }: EvidenceEvent): string | undefined {
  if (/^change\.|^break-glass\.used$/.test(action)) return subject;
  const { change } = detail;
  return typeof change === "string" ? change : undefined;
}

/** Why an event is not what was approved; undefined if it is. */
function disagreement(event: EvidenceEvent, change: ChangeVerification): string | undefined {
  const { request: signed } = event.detail;
  if (signed !== undefined && signed !== change.digest)
    return "The event is of a request with another digest.";
  if (event.action === "change.executed" && !isOfOperation(event, change))
    return "What was done is not what was approved: another operation or target.";
  if (event.action === "audit-log.continued" && !isOfContinuation(event, change))
    return "The epoch was begun otherwise than approved.";
  return isEffect(event) ? effectProblem(event, change) : undefined;
}

/** Asking, approving and rejecting come before a change is approved; everything else comes after. */
function isEffect({ action }: EvidenceEvent): boolean {
  return !["change.proposed", "change.approved", "change.rejected"].includes(action);
}

function effectProblem(event: EvidenceEvent, change: ChangeVerification): string | undefined {
  const { request, window, signatures } = change;
  if (change.verdict === "refused" || window === undefined || request === undefined)
    return "Something was done that not enough persons had approved.";
  const at = Date.parse(event.occurred_at);
  if (at < Date.parse(window.from) - clockToleranceMilliseconds) return "It was done before it was approved.";
  const isLate = at > Date.parse(window.until) + clockToleranceMilliseconds;
  // The effects of a plan come when they are due; doing it is what the window is for.
  if (event.action === "change.executed" && isLate) return "It was done when the approval was over.";
  if (!isOfTarget(event, request))
    return `The change is about ${request.target}, the event about ${event.subject}.`;
  const { persons } = event.detail;
  const counted = new Set(signatures.filter(({ counts }) => counts).map(({ officer }) => officer));
  const named: readonly unknown[] = Array.isArray(persons) ? persons : [];
  const areApprovers = named.every((person) => typeof person === "string" && counted.has(person));
  return areApprovers ? undefined : "The event names persons who did not approve the change.";
}

/** Operations that move keys of the ring that is their target, and of no other. */
const operationsOnTarget: ReadonlySet<string> = new Set([
  "key.rotate",
  "key.suspend",
  "key.resume",
  "key.compromise",
  "key.destroy",
  "key.standby",
  "scope.freeze",
  "scope.thaw",
]);
const eventsOfTarget: ReadonlySet<string> = new Set([
  "key.moved",
  "key.created",
  "scope.frozen",
  "scope.thawed",
]);

function isOfTarget(
  { action, subject }: EvidenceEvent,
  { operation, target }: NonNullable<ChangeVerification["request"]>,
): boolean {
  return !eventsOfTarget.has(action) || !operationsOnTarget.has(operation) || subject === target;
}

function isOfOperation(
  { detail: { operation, target } }: EvidenceEvent,
  { request }: ChangeVerification,
): boolean {
  return request !== undefined && operation === request.operation && target === request.target;
}

function isOfContinuation(
  { detail: { size, root } }: EvidenceEvent,
  { request }: ChangeVerification,
): boolean {
  const { operation, parameters } = request ?? {};
  return operation === "audit.continue" && parameters?.["size"] === size && parameters?.["root"] === root;
}

function tooOften(executions: number, { window }: ChangeVerification): string | undefined {
  return window !== undefined && executions > window.uses
    ? "It was done more often than was approved."
    : undefined;
}
