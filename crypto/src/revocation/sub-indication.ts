import type { Certificate } from "../x509/index.ts";
import type { CertificateSubIndication, JudgementCode } from "./judgement.ts";
import type { RevocationStatus } from "./revocation-status.ts";

/** Codes whose word does not depend on the certificate that has the problem. */
const words: Readonly<Partial<Record<JudgementCode, CertificateSubIndication>>> = {
  "no-chain": "NO_CERTIFICATE_CHAIN_FOUND",
  "budget-exhausted": "NO_CERTIFICATE_CHAIN_FOUND",
  "algorithm-unknown": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
  "algorithm-expired": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
  "algorithm-not-permitted": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
  "key-too-small": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
  // What the verifier's own constraints on certificates ask for.
  "key-usage": "CHAIN_CONSTRAINTS_FAILURE",
  "extended-key-usage": "CHAIN_CONSTRAINTS_FAILURE",
  "policy-required": "CHAIN_CONSTRAINTS_FAILURE",
  "revocation-unknown": "TRY_LATER",
};

/**
 * The word of ETSI EN 319 102-1 §5.2.6 for why a certificate was not accepted at a time for which no proof of existence
 * was looked for.
 *
 * @param chain from the certificate to the anchor.
 */
export function subIndicationOf(
  failure: { readonly code: JudgementCode; readonly subject: string },
  chain: readonly Certificate[],
  revocation: readonly RevocationStatus[],
): CertificateSubIndication {
  const [status] = revocation;
  if (failure.code === "revoked") return revokedWord(status);
  const isOwn = failure.subject === chain[0]?.subject.text;
  if (isOwn && (failure.code === "expired" || failure.code === "not-yet-valid")) {
    return status?.status === "good" ? "OUT_OF_BOUNDS_NOT_REVOKED" : "OUT_OF_BOUNDS_NO_POE";
  }
  return words[failure.code] ?? "CERTIFICATE_CHAIN_GENERAL_FAILURE";
}

/** A suspension may be lifted; an authority's revocation says less about the signature than the signer's own. */
function revokedWord(status: RevocationStatus | undefined): CertificateSubIndication {
  if (status?.status !== "revoked") return "REVOKED_CA_NO_POE";
  return status.reason === "certificateHold" ? "TRY_LATER" : "REVOKED_NO_POE";
}
