import type { CmsCheck, CmsQuirk, CmsSubIndication, SignerQuirk } from "../cms/index.ts";
import type { CertificateJudgement } from "../revocation/index.ts";
import type { TokenJudgement } from "../timestamp/index.ts";
import type { Certificate } from "../x509/index.ts";

/** Levels of ETSI EN 319 122-1 §6, by what is there; whether it is right is for the checks to say. */
export type CadesLevel = "B-B" | "B-T" | "B-LT" | "B-LTA";

/** A time stamp that belongs to a signer. */
export interface TimeStampReport {
  readonly kind: "content" | "signature" | "archive";
  /** Undefined if the token cannot be read. */
  readonly judgement: TokenJudgement | undefined;
}

export interface SignerReport {
  readonly result: "passed" | "failed" | "unknown";
  /** ETSI EN 319 102-1 §5.1.3. */
  readonly indication: "TOTAL_PASSED" | "INDETERMINATE" | "TOTAL_FAILED";
  /** Absent with `passed`. */
  readonly subIndication?: CmsSubIndication;
  /** Absent: not even B-B; a plain CMS signature. */
  readonly level?: CadesLevel;
  readonly certificate: Certificate | undefined;
  readonly time: {
    /** What the signer's clock said. */
    readonly claimed?: Date;
    /** Before this time the signature existed, as the earliest good time stamp proves. */
    readonly trusted?: Date;
  };
  /** Of the certificate: revoked, but after the signature existed. */
  readonly revokedSince?: Date;
  readonly judgement: CertificateJudgement | undefined;
  readonly checks: readonly CmsCheck[];
  readonly quirks: readonly SignerQuirk[];
  readonly timeStamps: readonly TimeStampReport[];
  readonly counterSignatures: readonly SignerReport[];
}

export interface SignedDataReport {
  /** The worst of the signers; a SignedData without any is `failed`. */
  readonly result: SignerReport["result"];
  readonly indication: SignerReport["indication"];
  readonly subIndication?: CmsSubIndication;
  readonly signers: readonly SignerReport[];
  readonly quirks: readonly CmsQuirk[];
  /**
   * What no signature and no time stamp protects, and anybody may have put there: the bytes that can change without a
   * check failing.
   */
  readonly unprotected: readonly ("certificates" | "revocation-values" | "unsigned-attributes")[];
}

/** Words that mean TOTAL-FAILED (ETSI EN 319 102-1 §5.1.3); with any other a failure is INDETERMINATE. */
const totalFailures: ReadonlySet<CmsSubIndication> = new Set([
  "FORMAT_FAILURE",
  "HASH_FAILURE",
  "SIG_CRYPTO_FAILURE",
  "REVOKED",
  "EXPIRED",
  "NOT_YET_VALID",
]);

/** A time stamp that cannot be judged proves nothing; it takes nothing away either. */
const proofsOnly: ReadonlySet<CmsCheck["name"]> = new Set([
  "content-time-stamp",
  "signature-time-stamp",
  "archive-time-stamp",
  "counter-signature",
]);

/** Whether a check that could not be decided leaves a signature as it is without what the check is about. */
export function isProofOnly(name: CmsCheck["name"]): boolean {
  return proofsOnly.has(name);
}

type Conclusion = Pick<SignerReport, "result" | "indication" | "subIndication">;

/** The result of a signer from everything that was found: a failure that is final, else any failure, else any doubt. */
export function conclude(checks: readonly CmsCheck[]): Conclusion {
  const failed = checks.filter(({ result }) => result === "failed");
  const final = failed.find(
    ({ subIndication }) => subIndication !== undefined && totalFailures.has(subIndication),
  );
  const [failure = final] = final === undefined ? failed : [final];
  const doubt = checks.find(({ name, result }) => result === "unknown" && !isProofOnly(name));
  const worst = failure ?? doubt;
  if (worst === undefined) return { result: "passed", indication: "TOTAL_PASSED" };
  const { subIndication } = worst;
  return {
    result: failure === undefined ? "unknown" : "failed",
    indication: final === undefined ? "INDETERMINATE" : "TOTAL_FAILED",
    ...(subIndication !== undefined && { subIndication }),
  };
}
