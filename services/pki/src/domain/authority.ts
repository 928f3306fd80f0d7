import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Certificate } from "@yinxin/crypto/x509";
import type { KeyState } from "@yinxin/service-kit/key-rings";

/** The algorithms that there is an authority for. */
export const authorityAlgorithms = ["SM2", "ES256"] as const satisfies readonly SignatureAlgorithmName[];
export type AuthorityAlgorithm = (typeof authorityAlgorithms)[number];

/** The root, which certifies issuing authorities, and the issuing authority, which certifies end entities. */
export const authorityRoles = ["root", "issuing"] as const;
export type AuthorityRole = (typeof authorityRoles)[number];

export type AuthorityId = `authority_${string}`;

/** What is known of an authority since it was made: later keys and their certificates are versions of its rings. */
export interface AuthorityRecord {
  readonly id: AuthorityId;
  readonly algorithm: AuthorityAlgorithm;
  /** Of the first key, DER. */
  readonly rootCertificate: Uint8Array;
  /** Of the first key, DER. */
  readonly issuingCertificate: Uint8Array;
  readonly issuingKeyUri: string;
  readonly createdAt: Date;
}

/** One key of an authority with the certificate that it goes by. */
export interface AuthorityKeyVersion {
  readonly role: AuthorityRole;
  readonly version: number;
  readonly state: KeyState;
  readonly certificate: Certificate;
}

/** An authority as it is now, with every key that it ever issued with, oldest first. */
export interface Authority {
  readonly id: AuthorityId;
  readonly algorithm: AuthorityAlgorithm;
  readonly roots: readonly AuthorityKeyVersion[];
  readonly issuers: readonly AuthorityKeyVersion[];
  /** What leads from an end entity to a root, whichever root is trusted: issuing authorities and cross certificates. */
  readonly intermediates: readonly Certificate[];
}

/** The version that people are shown first: the active one, else the newest that may still be believed. */
export function currentOf(versions: readonly AuthorityKeyVersion[]): AuthorityKeyVersion | undefined {
  return (
    versions.find(({ state }) => state === "active") ?? versions.findLast(({ state }) => isBelieved(state))
  );
}

/** Whether certificates by or for a key in this state may still help to build a path. */
export function isBelieved(state: KeyState): boolean {
  return state !== "compromised" && state !== "destroyed-compromised" && state !== "rejected";
}
