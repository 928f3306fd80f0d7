import type { Evidence } from "../revocation/index.ts";
import type { Certificate } from "../x509/index.ts";

/**
 * By which rules seals are judged.
 *
 * - `gmt0031-2025`: each seal by its own edition; those of 2025 by GM/T 0031-2025, where a maker's certificate counts at the
 *   time the seal was made. The default.
 * - `gbt38540`: every seal by the steps of GB/T 38540-2020, where the maker's certificate counts when the seal is used.
 * - `strict`: as `gmt0031-2025`, and no departure from the standards is tolerated.
 */
export const sealProfiles = ["gmt0031-2025", "gbt38540", "strict"] as const;
export type SealProfile = (typeof sealProfiles)[number];

/** What the caller trusts and knows, and when it asks. */
export interface VerificationContext {
  /** Trust anchors; nothing else is trusted. */
  readonly trust: readonly Certificate[];
  /** Certificates that may stand between a signer and an anchor. Known, not trusted. */
  readonly intermediates?: readonly Certificate[];
  /** Revocation lists and OCSP answers at hand; those inside a document are looked at anyway. */
  readonly evidence?: Evidence;
  /**
   * `if-present`: what is known to be revoked is revoked, and missing evidence is a note. `required`: without evidence
   * nothing is good. Default `if-present`.
   */
  readonly revocation?: "if-present" | "required";
  readonly profile?: SealProfile;
  /** What a detached signature is over. */
  readonly detached?: Uint8Array;
  /** The time of the verification. */
  readonly at: Date;
}

/** A time for which certificates and seals are judged. */
export interface JudgingTime {
  readonly time: Date;
  /** `proven` by a time stamp; `claimed` by the signer's clock; `now`, where only the present counts. */
  readonly source: "proven" | "claimed" | "now";
  /** With `claimed`: a later time at which what is judged is proven to have existed, whatever it claims. */
  readonly existedAt?: Date;
}

/** Nothing at hand. */
export const noEvidence: Evidence = { crls: [], ocspResponses: [] };
