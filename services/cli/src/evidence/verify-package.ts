import { basename } from "node:path";

import type { VerificationReport } from "@yinxin/crypto/verification";
import type { GovernanceTrust } from "@yinxin/service-kit/approvals";
import { verifyEvidence } from "@yinxin/service-kit/evidence";

/** A package of evidence among other files that are verified: the same proof as `yinxin evidence verify`, in the shape of their reports. */
export function verifyPackage(
  file: string,
  bytes: Uint8Array,
  trust: GovernanceTrust | undefined,
  at: Date,
): VerificationReport {
  const found = { file: basename(file), format: "evidence", signatures: [], quirks: [] } as const;
  if (trust === undefined) {
    const detail = "Evidence is verified with the trust file of its deployment: --trust yinxin-trust.json.";
    const problem = { code: "trust-missing", detail };
    return { ...found, verdict: "INDETERMINATE", summary: detail, uncovered: [], problem };
  }
  const { verdict, summary, checks, unproven } = verifyEvidence(bytes, trust, at);
  const result = verdict === "INVALID" ? "failed" : "indeterminate";
  const bad = checks.find((check) => check.result === result);
  return {
    ...found,
    verdict,
    summary: summary.en,
    uncovered: unproven.map((part) => ({ part, visible: false })),
    ...(bad === undefined ? {} : { problem: { code: bad.name, detail: `${bad.where}: ${bad.detail}` } }),
  };
}
