import type { Certificate } from "../x509/index.ts";
import { judgeCertificate } from "./judge-certificate.ts";
import type { CertificateJudgement } from "./judgement.ts";
import { judgePastCertificate } from "./past-certificate.ts";
import type { PastJudgement, PastQuestion } from "./past-certificate.ts";
import { judgePastSignature } from "./past-signature.ts";

export interface SigningCertificateQuestion extends PastQuestion {
  /** Since when the signature value is proven to exist; absent: there is no proof but today. */
  readonly existedAt?: Date;
}

/** What the certificate of a signature is worth for this signature. */
export interface SigningCertificateJudgement {
  readonly judgement: CertificateJudgement;
  /**
   * What decided: the certificate as it is `now`, as it was at the `proven-time`, under authorities that are good today,
   * or the `past` of its whole path, by proofs of existence.
   */
  readonly basis: "now" | "proven-time" | "past";
  /** It passed, and it or an authority above it was revoked after the signature is proven to have existed. */
  readonly revokedSince?: Date;
}

/**
 * Judges the certificate of one signature in view of when that is proven to have existed: now (ETSI EN 319 102-1
 * §5.2.6); at the proven time, as long as those who issued it are good today (§5.5.4); and otherwise by what proofs of
 * existence say of the past (§5.6.2.4). What none of them accepts is what it is today.
 *
 * @throws RangeError if `now` is not a time.
 */
export function judgeSigningCertificate(question: SigningCertificateQuestion): SigningCertificateJudgement {
  const { certificate, now, existedAt } = question;
  if (existedAt === undefined) return { judgement: judgeToday(question), basis: "now" };
  const then = judgeCertificate({ ...question, at: existedAt });
  if (then.result === "passed" && wasInRightHands(then, existedAt) && isIssuerGood(question, then)) {
    return { judgement: then, basis: "proven-time", ...revokedSince(then, now) };
  }
  const today = judgeToday(question);
  if (existedAt < certificate.notBefore) return { judgement: notYetValid(today, certificate), basis: "now" };
  return today.result === "passed"
    ? { judgement: today, basis: "now" }
    : judgePast(question, today, existedAt);
}

/** That an authority expired is cured by the same proofs as that the certificate itself did, and has the same word. */
function judgeToday(question: SigningCertificateQuestion): CertificateJudgement {
  const today = judgeCertificate({ ...question, at: question.now });
  return today.code === "expired" && today.subIndication !== "OUT_OF_BOUNDS_NOT_REVOKED"
    ? { ...today, subIndication: "OUT_OF_BOUNDS_NO_POE" }
    : today;
}

/** RFC 5280 §5.3.2: a key may have been in wrong hands before its certificate was revoked. */
function wasInRightHands({ revocation }: CertificateJudgement, existedAt: Date): boolean {
  return revocation.every(({ invalidAt }) => invalidAt === undefined || invalidAt > existedAt);
}

/**
 * Whether those above are such today that what they say of the past can be believed without a proof of its age. That
 * nothing new is known of them is no obstacle: long-term values are kept for that.
 */
function isIssuerGood(question: SigningCertificateQuestion, { chain }: CertificateJudgement): boolean {
  const [, issuer] = chain;
  const { algorithms, revocation } = question.policy;
  if (issuer === undefined) return true;
  const policy = { algorithms, revocation: revocation === "none" ? revocation : ("if-present" as const) };
  return judgeCertificate({ ...question, certificate: issuer, at: question.now, policy }).result === "passed";
}

function revokedSince(
  { revocation }: Pick<CertificateJudgement, "revocation">,
  now: Date,
): Pick<SigningCertificateJudgement, "revokedSince"> {
  const times = revocation.flatMap(({ revokedAt }) =>
    revokedAt !== undefined && revokedAt <= now ? [revokedAt.getTime()] : [],
  );
  return times.length === 0 ? {} : { revokedSince: new Date(Math.min(...times)) };
}

function notYetValid(today: CertificateJudgement, { notBefore }: Certificate): CertificateJudgement {
  return {
    ...today,
    result: "failed",
    code: "not-yet-valid",
    clause: "ETSI EN 319 102-1 §5.6.2.4",
    detail: `The signature is older than its certificate, which is valid from ${notBefore.toISOString()}.`,
    subIndication: "NOT_YET_VALID",
  };
}

function judgePast(
  question: SigningCertificateQuestion,
  today: CertificateJudgement,
  existedAt: Date,
): SigningCertificateJudgement {
  const { certificate, now } = question;
  const past = judgePastCertificate(question);
  const { subIndication = "CERTIFICATE_CHAIN_GENERAL_FAILURE" } = today;
  const healed = judgePastSignature({ certificate, subIndication, past, existedAt });
  if (healed.result === "passed") {
    return { judgement: passedOnce(today, past), basis: "past", ...revokedSince(past, now) };
  }
  const why = past.controlTime === undefined ? past.detail : tooLate(past.controlTime);
  const detail = [today.detail, why].filter((text) => text !== undefined).join(" ");
  const judgement = { ...today, detail, subIndication: healed.subIndication ?? subIndication };
  return { judgement, basis: "now" };
}

function tooLate(controlTime: Date): string {
  return `Nothing proves that the signature existed at ${controlTime.toISOString()}, until when the certificate could be relied on.`;
}

/** The path as it was when the signature was there already: what was revoked later was good. */
function passedOnce({ candidates, spent }: CertificateJudgement, past: PastJudgement): CertificateJudgement {
  const anchor = past.chain.slice(past.revocation.length);
  return {
    result: "passed",
    chain: past.chain,
    revocation: [
      ...past.revocation.map((status) =>
        status.status === "revoked" ? { ...status, status: "good" as const } : status,
      ),
      ...anchor.map((certificate) => ({ certificate, status: "not-checked" as const })),
    ],
    candidates,
    spent,
  };
}
