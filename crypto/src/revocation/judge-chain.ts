import type { Certificate, Chain } from "../x509/index.ts";
import { mayContinue, spend } from "../x509/index.ts";
import { judgeByLists } from "./judge-by-lists.ts";
import { judgeOcspResponse } from "./ocsp-judge.ts";
import type { OcspJudgement } from "./ocsp-judge.ts";
import type { OcspResponse } from "./ocsp-response.ts";
import type { RevocationInquiry } from "./revocation-inquiry.ts";
import { isForGood } from "./revocation-reason.ts";
import type { RevocationStatus } from "./revocation-status.ts";

/** The status of every certificate of a path, in its order; the anchor's is not asked. */
export function judgeChain(inquiry: RevocationInquiry, chain: Chain): readonly RevocationStatus[] {
  return chain.map((certificate, index) => {
    const [, ...rest] = chain.slice(index);
    return rest.length === 0
      ? { certificate, status: "not-checked" as const }
      : judgeRevocation(inquiry, [certificate, ...rest]);
  });
}

/**
 * The status of the first certificate of a path. What lists and OCSP responses say is put together: a revocation counts
 * whoever reports it, but of two words about a suspension (certificateHold) the later one.
 */
export function judgeRevocation(inquiry: RevocationInquiry, path: Chain): RevocationStatus {
  const [certificate, issuer] = path;
  const anchor = path[path.length - 1];
  const answers = inquiry.known.get(certificate) ?? [];
  const known = answers.find((answer) => answer.issuer === issuer && answer.anchor === anchor);
  if (known !== undefined) return known.status;
  if (inquiry.asking.has(certificate)) return assumed(inquiry, certificate);
  const circlesBefore = inquiry.circles;
  inquiry.asking.add(certificate);
  const isGood = (chain: Chain): boolean =>
    judgeChain(inquiry, chain).every(({ status }) => status === "good" || status === "not-checked");
  const byLists = judgeByLists(inquiry, path, isGood);
  const status = decided(byLists, judgeByOcsp(inquiry, path));
  inquiry.asking.delete(certificate);
  // What was found inside a circle of questions rests on an assumption; only the whole circle's answer is kept.
  if (inquiry.circles === circlesBefore || inquiry.asking.size === 0) {
    inquiry.known.set(certificate, [...answers, { issuer, anchor, status }]);
  }
  return status;
}

/**
 * The status of a list's signer may stand on his own list, because his authority wanted it so (an indirect list's
 * signer, an authority's new key). It is good then unless that list names it.
 */
function assumed(inquiry: RevocationInquiry, certificate: Certificate): RevocationStatus {
  inquiry.circles += 1;
  return { certificate, status: "good" };
}

const gaveUp = "Given up: the budget is used up before every OCSP response was read.";

/** RFC 6960: what the newest usable response says. */
function judgeByOcsp(inquiry: RevocationInquiry, path: Chain): RevocationStatus {
  const [certificate, issuer] = path;
  const problems = new Set<string>();
  let best: RevocationStatus | undefined;
  for (const response of issuer === undefined ? [] : inquiry.ocspResponses) {
    const judgement = issuer === undefined ? undefined : askResponse(inquiry, response, certificate, issuer);
    if (judgement === undefined) return { certificate, status: "unknown", why: gaveUp };
    if (judgement.code === "ocsp-other-certificate") continue;
    const status = statusOfOcsp(inquiry, path, response, judgement);
    if (status.status === "unknown") problems.add(status.why ?? "");
    else best = best === undefined ? status : decided(best, status);
  }
  return best ?? { certificate, status: "unknown", why: [...problems].slice(0, 5).join(" ") };
}

function askResponse(
  { search, algorithms, now }: RevocationInquiry,
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
): OcspJudgement | undefined {
  if (!mayContinue(search.account) || !spend(search.account, "bytes", response.raw.length)) return undefined;
  const judgement = judgeOcspResponse({ response, certificate, issuer, at: search.at, now, algorithms });
  return spend(search.account, "signatureChecks", judgement.signatureChecks) ? judgement : undefined;
}

function statusOfOcsp(
  inquiry: RevocationInquiry,
  path: Chain,
  response: OcspResponse,
  judgement: OcspJudgement,
): RevocationStatus {
  const [certificate] = path;
  const { status, thisUpdate, nextUpdate, revokedAt, reason } = judgement;
  if (status === "unknown") {
    return { certificate, status, why: "The OCSP responder does not know it." };
  }
  if (status === "unusable" || thisUpdate === undefined) {
    return { certificate, status: "unknown", why: `An OCSP response says nothing: ${judgement.why ?? ""}` };
  }
  if (isResponderRevoked(inquiry, path, judgement)) {
    return { certificate, status: "unknown", why: "The OCSP responder's own certificate is revoked." };
  }
  return {
    certificate,
    status,
    ...(revokedAt && { revokedAt }),
    ...(reason && { reason }),
    source: { kind: "ocsp", thisUpdate, ...(nextUpdate && { nextUpdate }), raw: response.raw },
  };
}

/** RFC 6960 §4.2.2.2.1: a delegate without id-pkix-ocsp-nocheck can be revoked like anybody. */
function isResponderRevoked(
  inquiry: RevocationInquiry,
  path: Chain,
  { responder, isResponderRevocable }: OcspJudgement,
): boolean {
  if (responder === undefined || isResponderRevocable !== true) return false;
  const [, ...issuers] = path;
  return judgeRevocation(inquiry, [responder, ...issuers]).status === "revoked";
}

/** The word that counts of two about one certificate. */
function decided(left: RevocationStatus, right: RevocationStatus): RevocationStatus {
  if (right.status === "unknown") return left.status === "unknown" ? bothUnknown(left, right) : left;
  if (left.status === "unknown") return right;
  if (timeOf(left) === timeOf(right)) return right.status === "revoked" ? right : left;
  const [older, newer] = timeOf(left) < timeOf(right) ? [left, right] : [right, left];
  return older.status === "revoked" && isForGood(older.reason) ? older : newer;
}

function bothUnknown(left: RevocationStatus, right: RevocationStatus): RevocationStatus {
  const why = [left.why, right.why].filter((text) => text !== undefined && text !== "").join(" ");
  return { ...left, why };
}

function timeOf({ source }: RevocationStatus): number {
  return source?.thisUpdate.getTime() ?? 0;
}
