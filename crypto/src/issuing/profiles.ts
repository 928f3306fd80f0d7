import type { AttributeType, KeyUsage } from "../x509/index.ts";

/** What every certificate of one kind has. */
export interface CertificateProfile {
  /** Absent for an end entity; `pathLength` as in RFC 5280 §4.2.1.9. */
  readonly authority?: { readonly pathLength?: number };
  /** Issued by itself: subject and issuer are one. */
  readonly isSelfSigned: boolean;
  readonly keyUsage: readonly KeyUsage[];
  /** Object identifiers; empty: no restriction to named purposes. */
  readonly extendedKeyUsage: readonly string[];
  readonly requiredAttributes: readonly AttributeType[];
  /** The usual time from notBefore to notAfter. A default for the authority, not a limit. */
  readonly validityDays: number;
}

const authorityUsage = ["keyCertSign", "cRLSign"] as const;
const signingUsage = ["digitalSignature", "nonRepudiation"] as const;

/** The kinds of certificates that the suite issues, one row each. */
export const certificateProfiles = {
  "root-ca": {
    authority: {},
    isSelfSigned: true,
    keyUsage: authorityUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN"],
    validityDays: 20 * 365,
  },
  // Path length 0: it issues to end entities and cannot make further authorities.
  "issuing-ca": {
    authority: { pathLength: 0 },
    isSelfSigned: false,
    keyUsage: authorityUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN"],
    validityDays: 10 * 365,
  },
  // 制章者: signs seals.
  "seal-maker": {
    isSelfSigned: false,
    keyUsage: signingUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN", "O", "C"],
    validityDays: 5 * 365,
  },
  // 签章人: CN is the seal code, O the unified social credit code followed at once by the unit's name.
  "seal-owner": {
    isSelfSigned: false,
    keyUsage: signingUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN", "O", "C"],
    validityDays: 5 * 365,
  },
  // A person or system that signs without a seal.
  signer: {
    isSelfSigned: false,
    keyUsage: signingUsage,
    extendedKeyUsage: [],
    requiredAttributes: ["CN"],
    validityDays: 3 * 365,
  },
} as const satisfies Record<string, CertificateProfile>;

export type CertificateProfileName = keyof typeof certificateProfiles;

/** The row as the general type, in which an absent member can be asked for. */
export function profileOf(name: CertificateProfileName): CertificateProfile {
  return certificateProfiles[name];
}
