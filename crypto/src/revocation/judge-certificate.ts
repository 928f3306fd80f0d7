import { attemptPaths, createRecord, nearness, openSearch, worstFailure } from "../x509/index.ts";
import type { Certificate, PathAttempt, PathBudget, PathFailure, PathSearch } from "../x509/index.ts";
import type { CertificatePolicy } from "./certificate-policy.ts";
import { judgeChain } from "./judge-chain.ts";
import type { CertificateJudgement, JudgedCandidate, JudgementCode } from "./judgement.ts";
import { isCutShort, openInquiry } from "./revocation-inquiry.ts";
import type { Evidence, RevocationInquiry } from "./revocation-inquiry.ts";
import type { RevocationStatus } from "./revocation-status.ts";
import { subIndicationOf } from "./sub-indication.ts";

export interface CertificateQuestion {
  readonly certificate: Certificate;
  /** Candidates from anywhere, e.g. from the document itself. They are not trusted. */
  readonly intermediates: readonly Certificate[];
  /** The certificates that the caller trusts, and nothing else is. */
  readonly anchors: readonly Certificate[];
  /** The time for which the certificate is judged. */
  readonly at: Date;
  /** When the judging happens; the same as `at` if absent. Evidence from between the two is used. */
  readonly now?: Date;
  readonly evidence: Evidence;
  readonly policy: CertificatePolicy;
  readonly budget?: PathBudget;
}

/** A failure of a path or of what is known about revocation. */
export interface JudgementFailure extends Omit<PathFailure, "code"> {
  readonly code: JudgementCode;
}

interface JudgedAttempt extends Omit<PathAttempt, "failures"> {
  readonly failures: readonly JudgementFailure[];
  readonly revocation: readonly RevocationStatus[];
  readonly rank: number;
}

/**
 * Judges a certificate: a path by RFC 5280 §6.1 whose certificates are not revoked (§6.3, RFC 6960), for the time `at`.
 *
 * Paths are tried until one passes. If none does, the answer tells what is wrong with the one that came nearest, and
 * why each of the others was not taken. A certificate that was revoked only after `at` passes, and its `revocation`
 * says when: whether what it signed is older is for the caller to prove.
 *
 * @throws RangeError if `at` or `now` is not a time.
 */
export function judgeCertificate(question: CertificateQuestion): CertificateJudgement {
  const { certificate, policy, at, now = at } = question;
  if (Number.isNaN(at.getTime()) || Number.isNaN(now.getTime())) {
    throw new RangeError("the judging time is not a time");
  }
  const search = openSearch(question);
  const inquiry = openInquiry(search, question.evidence, { algorithms: policy.algorithms, now });
  const record = createRecord<JudgedAttempt>(({ rank }) => rank);
  for (const attempt of attemptPaths(search, certificate, policy)) {
    const judged = judgeAttempt(inquiry, attempt, policy);
    record.note(judged);
    if (judged.failures.length === 0) break;
  }
  return conclude(certificate, search, record.best(), record.others());
}

/** Revocation is asked for paths that nothing else is wrong with, or nothing but the time. */
function judgeAttempt(
  inquiry: RevocationInquiry,
  attempt: PathAttempt,
  { revocation: wanted }: CertificatePolicy,
): JudgedAttempt {
  const base = nearness(attempt) * 10;
  if (base < 30 || wanted === "none") {
    const revocation = base < 30 ? [] : attempt.chain.map(notChecked);
    return { ...attempt, revocation, rank: base };
  }
  const revocation = judgeChain(inquiry, attempt.chain);
  const revoked = revocation.filter(({ status }) => status === "revoked");
  const isGivenUp = isCutShort(inquiry.search.account);
  // What was not read could have said "revoked": nobody who fills the evidence with rubbish gains by it.
  const isNeeded = wanted === "required" || isGivenUp;
  const unknown = isNeeded ? revocation.filter(({ status }) => status === "unknown") : [];
  const failures = [
    ...revoked.map(revokedFailure),
    ...attempt.failures,
    ...(attempt.failures.length > 0 ? [] : unknown.map(isGivenUp ? givenUpFailure : unknownFailure)),
  ];
  // A path that is known to be revoked is not better than one of which too little is known.
  return {
    ...attempt,
    failures,
    revocation,
    rank: base - (revoked.length > 0 ? 2 : unknown.length > 0 ? 1 : 0),
  };
}

function notChecked(certificate: Certificate): RevocationStatus {
  return { certificate, status: "not-checked" };
}

function revokedFailure({ certificate, revokedAt, reason }: RevocationStatus): JudgementFailure {
  const since = revokedAt === undefined ? "" : ` since ${revokedAt.toISOString()}`;
  return {
    code: "revoked",
    clause: "RFC 5280 §6.1.3 (a)(3)",
    subject: certificate.subject.text,
    detail: `The certificate of ${certificate.subject.text} is revoked${since} (${reason ?? "unspecified"}).`,
  };
}

function unknownFailure({ certificate, why }: RevocationStatus): JudgementFailure {
  const detail = why === undefined || why === "" ? "Nothing is known of its revocation." : why;
  return {
    code: "revocation-unknown",
    clause: "RFC 5280 §6.3.3",
    subject: certificate.subject.text,
    detail,
  };
}

function givenUpFailure({ certificate }: RevocationStatus): JudgementFailure {
  return {
    code: "budget-exhausted",
    clause: "RFC 5280 §6.3.3",
    subject: certificate.subject.text,
    detail: "The budget was used up before everything about its revocation was read.",
  };
}

function conclude(
  certificate: Certificate,
  { account }: PathSearch,
  best: JudgedAttempt | undefined,
  others: readonly JudgedAttempt[],
): CertificateJudgement {
  const { exhausted, spent } = account;
  const { chain, revocation, policies, failures } = best ?? nothingFound(certificate);
  const common = {
    chain,
    revocation,
    ...(policies !== undefined && { policies }),
    candidates: others.map(candidateOf),
    spent,
    ...(exhausted !== undefined && { exhausted }),
  };
  if (best !== undefined && failures.length === 0) return { ...common, result: "passed" };
  const failure = concludingFailure(certificate, best, exhausted !== undefined);
  const subIndication = subIndicationOf(failure, common.chain, common.revocation);
  const { code, clause, subject, detail } = failure;
  return { ...common, result: resultOf(code), code, clause, subject, detail, subIndication };
}

function nothingFound(certificate: Certificate): JudgedAttempt {
  return { chain: [certificate], isComplete: false, failures: [], revocation: [], rank: 0 };
}

/** Where the search was cut short before it reached an anchor, that is what is wrong. */
function concludingFailure(
  certificate: Certificate,
  best: JudgedAttempt | undefined,
  isExhausted: boolean,
): JudgementFailure {
  const failure = worst(best?.failures ?? []);
  if (failure !== undefined && (best?.isComplete === true || !isExhausted)) return failure;
  return {
    code: "budget-exhausted",
    clause: "RFC 5280 §6.1",
    subject: certificate.subject.text,
    detail: "No path was accepted before the budget of this judgement was used up.",
  };
}

function worst(failures: readonly JudgementFailure[]): JudgementFailure | undefined {
  return failures.find(({ code }) => code === "revoked") ?? worstFailure(failures);
}

const undecided: ReadonlySet<JudgementCode> = new Set(["no-chain", "revocation-unknown", "budget-exhausted"]);

function resultOf(code: JudgementCode): "failed" | "unknown" {
  return undecided.has(code) ? "unknown" : "failed";
}

function candidateOf({ chain, failures }: JudgedAttempt): JudgedCandidate {
  const failure = worst(failures);
  if (failure === undefined) throw new Error("a path without a failure is no mere candidate");
  return { chain, ...failure };
}
