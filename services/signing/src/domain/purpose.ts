/** What a signature is for, with the key that signs for nothing else. */
export interface Purpose {
  /** Kebab-case, at most 40 characters. */
  readonly name: string;
  readonly algorithm: PurposeAlgorithm;
  readonly createdAt: Date;
}

/** A certificate with what stands above it. */
export interface PurposeCertificate {
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER, from the issuing authority to the root. */
  readonly chain: readonly Uint8Array[];
}

/** A purpose with the certificate of the key that signs for it now. */
export interface CertifiedPurpose extends Purpose, PurposeCertificate {}

/** A purpose as it was stored when it was made: with its first key, which its ring takes over. */
export interface StoredPurpose extends CertifiedPurpose {
  readonly keyUri: string;
}

export const purposeAlgorithms = ["SM2", "ES256"] as const;
export type PurposeAlgorithm = (typeof purposeAlgorithms)[number];

export const purposeNamePattern = /^(?=.{1,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
