import { equalBytes, hexOf, textOfUtf8 } from "@yinxin/crypto/bytes";
import { CmsError, parseSignedData } from "@yinxin/crypto/cms";
import { digest } from "@yinxin/crypto/digest";

import { clockToleranceMilliseconds } from "../approvals/judge-change.ts";
import { judgeOfficer } from "../approvals/officer-standing.ts";
import type { OfficerRevocation } from "../approvals/officer-standing.ts";
import { verifyPolicyChain } from "../approvals/policy-chain.ts";
import { verifyStatement } from "../approvals/verify-statement.ts";
import type { GovernanceTrust, OpenPolicy, Signatory } from "../approvals/index.ts";
import { manifestName, manifestSignatureName, policiesName } from "./evidence-manifest.ts";
import type { EvidenceManifest } from "./evidence-manifest.ts";
import type { EvidenceCheckResult, EvidenceChecks } from "./evidence-report.ts";
import type { EvidenceMembers } from "./evidence-zip.ts";

/** Every member but the two of the manifest, and no other, is in the manifest with its size and both digests. */
export function checkDigests(
  { files }: EvidenceManifest,
  members: EvidenceMembers,
  checks: EvidenceChecks,
): void {
  const own = new Set([manifestName, manifestSignatureName]);
  const listed = new Set(files.map(({ name }) => name));
  const isInOrder = files.every(({ name }, at) => at === 0 || (files[at - 1]?.name ?? "") < name);
  const extra = [...members.keys()].find((name) => !own.has(name) && !listed.has(name));
  const wrong = files.find((file) => !isFile(file, members.get(file.name)));
  if (!isInOrder)
    checks.add("file-digests", manifestName, false, "The files are not listed in order, each once.");
  if (extra !== undefined) checks.add("file-digests", extra, false, "The manifest does not have this file.");
  if (wrong !== undefined) {
    const isThere = members.has(wrong.name);
    const detail = isThere ? "The file is not the one that the manifest has." : "The file is missing.";
    checks.add("file-digests", wrong.name, false, detail);
  }
  if (isInOrder && extra === undefined && wrong === undefined) {
    checks.add(
      "file-digests",
      manifestName,
      true,
      `${String(files.length)} files are as the manifest has them.`,
    );
  }
}

function isFile(file: EvidenceManifest["files"][number], bytes: Uint8Array | undefined): boolean {
  if (bytes?.length !== file.size) return false;
  return hexOf(digest("SHA-256", bytes)) === file.sha256 && hexOf(digest("SM3", bytes)) === file.sm3;
}

/** The officers' policies of the package, from the trusted first one; undefined if they do not hold. */
export function verifiedPolicies(
  members: EvidenceMembers,
  trust: GovernanceTrust,
  checks: EvidenceChecks,
): readonly OpenPolicy[] | undefined {
  const chain = verifyPolicyChain(jsonOf(members.get(policiesName)), trust);
  const failed = chain.checks.find(({ result }) => result === "failed");
  const passed = `${String(chain.policies.length)} policies follow from the trusted first one.`;
  const where = failed === undefined ? policiesName : `${policiesName}#${failed.where}`;
  checks.add("policy-chain", where, chain.isValid, failed?.detail ?? passed, failed?.clause);
  return chain.isValid ? chain.policies : undefined;
}

/** What a member says; undefined if it is not there or not JSON. */
export function jsonOf(bytes: Uint8Array | undefined): unknown {
  try {
    return bytes && (JSON.parse(textOfUtf8(bytes)) as unknown);
  } catch {
    return undefined;
  }
}

/** Who may export: the officer whose work it is, and the one whom it is mostly about. */
const exporterRoles: readonly Signatory["role"][] = ["auditor", "security-officer"];

/**
 * Whoever exported, if an auditor or security officer of the last policy signed these very bytes with the key of that policy at
 * the time that the manifest says (ETSI EN 319 122-1 §6.3).
 */
export function verifiedExporter(
  manifest: EvidenceManifest,
  members: EvidenceMembers,
  policy: OpenPolicy,
  checks: EvidenceChecks,
): Signatory | undefined {
  const signatory = policy.signatories.find(({ id }) => id === manifest.made_by);
  const add = (passed: boolean, detail: string, clause?: string): boolean =>
    checks.add("manifest-signature", manifestSignatureName, passed, detail, clause);
  if (signatory === undefined || !exporterRoles.includes(signatory.role)) {
    add(false, `${manifest.made_by} is no auditor and no security officer of the policy.`);
    return undefined;
  }
  const signature = members.get(manifestSignatureName) ?? new Uint8Array();
  const { isValid, detail, clause } = verifyStatement({
    bytes: members.get(manifestName) ?? new Uint8Array(),
    signature,
    certificate: signatory.certificate,
    intermediates: policy.intermediates,
    anchors: policy.anchors,
    at: new Date(manifest.made_at),
  });
  if (!isValid) {
    add(false, detail, clause);
    return undefined;
  }
  if (!isPlainSignature(signature, signatory, policy)) {
    add(
      false,
      "The signature carries certificates or other things that nobody vouches for.",
      "RFC 5652 §5.1",
    );
    return undefined;
  }
  return add(true, `${signatory.name} (${signatory.role}) signed it.`) ? signatory : undefined;
}

/**
 * Holds whoever exported against revocation lists (RFC 5280 §6.3.3). Nothing but the signature itself says when it was made, so after a
 * revocation it cannot be told whether it is older.
 */
export function checkExporterStanding(
  { id, certificate }: Signatory,
  { intermediates, anchors }: OpenPolicy,
  { made_at }: EvidenceManifest,
  { revocation, checks }: { readonly revocation: OfficerRevocation; readonly checks: EvidenceChecks },
): void {
  const judged = judgeOfficer({ certificate, intermediates, anchors }, new Date(made_at), revocation);
  const { standing, revokedSince } = judged;
  const add = (result: EvidenceCheckResult, detail: string): boolean =>
    checks.add(
      "manifest-revocation",
      manifestSignatureName,
      result,
      detail,
      judged.clause ?? "RFC 5280 §6.3.3",
    );
  if (standing === "unknown") add("indeterminate", `The certificate of ${id}: ${judged.detail}`);
  else if (standing !== "good") add("failed", `The certificate of ${id}: ${judged.detail}`);
  else if (revokedSince !== undefined)
    add(
      "indeterminate",
      `The certificate of ${id} is revoked since ${revokedSince.toISOString()}, and nothing proves that this was signed before.`,
    );
  else add("passed", `The certificate of ${id} was not revoked when this was signed.`);
}

/**
 * What a SignedData may have beside the signature is not under it (RFC 5652 §5.1): certificates must be ones that are known otherwise, and
 * there is nothing else.
 */
function isPlainSignature(signature: Uint8Array, { certificate }: Signatory, policy: OpenPolicy): boolean {
  const known = [certificate, ...policy.intermediates, ...policy.anchors];
  try {
    const { certificates, revocations, signers, quirks } = parseSignedData(signature);
    const areKnown = certificates.every((raw) => known.some((each) => equalBytes(each.raw, raw)));
    const isBare = revocations.length === 0 && quirks.length === 0;
    return areKnown && isBare && signers.every((signer) => signer.unsignedAttributes.length === 0);
  } catch (cause) {
    if (cause instanceof CmsError) return false;
    throw cause;
  }
}

export function checkTimeAndPlace(
  { deployment, made_at }: EvidenceManifest,
  trust: GovernanceTrust,
  at: Date,
  checks: EvidenceChecks,
): void {
  const isOurs = deployment === trust.deployment;
  checks.add("deployment", manifestName, isOurs, `The package is of the deployment ${deployment}.`);
  const isPast = Date.parse(made_at) <= at.getTime() + clockToleranceMilliseconds;
  const detail = isPast
    ? `It was exported at ${made_at}.`
    : `It was exported at ${made_at}, which is still to come.`;
  checks.add("manifest-time", manifestName, isPast, detail);
}
