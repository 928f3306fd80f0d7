import type { AttributeType, KeyUsage } from "../x509/index.ts";

/** What an authority may add to a certificate when it issues it: see `CertificateOptions`. */
export type CertificateOption =
  | "pathLength"
  | "nameConstraints"
  | "policies"
  | "alternativeNames"
  | "crlUrls"
  | "deltaCrlUrls"
  | "ocspUrls"
  | "issuerUrls";

/** What every certificate of one kind has. */
export interface CertificateProfile {
  /** Absent for an end entity; `pathLength` as in RFC 5280 §4.2.1.9. */
  readonly authority?: { readonly pathLength?: number };
  /** Issued by itself: subject and issuer are one. */
  readonly isSelfSigned: boolean;
  /** Whether an authority may certify another key of its own under its own name (RFC 5280 §3.2 "self-issued"). */
  readonly maySelfIssue?: boolean;
  readonly keyUsage: readonly KeyUsage[];
  /** Object identifiers; empty: no restriction to named purposes. */
  readonly extendedKeyUsage: readonly string[];
  readonly isExtendedKeyUsageCritical?: boolean;
  /** id-pkix-ocsp-nocheck: nobody asks whether this certificate was revoked (RFC 6960 §4.2.2.2.1). */
  readonly hasNoCheck?: boolean;
  readonly requiredAttributes: readonly AttributeType[];
  /** What the value of an attribute must look like, and in words. */
  readonly attributeRules?: readonly AttributeRule[];
  /** Whether a certificate of this kind says who it is in subjectAltName (RFC 9525 §2). */
  readonly needsAlternativeName?: boolean;
  readonly options: readonly CertificateOption[];
  /** The usual time from notBefore to notAfter. A default for the authority, not a limit. */
  readonly validityDays: number;
}

export interface AttributeRule {
  readonly type: AttributeType;
  readonly pattern: RegExp;
  readonly rule: string;
}

/** Extended key usages (RFC 5280 §4.2.1.12, RFC 6960 §4.2.2.2). */
const purposes = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  ocspSigning: "1.3.6.1.5.5.7.3.9",
} as const;

const authorityUsage = ["keyCertSign", "cRLSign"] as const;
const signingUsage = ["digitalSignature", "nonRepudiation"] as const;
const locations = ["crlUrls", "deltaCrlUrls", "ocspUrls", "issuerUrls"] as const;
const authorityOptions = ["nameConstraints", "policies", ...locations] as const;

/** The kinds of certificates that the suite issues, one row each. */
export const certificateProfiles = {
  "root-ca": {
    authority: {},
    isSelfSigned: true,
    keyUsage: authorityUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN"],
    options: [],
    validityDays: 20 * 365,
  },
  // Path length 0: it issues to end entities and cannot make further authorities.
  "issuing-ca": {
    authority: { pathLength: 0 },
    isSelfSigned: false,
    keyUsage: authorityUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN"],
    options: authorityOptions,
    validityDays: 10 * 365,
  },
  // Joins two authorities, or the old and the new key of one (RFC 4210 §4.4).
  "cross-ca": {
    authority: {},
    isSelfSigned: false,
    maySelfIssue: true,
    keyUsage: authorityUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN"],
    options: ["pathLength", ...authorityOptions],
    validityDays: 3 * 365,
  },
  // 制章者: signs seals.
  "seal-maker": {
    isSelfSigned: false,
    keyUsage: signingUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN", "O", "C"],
    options: ["policies", ...locations],
    validityDays: 5 * 365,
  },
  // 签章人, by GB/T 20518-2018 and national practice.
  "seal-owner": {
    isSelfSigned: false,
    keyUsage: signingUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN", "O", "C"],
    attributeRules: [
      { type: "CN", pattern: /^[0-9]{14}$/, rule: "is the seal code of 14 digits" },
      {
        type: "O",
        pattern: /^[0-9A-HJ-NP-RTUW-Y]{18}./u,
        rule: "is the unified social credit code followed at once by the unit's name",
      },
    ],
    options: ["policies", ...locations],
    validityDays: 5 * 365,
  },
  // A person or system that signs without a seal.
  signer: {
    isSelfSigned: false,
    keyUsage: signingUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN"],
    options: ["policies", "alternativeNames", ...locations],
    validityDays: 3 * 365,
  },
  // RFC 3161 §2.3: this purpose only, and critical.
  tsa: {
    isSelfSigned: false,
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [purposes.timeStamping],
    isExtendedKeyUsageCritical: true,
    requiredAttributes: ["CN"],
    options: ["policies", ...locations],
    validityDays: 5 * 365,
  },
  // Nobody can revoke it (hasNoCheck), so it is short-lived.
  "ocsp-responder": {
    isSelfSigned: false,
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [purposes.ocspSigning],
    hasNoCheck: true,
    requiredAttributes: ["CN"],
    options: ["issuerUrls"],
    validityDays: 90,
  },
  "tls-server": {
    isSelfSigned: false,
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [purposes.serverAuth],
    requiredAttributes: ["CN"],
    needsAlternativeName: true,
    options: ["policies", "alternativeNames", ...locations],
    validityDays: 365,
  },
  "tls-client": {
    isSelfSigned: false,
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [purposes.clientAuth],
    requiredAttributes: ["CN"],
    options: ["policies", "alternativeNames", ...locations],
    validityDays: 365,
  },
} as const satisfies Record<string, CertificateProfile>;

export type CertificateProfileName = keyof typeof certificateProfiles;

/** The row as the general type, in which an absent member can be asked for. */
export function profileOf(name: CertificateProfileName): CertificateProfile {
  return certificateProfiles[name];
}
