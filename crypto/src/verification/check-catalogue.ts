import { cmsChecks } from "../cms/index.ts";
import type { CmsCheckName } from "../cms/index.ts";
import { isTotalFailure } from "./report.ts";
import type { SubIndication, Verdict } from "./report.ts";

/** What a check that did not pass means for the signature. */
export interface Consequence {
  readonly verdict: Extract<Verdict, "INVALID" | "INDETERMINATE">;
  readonly subIndication: SubIndication;
}

export interface CheckDefinition {
  /** The clause that asks for it; absent where no public text does. */
  readonly clause?: string;
  /** What result `failed` means. */
  readonly failed: Consequence;
  /** What result `unknown` means: it was looked at and could not be decided. */
  readonly unknown: Consequence;
  /**
   * What a reader has to know if a good signature left this unchecked; with it the verdict is VALID_WITH_WARNINGS.
   * Absent: a signature that leaves this unchecked is not good, and `unknown` says what it is.
   */
  readonly note?: string;
}

const invalid = (subIndication: SubIndication): Consequence => ({ verdict: "INVALID", subIndication });
const indeterminate = (subIndication: SubIndication): Consequence => ({
  verdict: "INDETERMINATE",
  subIndication,
});

const sealClause = "GB/T 38540-2020 §6.3";
const signatureClause = "GB/T 38540-2020 §7.3";
const laterSealClause = "GM/T 0031-2025 §6.3";
const ofdClause = "GB/T 33190-2016 §18";
const pdfClause = "GM/T 0112-2021 §7";

function certificateChain(clause: string): CheckDefinition {
  return {
    clause,
    failed: invalid("CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    unknown: indeterminate("NO_CERTIFICATE_CHAIN_FOUND"),
  };
}

function certificateValidity(clause: string): CheckDefinition {
  return { clause, failed: invalid("EXPIRED"), unknown: indeterminate("OUT_OF_BOUNDS_NO_POE") };
}

function certificateKeyUsage(clause: string): CheckDefinition {
  return {
    clause,
    failed: invalid("CHAIN_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("CHAIN_CONSTRAINTS_FAILURE"),
  };
}

function certificateRevocation(clause: string): CheckDefinition {
  return {
    clause,
    failed: invalid("REVOKED"),
    unknown: indeterminate("TRY_LATER"),
    note: "revocation not checked",
  };
}

/**
 * Every check a report can hold, and what it means when it does not pass. This table alone turns checks into verdicts.
 *
 * Sub-indications are words of ETSI EN 319 102-1 §5.1.3. GB/T 38540 knows only right and wrong, so a breach of one of
 * its rules is INVALID here even where the European text would leave the same sub-indication INDETERMINATE.
 */
export const checkCatalogue = {
  // The container: what the document claims to be signed, and by what.
  "signature-supported": {
    failed: indeterminate("SIG_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },
  "signer-certificate-found": {
    failed: indeterminate("NO_SIGNING_CERTIFICATE_FOUND"),
    unknown: indeterminate("NO_SIGNING_CERTIFICATE_FOUND"),
  },
  "container-format": { failed: invalid("FORMAT_FAILURE"), unknown: indeterminate("SIGNED_DATA_NOT_FOUND") },
  references: {
    clause: ofdClause,
    failed: invalid("FORMAT_FAILURE"),
    unknown: indeterminate("SIGNED_DATA_NOT_FOUND"),
  },
  "digest-algorithm": {
    clause: ofdClause,
    failed: invalid("CRYPTO_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("CRYPTO_CONSTRAINTS_FAILURE"),
  },
  "reference-digest": {
    clause: ofdClause,
    failed: invalid("HASH_FAILURE"),
    unknown: indeterminate("SIGNED_DATA_NOT_FOUND"),
  },
  "property-info": {
    clause: ofdClause,
    failed: invalid("SIG_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
    note: "the signed value does not say which signature it belongs to",
  },
  "seal-file": {
    clause: ofdClause,
    failed: invalid("HASH_FAILURE"),
    unknown: indeterminate("SIGNED_DATA_NOT_FOUND"),
  },
  // What other signatures cover is theirs to answer for: this one says nothing about it, and readers do not see that.
  "visible-coverage": {
    clause: ofdClause,
    failed: invalid("FORMAT_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },
  "byte-range": {
    clause: pdfClause,
    failed: invalid("FORMAT_FAILURE"),
    unknown: indeterminate("SIGNED_DATA_NOT_FOUND"),
  },

  // ISO 32000-1 §12.8.2.2.2 lets others say which changes a signature survives; here nothing but further seals may follow.
  "later-changes": {
    clause: pdfClause,
    failed: invalid("FORMAT_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },

  // The seal signature, in the order of §7.3.
  "signature-format": {
    clause: signatureClause,
    failed: invalid("FORMAT_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },
  "signature-value": {
    clause: signatureClause,
    failed: invalid("SIG_CRYPTO_FAILURE"),
    unknown: indeterminate("CRYPTO_CONSTRAINTS_FAILURE"),
  },
  "signer-in-seal": {
    clause: signatureClause,
    failed: invalid("SIG_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },

  // The seal, in the order of §6.3. Only the edition of 2025 knows an excuse for the maker's certificate.
  "seal-format": {
    clause: sealClause,
    failed: invalid("FORMAT_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },
  "seal-signature": {
    clause: sealClause,
    failed: invalid("SIG_CRYPTO_FAILURE"),
    unknown: indeterminate("CRYPTO_CONSTRAINTS_FAILURE"),
  },
  // Of seals of 2025 only, and the second only where there is a time stamp.
  "seal-creation-time": {
    clause: laterSealClause,
    failed: invalid("SIG_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("TRY_LATER"),
  },
  "seal-timestamp": {
    clause: laterSealClause,
    failed: invalid("SIG_CRYPTO_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
    note: "the seal's creation time is claimed only",
  },
  "strict-form": {
    clause: signatureClause,
    failed: invalid("FORMAT_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },
  "critical-extensions": {
    clause: "GB/T 38540-2020 §6.1",
    failed: invalid("SIG_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
  },
  // Neither standard says how a maker's certificate differs from anybody's; this is what can be told without a list of makers.
  "seal-authority": {
    clause: sealClause,
    failed: invalid("CHAIN_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("CHAIN_CONSTRAINTS_FAILURE"),
    note: "the signer's certificate does not bear the seal's code",
  },
  "maker-certificate-chain": certificateChain(sealClause),
  "maker-certificate-validity": certificateValidity(sealClause),
  "maker-certificate-key-usage": certificateKeyUsage(sealClause),
  "maker-certificate-revocation": certificateRevocation(sealClause),
  "seal-validity": {
    clause: sealClause,
    failed: invalid("EXPIRED"),
    unknown: indeterminate("OUT_OF_BOUNDS_NO_POE"),
  },

  // The signatory's certificate, the time, and what was sealed: the rest of §7.3.
  "signer-certificate-chain": certificateChain(signatureClause),
  "signer-certificate-validity": certificateValidity(signatureClause),
  "signer-certificate-key-usage": certificateKeyUsage(signatureClause),
  "signer-certificate-revocation": certificateRevocation(signatureClause),
  "signing-time": {
    clause: signatureClause,
    failed: invalid("SIG_CONSTRAINTS_FAILURE"),
    unknown: indeterminate("TRY_LATER"),
  },
  timestamp: {
    clause: signatureClause,
    failed: invalid("SIG_CRYPTO_FAILURE"),
    unknown: indeterminate("SIG_CONSTRAINTS_FAILURE"),
    note: "time claimed only",
  },
  "data-hash": {
    clause: signatureClause,
    failed: invalid("HASH_FAILURE"),
    unknown: indeterminate("SIGNED_DATA_NOT_FOUND"),
  },
} as const satisfies Record<string, CheckDefinition>;

/** Checks of `cms`, under names of their own: some of them are called like a step over a seal. */
export type CmsCheckKey = `cms-${CmsCheckName}`;

/** The name in reports of a check of `cms`. */
export function cmsCheckNameOf(name: CmsCheckName): CmsCheckKey {
  return `cms-${name}`;
}

export type CheckName = keyof typeof checkCatalogue | CmsCheckKey;

/**
 * What a signature of each kind must have passed before it can be good, whatever else was found: a step that is left out
 * by mistake is no step that passed.
 */
export const essentialChecks = {
  seal: [
    "seal-signature",
    "maker-certificate-chain",
    "maker-certificate-validity",
    "maker-certificate-key-usage",
    "seal-validity",
  ],
  "seal-signature": [
    "seal-signature",
    "maker-certificate-chain",
    "maker-certificate-validity",
    "maker-certificate-key-usage",
    "seal-validity",
    "signature-value",
    "signer-in-seal",
    "signer-certificate-chain",
    "signer-certificate-validity",
    "signer-certificate-key-usage",
    "data-hash",
  ],
  signature: [
    "cms-signature-value",
    "cms-signature-algorithms",
    "cms-signer-certificate",
    "cms-signer-key-usage",
  ],
  timestamp: ["timestamp"],
} as const satisfies Record<string, readonly CheckName[]>;

/** The row of a check. For those of `cms` the sub-indication decides (ETSI EN 319 102-1 §5.1.3). */
export function definitionOf(name: CheckName): CheckDefinition {
  if (!isCmsCheckKey(name)) return checkCatalogue[name];
  const { clause, failed, unknown } = cmsChecks[cmsNameOf(name)];
  const verdict = isTotalFailure(failed) ? "INVALID" : "INDETERMINATE";
  const consequences = {
    failed: { verdict, subIndication: failed },
    unknown: indeterminate(unknown),
  } as const;
  const note = cmsNotes.get(name);
  return { clause, ...consequences, ...(note !== undefined && { note }) };
}

/** What a message may leave open: none of these is needed for a good signature. */
const cmsNotes: ReadonlyMap<CmsCheckKey, string> = new Map([
  ["cms-signing-certificate-reference", "the signer's certificate is not named under the signature"],
  ["cms-content-time-stamp", "a time stamp proves nothing here"],
  ["cms-signature-time-stamp", "a time stamp proves nothing here"],
  ["cms-archive-time-stamp", "a time stamp proves nothing here"],
  ["cms-counter-signature", "a counter-signature could not be judged"],
]);

/** Whether a text names a check of the catalogue. */
export function isCheckName(text: string): text is CheckName {
  return Object.hasOwn(checkCatalogue, text) || isCmsCheckKey(text);
}

function cmsNameOf(key: CmsCheckKey): CmsCheckName {
  return key.slice("cms-".length) as CmsCheckName;
}

function isCmsCheckKey(text: string): text is CmsCheckKey {
  return text.startsWith("cms-") && Object.hasOwn(cmsChecks, text.slice("cms-".length));
}
