import { bytesOfBase64 } from "@yinxin/crypto/bytes";

import { documentDigest } from "./canonical-document.ts";
import type { SignedChange } from "./change-export.ts";
import type { CheckList } from "./change-report.ts";
import { readApprovalStatement } from "./change-request.ts";
import type { ChangeRequest } from "./change-request.ts";
import type { LoggedEvent } from "./log-record.ts";
import { judgeOfficer } from "./officer-standing.ts";
import type { OfficerRevocation, OfficerStanding } from "./officer-standing.ts";
import type { OpenPolicy } from "./open-policy.ts";

export interface RevocationJudging {
  readonly request: ChangeRequest;
  readonly policy: OpenPolicy;
  readonly revocation: OfficerRevocation;
  /** What the audit log is proved to say of the change: the proof of when each signature was there. */
  readonly events: readonly LoggedEvent[];
  readonly where: string;
  readonly list: CheckList;
}

interface Signed {
  readonly officer: string;
  /** As signed, which proves nothing once the key is lost. */
  readonly at: string;
  readonly where: string;
  /** When the log had it. */
  readonly recordedAt: string | undefined;
}

/**
 * Holds the certificate behind each signature under a change against revocation lists. What was signed before a revocation stays good only
 * if the audit log had it before; the time that stands in the signature is no proof, for whoever has the key writes it.
 */
export function judgeRevocation(change: SignedChange, judging: RevocationJudging): void {
  const { policy, revocation, list } = judging;
  for (const signed of signaturesOf(change, judging)) {
    const signatory = policy.signatories.find(({ id }) => id === signed.officer);
    if (signatory === undefined) continue;
    const { certificate } = signatory;
    const { intermediates, anchors } = policy;
    const judged = judgeOfficer({ certificate, intermediates, anchors }, new Date(signed.at), revocation);
    const problem = problemOf(judged, signed);
    const detail = problem ?? `The certificate of ${signed.officer} was not revoked when this was signed.`;
    list.add(
      "officer-revocation",
      signed.where,
      problem === undefined,
      detail,
      judged.clause ?? "RFC 5280 §6.3.3",
    );
  }
}

function problemOf(
  { standing, detail, revokedSince }: OfficerStanding,
  { officer, recordedAt }: Signed,
): string | undefined {
  if (standing !== "good") return `The certificate of ${officer}: ${detail}`;
  if (revokedSince === undefined) return undefined;
  const since = `The certificate of ${officer} is revoked since ${revokedSince.toISOString()}`;
  if (recordedAt === undefined) return `${since}, and no audit log proves that this was signed before.`;
  return Date.parse(recordedAt) < revokedSince.getTime()
    ? undefined
    : `${since}, and the audit log had this at ${recordedAt} only.`;
}

function signaturesOf(
  { approvals }: SignedChange,
  { request, events, where }: RevocationJudging,
): readonly Signed[] {
  const proposal: Signed = {
    officer: request.proposer,
    at: request.created_at,
    where,
    recordedAt: events.find(({ action }) => action === "change.proposed")?.occurred_at,
  };
  return [
    proposal,
    ...approvals.flatMap(({ statement: text }, index) => {
      const bytes = bytesOfBase64(text);
      const { value: statement } = readApprovalStatement(bytes);
      if (statement === undefined) return [];
      const digest = documentDigest(bytes);
      const recordedAt = events.find(({ detail }) => detail["statement"] === digest)?.occurred_at;
      const { officer, at } = statement;
      return [{ officer, at, where: `${where}.approvals[${String(index)}]`, recordedAt }];
    }),
  ];
}
