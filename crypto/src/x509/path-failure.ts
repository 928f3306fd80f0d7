import type { Certificate } from "./certificate.ts";

/** Why a path was not accepted. Closed, and stable: services show these words. */
export type PathFailureCode =
  | "no-chain"
  | "signature-wrong"
  | "not-yet-valid"
  | "expired"
  | "algorithm-unknown"
  | "algorithm-expired"
  | "algorithm-not-permitted"
  | "key-too-small"
  | "certificate-malformed"
  | "certificate-profile"
  | "unknown-critical-extension"
  | "not-a-ca"
  | "path-too-long"
  | "key-usage"
  | "extended-key-usage"
  | "name-not-permitted"
  | "name-excluded"
  | "name-constraint-unsupported"
  | "policy-mapping-wrong"
  | "policy-required"
  | "budget-exhausted";

/** One thing that is wrong with a path, or that stood in the way of one. */
export interface PathFailure {
  readonly code: PathFailureCode;
  /** The clause that says so, e.g. `RFC 5280 §6.1.3 (a)(2)`. */
  readonly clause: string;
  /** Name of the certificate that has the problem. */
  readonly subject: string;
  /** A sentence for a person. */
  readonly detail: string;
}

/** A path that was tried, from the certificate towards an anchor as far as it got, and why it was not taken. */
export interface PathCandidate extends PathFailure {
  readonly chain: readonly [Certificate, ...Certificate[]];
}

/** A failure of this certificate. */
export function pathFailure(
  code: PathFailureCode,
  clause: string,
  certificate: Certificate,
  detail: string,
): PathFailure {
  return { code, clause, subject: certificate.subject.text, detail };
}
