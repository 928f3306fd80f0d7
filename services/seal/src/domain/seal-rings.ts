import type { RingDeclaration } from "@yinxin/service-kit/key-rings";
import { authoritiesFreshSeconds } from "@yinxin/service-kit/known-authorities";

import type { SealId } from "./seal.ts";

/** The purpose of the maker's keys (制章者). */
export const makerRing = "seal.maker";

const clockSkewSeconds = 300;
/** Seals and seal signatures carry the certificate they need, so a key is not needed long after it stopped signing. */
const overlapSeconds = 7 * 86_400;
/** Private signature keys are used for one to three years (NIST SP 800-57 part 1 revision 5 §5.3.6). */
const cryptoPeriodDays = 3 * 365;

const common = {
  // GB/T 38540 signs seals and seal signatures with SM2 only.
  algorithm: "SM2",
  cryptoPeriodDays,
  // A new certificate may be that of a new issuing authority, which verifiers learn of within this time.
  propagationSeconds: authoritiesFreshSeconds + clockSkewSeconds,
  overlapSeconds,
} as const;

/** The keys with which seals are made. */
export const makerRingDeclaration: RingDeclaration = {
  ...common,
  purpose: makerRing,
  title: { zh: "制章者", en: "Seal maker" },
  plan: "seal-maker",
  wantsStandby: true,
  adopt: "maker",
};

/** The purpose of the keys with which a seal is applied. */
export function ownerRingOf(id: SealId): string {
  return `seal.owner.${id}`;
}

/** The keys with which a seal is applied. */
export function ownerRingDeclaration(id: SealId, name: string): RingDeclaration {
  return {
    ...common,
    purpose: ownerRingOf(id),
    title: { zh: `印章：${name}`, en: `Seal: ${name}` },
    plan: "seal-owner",
    adopt: id.replace("_", "-"),
  };
}

/** The seal whose owner's keys these are; undefined for any other ring. */
export function sealOfRing(purpose: string): SealId | undefined {
  return /^seal\.owner\.(seal_[A-Za-z0-9]+)$/.exec(purpose)?.[1] as SealId | undefined;
}
