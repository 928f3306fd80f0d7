/** Results of one step, in the words of the suite's reports. */
export type CmsCheckResult = "passed" | "failed" | "not-checked" | "unknown";

/** ETSI EN 319 102-1 §5.1.3 sub-indications that a check of ours can lead to. */
export type CmsSubIndication =
  | "FORMAT_FAILURE"
  | "HASH_FAILURE"
  | "SIG_CRYPTO_FAILURE"
  | "REVOKED"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "SIG_CONSTRAINTS_FAILURE"
  | "CHAIN_CONSTRAINTS_FAILURE"
  | "CERTIFICATE_CHAIN_GENERAL_FAILURE"
  | "CRYPTO_CONSTRAINTS_FAILURE"
  | "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
  | "TIMESTAMP_ORDER_FAILURE"
  | "NO_SIGNING_CERTIFICATE_FOUND"
  | "NO_CERTIFICATE_CHAIN_FOUND"
  | "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
  | "REVOKED_NO_POE"
  | "REVOKED_CA_NO_POE"
  | "OUT_OF_BOUNDS_NO_POE"
  | "OUT_OF_BOUNDS_NOT_REVOKED"
  | "REVOCATION_OUT_OF_BOUNDS_NO_POE"
  | "NO_POE"
  | "TRY_LATER"
  | "SIGNED_DATA_NOT_FOUND";

interface CheckDefinition {
  readonly clause: string;
  /** What a failure means, where the step itself says nothing finer. */
  readonly failed: CmsSubIndication;
  /** What it means that the step could not be decided. */
  readonly unknown: CmsSubIndication;
}

/** Every check of a SignedData, by name, in the order of the report. */
export const cmsChecks = {
  content: { clause: "RFC 5652 §5.2", failed: "HASH_FAILURE", unknown: "SIGNED_DATA_NOT_FOUND" },
  "signer-attributes": { clause: "RFC 5652 §11", failed: "FORMAT_FAILURE", unknown: "FORMAT_FAILURE" },
  "signer-identified": {
    clause: "ETSI EN 319 102-1 §5.2.3",
    failed: "NO_SIGNING_CERTIFICATE_FOUND",
    unknown: "NO_SIGNING_CERTIFICATE_FOUND",
  },
  "content-type": { clause: "RFC 5652 §11.1", failed: "FORMAT_FAILURE", unknown: "FORMAT_FAILURE" },
  "message-digest": {
    clause: "RFC 5652 §11.2",
    failed: "HASH_FAILURE",
    unknown: "SIGNED_DATA_NOT_FOUND",
  },
  "signature-value": {
    clause: "RFC 5652 §5.6",
    failed: "SIG_CRYPTO_FAILURE",
    unknown: "SIGNED_DATA_NOT_FOUND",
  },
  "algorithm-protection": {
    clause: "RFC 6211 §3",
    failed: "SIG_CONSTRAINTS_FAILURE",
    unknown: "SIG_CONSTRAINTS_FAILURE",
  },
  "signing-certificate-reference": {
    clause: "ETSI EN 319 122-1 §5.2.2",
    failed: "SIG_CONSTRAINTS_FAILURE",
    unknown: "SIG_CONSTRAINTS_FAILURE",
  },
  "signing-time": {
    clause: "RFC 5652 §11.3",
    failed: "SIG_CONSTRAINTS_FAILURE",
    unknown: "SIG_CONSTRAINTS_FAILURE",
  },
  "signature-algorithms": {
    clause: "ETSI EN 319 102-1 §5.2.8",
    failed: "CRYPTO_CONSTRAINTS_FAILURE",
    unknown: "CRYPTO_CONSTRAINTS_FAILURE",
  },
  "token-imprint": { clause: "RFC 3161 §2.4.2", failed: "HASH_FAILURE", unknown: "SIGNED_DATA_NOT_FOUND" },
  "token-time": {
    clause: "RFC 3161 §2.4.2",
    failed: "TIMESTAMP_ORDER_FAILURE",
    unknown: "TIMESTAMP_ORDER_FAILURE",
  },
  "token-purpose": {
    clause: "RFC 3161 §2.3",
    failed: "CHAIN_CONSTRAINTS_FAILURE",
    unknown: "CHAIN_CONSTRAINTS_FAILURE",
  },
  "token-certificate": {
    clause: "ETSI EN 319 102-1 §5.4",
    failed: "CHAIN_CONSTRAINTS_FAILURE",
    unknown: "NO_CERTIFICATE_CHAIN_FOUND",
  },
  "archive-time-stamp": {
    clause: "ETSI EN 319 122-1 §5.5.3",
    failed: "SIG_CONSTRAINTS_FAILURE",
    unknown: "SIG_CONSTRAINTS_FAILURE",
  },
  "signature-time-stamp": {
    clause: "ETSI EN 319 122-1 §5.3",
    failed: "SIG_CONSTRAINTS_FAILURE",
    unknown: "SIG_CONSTRAINTS_FAILURE",
  },
  "content-time-stamp": {
    clause: "ETSI EN 319 122-1 §5.2.8",
    failed: "SIG_CONSTRAINTS_FAILURE",
    unknown: "SIG_CONSTRAINTS_FAILURE",
  },
  "time-stamp-order": {
    clause: "ETSI EN 319 102-1 §5.5.4",
    failed: "TIMESTAMP_ORDER_FAILURE",
    unknown: "TIMESTAMP_ORDER_FAILURE",
  },
  "signer-key-usage": {
    clause: "RFC 5280 §4.2.1.3",
    failed: "CHAIN_CONSTRAINTS_FAILURE",
    unknown: "CHAIN_CONSTRAINTS_FAILURE",
  },
  "signer-certificate": {
    clause: "ETSI EN 319 102-1 §5.2.6",
    failed: "CHAIN_CONSTRAINTS_FAILURE",
    unknown: "NO_CERTIFICATE_CHAIN_FOUND",
  },
  "counter-signature": {
    clause: "RFC 5652 §11.4",
    failed: "SIG_CONSTRAINTS_FAILURE",
    unknown: "SIG_CONSTRAINTS_FAILURE",
  },
} as const satisfies Record<string, CheckDefinition>;

export type CmsCheckName = keyof typeof cmsChecks;

/** One step of the verification and what it found, as data: the suite's reports take it over as it is. */
export interface CmsCheck {
  readonly name: CmsCheckName;
  readonly clause: string;
  readonly result: CmsCheckResult;
  /** A sentence for a person. */
  readonly detail: string;
  /** Values that a second person can check: digests, times, serial numbers. */
  readonly evidence?: Readonly<Record<string, string>>;
  /** Present if the result is `failed` or `unknown`. */
  readonly subIndication?: CmsSubIndication;
}

export interface CmsCheckContents {
  readonly detail: string;
  readonly evidence?: Readonly<Record<string, string>>;
  /** Where the catalogue's word is too coarse. */
  readonly subIndication?: CmsSubIndication | undefined;
  /** Where another clause than the catalogue's decided. */
  readonly clause?: string | undefined;
}

/** One check's result, with its clause and sub-indication from the catalogue. */
export function cmsCheck(name: CmsCheckName, result: CmsCheckResult, contents: CmsCheckContents): CmsCheck {
  const definition: CheckDefinition = cmsChecks[name];
  const { detail, evidence, clause = definition.clause } = contents;
  const isOpen = result === "failed" || result === "unknown";
  const subIndication = contents.subIndication ?? definition[result === "failed" ? "failed" : "unknown"];
  return {
    name,
    clause,
    result,
    detail,
    ...(evidence !== undefined && { evidence }),
    ...(isOpen && { subIndication }),
  };
}
