import type { DerLimits } from "../der/index.ts";

/** What a SignedData from outside may have. Real ones have one to five signers and under twenty certificates. */
export const cmsLimits = {
  /** Attached contents are documents; larger ones are signed detached. */
  bytes: 256 * 1024 * 1024,
  signers: 64,
  certificates: 256,
  /** CRLs and OCSP responses together. */
  revocations: 256,
  digestAlgorithms: 16,
  /** In each of the two sets of a signer. Archive time stamps add one a decade. */
  attributes: 64,
  valuesPerAttribute: 16,
} as const;

/** Room for the revocation lists inside: an entry takes three to eight elements, and deeper nests are time stamps in time stamps. */
export const cmsDerLimits: DerLimits = { depth: 40, elements: 400_000 };
