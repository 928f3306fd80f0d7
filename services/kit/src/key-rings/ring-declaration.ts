import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";

import type { Localized } from "../problems/index.ts";

/** What a service says of a ring at every start: policy values, not constants of the machinery. */
export interface RingDeclaration {
  /** Dotted words, see {@link isPurpose}: `ca.issuing.sm2`. */
  readonly purpose: string;
  readonly title: Localized;
  readonly algorithm: SignatureAlgorithmName;
  /** How long a version is to sign (NIST SP 800-57 part 1 revision 5 §5.3); counted from its activation. */
  readonly cryptoPeriodDays: number;
  /** How many signatures a version may make in all. */
  readonly usageLimit?: number;
  /** The longest cache of whoever verifies, and the skew of clocks: published at least this long before it signs. */
  readonly propagationSeconds: number;
  /** The longest life of what it signed, and the skew of clocks: served at least this long once it retires. Absent: for ever. */
  readonly overlapSeconds?: number;
  /** The name of the plan by which it is rotated. */
  readonly plan: string;
  /** Whether a prepared key is to wait for the day the active one is compromised. */
  readonly wantsStandby?: boolean;
  /** The label of a key that was made before there were rings: it becomes version 1. */
  readonly adopt?: string;
}

/** Rings of seals carry the seal's identifier: 128 characters leave room for it. */
const maximumPurposeCharacters = 128;
const purposePattern = /^[a-z0-9]+([._-][a-z0-9]+)*$/;

/** Whether this can name a ring: words of a–z and 0–9 joined by dots, hyphens or, in an identifier, underscores. */
export function isPurpose(text: string): boolean {
  return text.length <= maximumPurposeCharacters && purposePattern.test(text);
}
