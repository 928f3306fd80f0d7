import type {
  Certificate,
  ExhaustedBudget,
  PathCandidate,
  PathFailureCode,
  PathSpending,
  ValidPolicies,
} from "../x509/index.ts";
import type { RevocationStatus } from "./revocation-status.ts";

/** Why a certificate was not accepted. */
export type JudgementCode = PathFailureCode | "revoked" | "revocation-unknown";

/** The words of ETSI EN 319 102-1 §5.2.6.3 for the validation of a certificate, with those of past validation. */
export type CertificateSubIndication =
  | "NO_CERTIFICATE_CHAIN_FOUND"
  | "CERTIFICATE_CHAIN_GENERAL_FAILURE"
  | "CHAIN_CONSTRAINTS_FAILURE"
  | "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
  | "OUT_OF_BOUNDS_NO_POE"
  | "OUT_OF_BOUNDS_NOT_REVOKED"
  | "REVOKED_NO_POE"
  | "REVOKED_CA_NO_POE"
  | "REVOCATION_OUT_OF_BOUNDS_NO_POE"
  | "NOT_YET_VALID"
  | "NO_POE"
  | "TRY_LATER";

/** A path that was tried and not taken; `code` may also speak of revocation. */
export interface JudgedCandidate extends Omit<PathCandidate, "code"> {
  readonly code: JudgementCode;
}

/** Whether a certificate may be relied on, and why not. */
export interface CertificateJudgement {
  /** `failed`: something is wrong. `unknown`: nothing is known to be wrong, but too little is known. */
  readonly result: "passed" | "failed" | "unknown";
  /** Absent with `passed`. */
  readonly code?: JudgementCode;
  /** The clause that failed, e.g. `RFC 5280 §6.1.3 (a)(2)`. */
  readonly clause?: string;
  /** Name of the certificate that has the problem. */
  readonly subject?: string;
  readonly detail?: string;
  /** The path taken, or the one that came nearest, from the certificate towards the anchor. */
  readonly chain: readonly Certificate[];
  readonly subIndication?: CertificateSubIndication;
  /** Of every certificate in `chain`, in its order. Empty if no path was worth asking for. */
  readonly revocation: readonly RevocationStatus[];
  /** The policies under which the path is valid. */
  readonly policies?: ValidPolicies;
  /** The paths that were not taken, in the order they were tried; a bounded number. */
  readonly candidates: readonly JudgedCandidate[];
  readonly spent: PathSpending;
  readonly exhausted?: ExhaustedBudget;
}
