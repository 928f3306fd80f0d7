import type { OpenPolicy } from "../approvals/index.ts";
import { changeName, serviceFolder } from "./evidence-members.ts";
import type { ChangeEvidence, EvidenceChecks } from "./evidence-report.ts";

/**
 * Holds what each service's log says was done to the officer policy against the package's chain and against the other services: two
 * competing successors of one policy may each be approved, and one of them was slipped in. The check `policy-forked` fails then.
 */
export function checkPolicyForks(
  policies: readonly Pick<OpenPolicy, "digest">[],
  changes: readonly Pick<ChangeEvidence, "service" | "id" | "brought">[],
  checks: EvidenceChecks,
): void {
  const successors = new Map<string, string>();
  for (const [at, { digest }] of policies.entries()) {
    const next = policies[at + 1];
    if (next !== undefined) successors.set(digest, next.digest);
  }
  for (const { service, id, brought } of changes) {
    if (brought === undefined) continue;
    const { follows, digest } = brought;
    const known = successors.get(follows) ?? digest;
    successors.set(follows, known);
    if (known === digest) continue;
    const where = `${serviceFolder(service)}${changeName(id)}`;
    const detail = `The policies ${known} and ${digest} both follow ${follows}, and both were put into force.`;
    checks.add("policy-forked", where, false, detail);
  }
}
