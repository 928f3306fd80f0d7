import type { CertificateJudgement, RevocationStatus } from "../revocation/index.ts";
import { finding } from "./finding.ts";
import type { Finding, FindingContents } from "./finding.ts";
import type { JudgingTime, VerificationContext } from "./verification-context.ts";

/** `maker` made the seal, `signer` put it on the document. */
export type Role = "maker" | "signer";

/** Whether the certificate, or one above it, was revoked at the time that counts, as far as the evidence says. */
export function revocationFinding(
  role: Role,
  judgement: CertificateJudgement,
  when: JudgingTime,
  context: VerificationContext,
): Finding {
  const name = `${role}-certificate-revocation` as const;
  const asked = judgement.revocation.slice(0, Math.max(1, judgement.chain.length - 1));
  const revoked = asked.find((one) => one.status === "revoked" || wasInvalid(one, when));
  if (revoked !== undefined) return finding(name, "failed", revokedContents(role, revoked, asked));
  const isMissing = context.revocation === "required" && asked.some(({ status }) => status !== "good");
  if (isMissing) return openFinding(role, asked, context);
  const later = asked.find(({ revokedAt }) => revokedAt !== undefined && revokedAt <= context.at);
  if (later !== undefined) return laterFinding(role, later, when);
  if (asked.length > 0 && asked.every(({ status }) => status === "good")) {
    const detail = `The certificate of the ${role} was not revoked at the time judged, nor one above it.`;
    return finding(name, "passed", { detail, evidence: sourceEvidence(asked[0]) });
  }
  return openFinding(role, asked, context);
}

/** A key that was in wrong hands before the time that counts is as good as revoked then (RFC 5280 §5.3.2). */
function wasInvalid({ invalidAt }: RevocationStatus, { time }: JudgingTime): boolean {
  return invalidAt !== undefined && invalidAt <= time;
}

function revokedContents(
  role: Role,
  status: RevocationStatus,
  asked: readonly RevocationStatus[],
): FindingContents {
  const since = status.revokedAt === undefined ? "" : ` on ${status.revokedAt.toISOString()}`;
  const isOwn = status === asked[0];
  const whose = isOwn
    ? `The certificate of the ${role}`
    : `A certificate above the ${role}, ${status.certificate.subject.text},`;
  return {
    detail: `${whose} was revoked${since}.`,
    evidence: { ...statusEvidence(status), ...sourceEvidence(status) },
    ...(!isOwn && { subIndication: "REVOKED_CA_NO_POE" as const }),
  };
}

/**
 * Whether what is judged is older than the revocation by more than a claim: whoever has the key may write any time, so a
 * proof that came after the revocation, or after the key may have been in wrong hands, proves nothing.
 */
function isOlder({ revokedAt, invalidAt }: RevocationStatus, { source, existedAt }: JudgingTime): boolean {
  if (source === "proven") return true;
  const until = invalidAt ?? revokedAt;
  return existedAt !== undefined && until !== undefined && existedAt < until;
}

/** Revoked between the time judged and now: no matter with a proven time, and fatal to a claimed one. */
function laterFinding(role: Role, status: RevocationStatus, when: JudgingTime): Finding {
  const name = `${role}-certificate-revocation` as const;
  const evidence = {
    ...statusEvidence(status),
    ...sourceEvidence(status),
    judged_at: when.time.toISOString(),
  };
  const since = status.revokedAt?.toISOString() ?? "";
  if (isOlder(status, when)) {
    const detail = `The certificate of the ${role} was revoked on ${since}, after the proven time of its signature.`;
    return finding(name, "passed", { detail, evidence, isRevokedSince: true });
  }
  const detail = `The certificate of the ${role} was revoked on ${since}; nothing proves that its signature was made before.`;
  return finding(name, "unknown", { detail, evidence, subIndication: "REVOKED_NO_POE" });
}

function openFinding(
  role: Role,
  asked: readonly RevocationStatus[],
  { revocation = "if-present" }: VerificationContext,
): Finding {
  const name = `${role}-certificate-revocation` as const;
  const why = asked.find(({ status }) => status === "unknown")?.why;
  const reason = why === undefined ? "there is no evidence at hand" : lowerFirst(why).replace(/\.$/, "");
  const detail = `Whether the certificate of the ${role} was revoked has not been checked: ${reason}.`;
  const serial = asked[0]?.certificate.serialNumber;
  const evidence = serial === undefined ? {} : { serial };
  return finding(name, revocation === "required" ? "unknown" : "not-checked", { detail, evidence });
}

function statusEvidence({ certificate, revokedAt, reason }: RevocationStatus): Record<string, string> {
  return {
    serial: certificate.serialNumber,
    ...(revokedAt !== undefined && { revoked_at: revokedAt.toISOString() }),
    ...(reason !== undefined && { reason }),
  };
}

function sourceEvidence(status: RevocationStatus | undefined): Record<string, string> {
  const source = status?.source;
  if (source === undefined) return {};
  const { kind, thisUpdate, nextUpdate } = source;
  return {
    source: kind,
    this_update: thisUpdate.toISOString(),
    ...(nextUpdate !== undefined && { next_update: nextUpdate.toISOString() }),
  };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
