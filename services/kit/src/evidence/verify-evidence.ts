import { utf8Of } from "@yinxin/crypto/bytes";
import { parseLogPolicy, TlogError } from "@yinxin/crypto/tlog";
import type { LogPolicy } from "@yinxin/crypto/tlog";

import type { GovernanceTrust, OfficerRevocation, OpenPolicy } from "../approvals/index.ts";
import { manifestName, readEvidenceManifest } from "./evidence-manifest.ts";
import type { EvidenceManifest, EvidenceService } from "./evidence-manifest.ts";
import { serviceFolder, serviceMembers } from "./evidence-members.ts";
import { concludeEvidence, createEvidenceChecks } from "./evidence-report.ts";
import type { ChangeEvidence, EvidenceChecks, EvidenceReport } from "./evidence-report.ts";
import { unzipMembers } from "./evidence-zip.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";
import { checkLogs } from "./check-logs.ts";
import { checkMembers } from "./check-members.ts";
import { checkPolicyForks } from "./check-policy-forks.ts";
import { verifyChanges } from "./verify-changes.ts";
import {
  checkDigests,
  checkExporterStanding,
  checkTimeAndPlace,
  verifiedExporter,
  verifiedPolicies,
} from "./verify-manifest.ts";
import { verifyServiceLog } from "./verify-service-log.ts";
import { checkUses } from "./verify-uses.ts";

/**
 * Proves a package of evidence from its bytes and the trust file alone: no service, no database, no network. Never throws for
 * bad input: what is wrong, where and why is in the report.
 *
 * VALID: everything that the package claims is proved. INVALID: something is not what it says. INDETERMINATE: nothing is wrong,
 * but the trust file does not have the log, or too few witnesses cosigned.
 *
 * @param at the verifier's time; a package that is of later is refused.
 * @param crls revocation lists of the officers' certificates; with them nobody's signature under a change counts unless its certificate is
 *   known not to have been revoked by then.
 */
export function verifyEvidence(
  bytes: Uint8Array,
  trust: GovernanceTrust,
  at: Date,
  crls?: OfficerRevocation["crls"],
): EvidenceReport {
  const checks = createEvidenceChecks();
  const nothing = { services: [], changes: [], checks: checks.all, unproven: [] };
  const members = unzipMembers(bytes);
  if (typeof members === "string") {
    checks.add("package-form", "package", false, members);
    return concludeEvidence(nothing);
  }
  checks.add("package-form", "package", true, `${String(members.size)} members, stored and in order.`);
  const { value: manifest, problem } = readEvidenceManifest(members.get(manifestName) ?? new Uint8Array());
  if (manifest === undefined) {
    checks.add("manifest-form", manifestName, false, `The manifest cannot be read: ${problem}.`);
    return concludeEvidence(nothing);
  }
  checks.add("manifest-form", manifestName, true, "The manifest can be read.");
  const revocation = crls && { crls, now: at };
  return verifyMembers(manifest, members, { trust, at, checks, ...(revocation && { revocation }) });
}

interface Verifying {
  readonly trust: GovernanceTrust;
  readonly at: Date;
  readonly revocation?: OfficerRevocation;
  readonly checks: EvidenceChecks;
}

function verifyMembers(
  manifest: EvidenceManifest,
  members: EvidenceMembers,
  verifying: Verifying,
): EvidenceReport {
  const { trust, at, checks } = verifying;
  checkDigests(manifest, members, checks);
  checkTimeAndPlace(manifest, trust, at, checks);
  const policies = verifiedPolicies(members, trust, checks);
  const exporter = exporterOf(manifest, members, policies, verifying);
  const proved = provedServices(manifest, members, { ...verifying, policies });
  const changes = proved.flatMap((each) => each.changes);
  checkPolicyForks(policies ?? [], changes, checks);
  checkMembers(manifest, members, checks);
  return concludeEvidence({
    deployment: manifest.deployment,
    madeAt: manifest.made_at,
    ...(exporter && {
      madeBy: { officer: exporter.id, name: exporter.name, unit: exporter.unit, role: exporter.role },
    }),
    query: manifest.query,
    services: proved.map(({ service }) => service),
    changes,
    checks: checks.all,
    unproven: [...members.keys()].filter((name) => isOnlyVouchedFor(name, manifest)),
  });
}

function exporterOf(
  manifest: EvidenceManifest,
  members: EvidenceMembers,
  policies: readonly OpenPolicy[] | undefined,
  { checks, revocation }: Verifying,
) {
  const latest = policies?.at(-1);
  if (latest === undefined) return undefined;
  const exporter = verifiedExporter(manifest, members, latest, checks);
  if (exporter !== undefined && revocation !== undefined)
    checkExporterStanding(exporter, latest, manifest, { revocation, checks });
  return exporter;
}

function provedServices(
  manifest: EvidenceManifest,
  members: EvidenceMembers,
  {
    trust,
    policies,
    checks,
    revocation,
  }: Verifying & { readonly policies: readonly OpenPolicy[] | undefined },
) {
  const policy = logPolicyOf(trust, checks);
  if (policy === undefined) return [];
  checkLogs(manifest, policy, checks);
  return manifest.services.map((service) => {
    const { evidence, events, epoch } = verifyServiceLog(service, manifest, { members, policy, checks });
    checkUses(service, events, members, checks);
    const proving = { service: service.name, members, trust, policies, checks };
    const changes = verifyChanges(events, { ...proving, knowledge: { ...(revocation && { revocation }) } });
    if (epoch !== undefined) checkEpoch(service, epoch, changes, checks);
    return { service: evidence, changes };
  });
}

function logPolicyOf({ logs }: GovernanceTrust, checks: EvidenceChecks): LogPolicy | undefined {
  try {
    return parseLogPolicy(utf8Of(logs));
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    checks.add(
      "log-trusted",
      "trust",
      "indeterminate",
      `The trust file's policy of logs cannot be read: ${cause.message}.`,
    );
    return undefined;
  }
}

/**
 * Each epoch after the first was begun by a change of its own that officers approved: whoever has only the database, or only the
 * log's key, could otherwise have another history signed under the name of a new epoch.
 */
function checkEpoch(
  { name, origin }: EvidenceService,
  epoch: number,
  changes: readonly ChangeEvidence[],
  checks: EvidenceChecks,
): void {
  if (epoch === 1) return;
  const begun = changes.filter(
    ({ operation, verdict }) => operation === "audit.continue" && verdict === "authorized",
  ).length;
  const detail = `Officers approved ${String(begun)} new epochs; ${origin} is number ${String(epoch)}.`;
  checks.add("epoch-approved", `${serviceFolder(name)}changes`, begun >= epoch - 1, detail);
}

/** Told by the service and signed for by the exporter; nothing else speaks for it. */
function isOnlyVouchedFor(name: string, { services }: EvidenceManifest): boolean {
  const said = [serviceMembers.keyRings, serviceMembers.certificates, serviceMembers.configuration];
  return services.some(({ name: service }) => {
    const folder = serviceFolder(service);
    return said.some((each) => name === `${folder}${each}`) || name.startsWith(`${folder}plans/`);
  });
}
