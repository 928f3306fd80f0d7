import type { Certificate } from "../x509/index.ts";
import type { CertificateSubIndication } from "./judgement.ts";
import type { PastJudgement } from "./past-certificate.ts";

/** Sub-indications of today that a proof of existence can heal (ETSI EN 319 102-1 §5.6.2.4). */
const healable: ReadonlySet<CertificateSubIndication> = new Set([
  "REVOKED_NO_POE",
  "REVOKED_CA_NO_POE",
  "OUT_OF_BOUNDS_NO_POE",
  "OUT_OF_BOUNDS_NOT_REVOKED",
  "REVOCATION_OUT_OF_BOUNDS_NO_POE",
  "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
  "TRY_LATER",
]);

export interface PastSignatureQuestion {
  /** The signer's certificate. */
  readonly certificate: Certificate;
  /** What judging the certificate today gave. */
  readonly subIndication: CertificateSubIndication;
  readonly past: PastJudgement;
  /** Since when the signature value is proven to exist, e.g. by a time stamp; absent: there is no proof. */
  readonly existedAt?: Date;
}

/**
 * What today's judgement becomes in view of when the signature is proven to have existed (past signature validation,
 * ETSI EN 319 102-1 §5.6.2.4): passed if that was by the control time and not before the certificate, `NOT_YET_VALID` if
 * it was before, and otherwise what it was.
 */
export function judgePastSignature({ certificate, subIndication, past, existedAt }: PastSignatureQuestion): {
  readonly result: "passed" | "failed" | "unknown";
  readonly subIndication?: CertificateSubIndication;
} {
  if (!healable.has(subIndication)) return { result: "unknown", subIndication };
  const { controlTime } = past;
  if (existedAt === undefined || controlTime === undefined || !(existedAt <= controlTime)) {
    return { result: "unknown", subIndication };
  }
  if (existedAt < certificate.notBefore) return { result: "failed", subIndication: "NOT_YET_VALID" };
  return { result: "passed" };
}
