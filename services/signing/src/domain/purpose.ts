/** What a signature is for, with the key that signs for nothing else. */
export interface Purpose {
  /** Kebab-case, at most 40 characters. */
  readonly name: string;
  readonly algorithm: PurposeAlgorithm;
  readonly keyUri: string;
  /** DER. */
  readonly certificate: Uint8Array;
  /** DER, from the issuing authority to the root. */
  readonly chain: readonly Uint8Array[];
  readonly createdAt: Date;
}

export const purposeAlgorithms = ["SM2", "ES256"] as const;
export type PurposeAlgorithm = (typeof purposeAlgorithms)[number];

export const purposeNamePattern = /^(?=.{1,40}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
