import type { LogPolicy } from "@yinxin/crypto/tlog";

import { pinnedNameOf } from "./believe-checkpoint.ts";
import { isWholeRange, manifestName } from "./evidence-manifest.ts";
import type { EvidenceManifest } from "./evidence-manifest.ts";
import type { EvidenceChecks } from "./evidence-report.ts";

/**
 * A log is of one service: under a second name its events would speak for another. Logs of the trust file that a package of a whole
 * time does not have are told, since it may look like one of all services.
 */
export function checkLogs(
  { services, query }: EvidenceManifest,
  policy: LogPolicy,
  checks: EvidenceChecks,
): void {
  const origins = services.map(({ origin }) => pinnedNameOf(policy, origin) ?? origin);
  const twice = origins.find((origin, at) => origins.indexOf(origin) !== at);
  if (twice !== undefined)
    checks.add("manifest-form", manifestName, false, `The log ${twice} is there for two services.`);
  if (!isWholeRange(query)) return;
  const trusted = policy.logs.filter(({ key }) => key.kind !== "sm3-tree").map(({ key }) => key.name);
  const absent = [...new Set(trusted)].filter((name) => !origins.includes(name));
  if (absent.length > 0)
    checks.add("log-trusted", "trust", "noted", `The package has nothing of ${absent.join(", ")}.`);
}
