import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";
import type { Certificate } from "@yinxin/crypto/x509";

/** The algorithms that there is an authority for. */
export const authorityAlgorithms = ["SM2", "ES256"] as const satisfies readonly SignatureAlgorithmName[];
export type AuthorityAlgorithm = (typeof authorityAlgorithms)[number];

export type AuthorityId = `authority_${string}`;

/** What is known of an authority for ever: its certificates, and where its key lies. */
export interface AuthorityRecord {
  readonly id: AuthorityId;
  readonly algorithm: AuthorityAlgorithm;
  /** DER. */
  readonly rootCertificate: Uint8Array;
  /** DER; the authority that issues to end entities. */
  readonly issuingCertificate: Uint8Array;
  readonly issuingKeyUri: string;
  readonly createdAt: Date;
}

/** An authority that can issue: the record with its certificates read and its key open. */
export interface Authority {
  readonly id: AuthorityId;
  readonly algorithm: AuthorityAlgorithm;
  readonly root: Certificate;
  readonly issuing: Certificate;
  readonly signer: Signer;
}
