/** The six verdicts of the suite (docs/architecture.md); `UNSIGNED` is never folded into a good one. */
export const verdicts = [
  "VALID",
  "VALID_WITH_WARNINGS",
  "VALID_THEN_REVOKED",
  "INDETERMINATE",
  "INVALID",
  "UNSIGNED",
] as const;
export type Verdict = (typeof verdicts)[number];

/** ETSI EN 319 102-1 §5.1.3 main status indications. */
export const indications = ["TOTAL_PASSED", "INDETERMINATE", "TOTAL_FAILED"] as const;
export type Indication = (typeof indications)[number];

/** ETSI EN 319 102-1 §5.1.3 sub-indications that our checks can lead to. */
export const subIndications = [
  "FORMAT_FAILURE",
  "HASH_FAILURE",
  "SIG_CRYPTO_FAILURE",
  "SIG_CONSTRAINTS_FAILURE",
  "CHAIN_CONSTRAINTS_FAILURE",
  "CERTIFICATE_CHAIN_GENERAL_FAILURE",
  "CRYPTO_CONSTRAINTS_FAILURE",
  "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
  "EXPIRED",
  "NOT_YET_VALID",
  "REVOKED",
  "REVOKED_NO_POE",
  "REVOKED_CA_NO_POE",
  "NO_SIGNING_CERTIFICATE_FOUND",
  "NO_CERTIFICATE_CHAIN_FOUND",
  "NO_CERTIFICATE_CHAIN_FOUND_NO_POE",
  "OUT_OF_BOUNDS_NO_POE",
  "OUT_OF_BOUNDS_NOT_REVOKED",
  "REVOCATION_OUT_OF_BOUNDS_NO_POE",
  "NO_POE",
  "TIMESTAMP_ORDER_FAILURE",
  "SIGNED_DATA_NOT_FOUND",
  "TRY_LATER",
] as const;
export type SubIndication = (typeof subIndications)[number];

/** With these a failure is TOTAL_FAILED; with any other it is INDETERMINATE (ETSI EN 319 102-1 §5.1.3). */
const totalFailures: ReadonlySet<SubIndication> = new Set([
  "FORMAT_FAILURE",
  "HASH_FAILURE",
  "SIG_CRYPTO_FAILURE",
  "REVOKED",
  "EXPIRED",
  "NOT_YET_VALID",
]);

/** Whether a failed check with this sub-indication means that the signature is wrong, and not only in doubt. */
export function isTotalFailure(subIndication: SubIndication): boolean {
  return totalFailures.has(subIndication);
}

export const checkResults = ["passed", "failed", "not-checked", "unknown"] as const;
export type CheckResult = (typeof checkResults)[number];

/** One step of the verification and what it found. Every step is in the report, not only the first that failed. */
export interface Check {
  /** Kebab-case and stable, e.g. `data-hash`; the catalogue is `checkCatalogue`. */
  readonly name: string;
  /** E.g. "GB/T 38540-2020 §7.3". */
  readonly clause?: string;
  readonly result: CheckResult;
  /** A sentence for a person. */
  readonly detail?: string;
  /** Values that a second person can check: digests, times, serial numbers, entry names. */
  readonly evidence?: Readonly<Record<string, string>>;
}

export interface SignatureReport {
  /** As the document names it: the OFD signature id, the PDF field name. */
  readonly id: string;
  readonly kind: "seal" | "signature" | "timestamp";
  readonly verdict: Verdict;
  readonly indication: Indication;
  readonly sub_indication: SubIndication | null;
  /** Absent if the signer's certificate could not be read. */
  readonly signer?: { readonly subject: string; readonly serial: string; readonly algorithm: string };
  readonly seal?: {
    readonly code: string;
    readonly name: string;
    readonly type: number;
    readonly version: number;
  };
  /** RFC 3339. `claimed` is what the signer's own clock said. */
  readonly time: { readonly claimed?: string; readonly trusted?: string };
  /** `whole`: everything a reader shows is under this signature. */
  readonly coverage: { readonly whole: boolean; readonly parts: readonly string[] };
  readonly checks: readonly Check[];
}

/** What `yinxin verify --json` prints for one file and `/v1/verifications` answers. Plain JSON. */
export interface VerificationReport {
  readonly file: string;
  /** `evidence`: a package of evidence from audit logs, which is verified above this library. */
  readonly format: "ofd" | "pdf" | "ses-seal" | "ses-signature" | "cms" | "evidence" | "unknown";
  readonly verdict: Verdict;
  /** One sentence, the answer first. */
  readonly summary: string;
  readonly signatures: readonly SignatureReport[];
  /** Parts of the file that no good signature covers; `visible` ones change what a reader sees. */
  readonly uncovered: readonly { readonly part: string; readonly visible: boolean }[];
  /** Tolerated departures from the standards: named, never silent. */
  readonly quirks: readonly { readonly code: string; readonly where: string }[];
  /** Why the file could not be read at all, with the reader's stable code, e.g. `zip-bomb`. */
  readonly problem?: { readonly code: string; readonly detail: string };
}
