import { createRecord, findPaths, openSearch, walkPath, worstFailure } from "../x509/index.ts";
import type {
  Certificate,
  Chain,
  ExhaustedBudget,
  PathFailure,
  PathSearch,
  PathSpending,
} from "../x509/index.ts";
import { freshUntil } from "./evidence-time.ts";
import type { CertificateQuestion } from "./judge-certificate.ts";
import { judgeRevocation } from "./judge-chain.ts";
import type { CertificateSubIndication, JudgementCode } from "./judgement.ts";
import { isCutShort, openInquiry } from "./revocation-inquiry.ts";
import type { Evidence } from "./revocation-inquiry.ts";
import type { RevocationStatus } from "./revocation-status.ts";
import { subIndicationOf } from "./sub-indication.ts";

/** What is proven to have existed, and since when: by time stamps, archives, logs. */
export interface ProofsOfExistence {
  /** The earliest proven time of a certificate, list or response (its DER); undefined if there is no proof but today. */
  earliestOf(object: Uint8Array): Date | undefined;
}

export interface PastQuestion extends Omit<CertificateQuestion, "at" | "now"> {
  readonly now: Date;
  readonly proofs: ProofsOfExistence;
}

/** Whether a certificate could be relied on once, and until when. */
export interface PastJudgement {
  readonly result: "passed" | "unknown";
  /** What is proven to have existed at this time or before was made under a certificate that was good. */
  readonly controlTime?: Date;
  readonly chain: readonly Certificate[];
  /** What moved the control time, for every certificate in `chain`. */
  readonly revocation: readonly RevocationStatus[];
  /** Absent with `passed`. */
  readonly code?: JudgementCode;
  readonly clause?: string;
  readonly detail?: string;
  readonly subIndication?: CertificateSubIndication;
  readonly spent: PathSpending;
  readonly exhausted?: ExhaustedBudget;
}

/** Of every certificate so many points in time are looked at, the latest first. */
const mostInstants = 32;

/**
 * Past certificate validation (ETSI EN 319 102-1 §5.6.2.1): a path that was valid at some time for all of its
 * certificates, and the control time, back to which revocation and missing evidence push what can be relied on
 * (§5.6.2.2, validation time sliding). Evidence about an authority must be younger than the proof for what it issued:
 * nothing else shows that its key was good when that was proven.
 *
 * @throws RangeError if `now` is not a time.
 */
export function judgePastCertificate(question: PastQuestion): PastJudgement {
  const { certificate, now, policy } = question;
  if (Number.isNaN(now.getTime())) throw new RangeError("the judging time is not a time");
  const search = openSearch({ ...question, at: now });
  const record = createRecord<PastAttempt>(({ rank }) => rank);
  for (const found of findPaths(search, certificate)) {
    if (!found.isComplete) {
      const { chain, code, clause, subject, detail } = found;
      record.note({ chain, failures: [{ code, clause, subject, detail }], rank: 0 });
      continue;
    }
    const at = commonTime(found.chain);
    const { failures } = walkPath(found.chain, { at: at ?? now, policy }, search.account);
    record.note({ chain: found.chain, failures, rank: failures.length === 0 ? 2 : 1 });
    if (failures.length === 0) break;
  }
  const { exhausted, spent } = search.account;
  const outcome = outcomeOf(question, search, record.best());
  return { ...outcome, spent, ...(exhausted !== undefined && { exhausted }) };
}

interface PastAttempt {
  readonly chain: Chain;
  readonly failures: readonly PathFailure[];
  readonly rank: number;
}

/** The last instant at which every certificate of the chain was valid. */
function commonTime(chain: Chain): Date | undefined {
  const from = Math.max(...chain.map(({ notBefore }) => notBefore.getTime()));
  const until = Math.min(...chain.map(({ notAfter }) => notAfter.getTime()));
  return from <= until ? new Date(until) : undefined;
}

type Outcome = Omit<PastJudgement, "spent" | "exhausted">;

function outcomeOf(question: PastQuestion, search: PathSearch, best: PastAttempt | undefined): Outcome {
  if (best === undefined) {
    return {
      result: "unknown",
      chain: [question.certificate],
      revocation: [],
      subIndication: "NO_CERTIFICATE_CHAIN_FOUND",
    };
  }
  const failure = worstFailure(best.failures);
  if (failure !== undefined) {
    const { code, clause, detail } = failure;
    const subIndication = subIndicationOf(failure, best.chain, []);
    return { result: "unknown", chain: best.chain, revocation: [], code, clause, detail, subIndication };
  }
  return slide(question, search, best.chain);
}

/**
 * ETSI EN 319 102-1 §5.6.2.2: from the anchor downwards, each certificate may push the control time back, to the last time
 * at which the evidence about it was fresh: what was good enough for a verifier of that day is still.
 */
function slide(question: PastQuestion, search: PathSearch, chain: Chain): Outcome {
  const anchor = chain[chain.length - 1] ?? chain[0];
  // What an anchor says of its own validity holds here too: nothing shows who has its key later.
  let controlTime = earliest(question.now, anchor.notAfter);
  const revocation: RevocationStatus[] = [];
  for (let index = chain.length - 2; index >= 0; index -= 1) {
    const [certificate = chain[0], ...issuers] = chain.slice(index);
    const step =
      question.policy.revocation === "none"
        ? { status: { certificate, status: "not-checked" as const }, controlTime }
        : slideOver(question, search, [certificate, ...issuers], controlTime);
    revocation.unshift(step.status);
    if (step.controlTime === undefined) return noProof(chain, step.status);
    controlTime = earliest(step.controlTime, certificate.notAfter);
  }
  return { result: "passed", controlTime, chain, revocation };
}

function noProof(chain: Chain, status: RevocationStatus): Outcome {
  return {
    result: "unknown",
    chain,
    revocation: [status],
    code: "revocation-unknown",
    clause: "EN 319 102-1 §5.6.2.2",
    detail: status.why ?? "No evidence about its revocation is proven to be old enough.",
    subIndication: "NO_POE",
  };
}

interface Step {
  readonly status: RevocationStatus;
  /** Absent: nothing proven says anything about the certificate. */
  readonly controlTime?: Date;
}

function slideOver(question: PastQuestion, search: PathSearch, path: Chain, controlTime: Date): Step {
  const [certificate] = path;
  const isProven = (object: Uint8Array): boolean => {
    const existed = question.proofs.earliestOf(object) ?? question.now;
    return existed <= controlTime;
  };
  const unproven: Step = { status: { certificate, status: "unknown" } };
  if (!isProven(certificate.raw)) return unproven;
  const evidence = {
    crls: question.evidence.crls.filter(({ raw, thisUpdate }) => thisUpdate <= controlTime && isProven(raw)),
    ocspResponses: question.evidence.ocspResponses.filter(({ raw }) => isProven(raw)),
  };
  const { algorithms } = question.policy;
  const bound = revocationTime(question, search, path, controlTime);
  const instants = instantsOf(evidence, controlTime);
  for (const at of instants.slice(0, mostInstants)) {
    // Evidence that was not fresh at the control time was at its own, and pushes the control time back to it.
    const inquiry = openInquiry({ ...search, at }, evidence, { algorithms, now: controlTime });
    const status = judgeRevocation(inquiry, path);
    if (status.status === "unknown") continue;
    return { status, controlTime: earliest(at, bound, wrongSince(status)) };
  }
  // Evidence that was not read could have said "revoked".
  const isAllRead = instants.length <= mostInstants && !isCutShort(search.account);
  if (question.policy.revocation !== "if-present" || !isAllRead) return unproven;
  return { ...unproven, controlTime: earliest(controlTime, bound) };
}

/** A revocation counts whoever proves since when it is known: to make one up takes away, and gives nothing. */
function revocationTime(
  { evidence, now, policy: { algorithms } }: PastQuestion,
  search: PathSearch,
  path: Chain,
  controlTime: Date,
): Date | undefined {
  const inquiry = openInquiry({ ...search, at: controlTime }, evidence, { algorithms, now });
  return wrongSince(judgeRevocation(inquiry, path));
}

/** Since when a certificate must not be relied on: revoked, or its key in wrong hands (RFC 5280 §5.3.2). */
function wrongSince({ status, revokedAt, invalidAt }: RevocationStatus): Date | undefined {
  if (status !== "revoked" || revokedAt === undefined) return undefined;
  return earliest(revokedAt, invalidAt);
}

function earliest(first: Date, ...others: readonly (Date | undefined)[]): Date {
  return others.reduce<Date>((least, time) => (time !== undefined && time < least ? time : least), first);
}

/** The control time itself, and the last and the first times at which the evidence was fresh, the latest first. */
function instantsOf({ crls, ocspResponses }: Evidence, controlTime: Date): readonly Date[] {
  const statements = [...crls, ...ocspResponses.flatMap(({ basic }) => basic?.responses ?? [])];
  const times = statements
    .flatMap((statement) => [freshUntil(statement), statement.thisUpdate])
    .filter((time) => time < controlTime);
  const latestFirst = [...new Set(times.map((time) => time.getTime()))].sort((left, right) => right - left);
  return [controlTime, ...latestFirst.map((time) => new Date(time))];
}
