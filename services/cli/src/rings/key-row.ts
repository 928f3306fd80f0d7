import type { Bilingual } from "../terminal/index.ts";

/** Something that somebody should see to. */
export interface KeyConcern {
  readonly kind: string;
  /** RFC 3339; absent where it is due already. */
  readonly at?: string;
  readonly detail: Bilingual;
}

/** One version of a key, as officers want to see it (keys of every service in one form). */
export interface KeyRow {
  readonly service: string;
  readonly purpose: string;
  readonly title: Bilingual;
  readonly version: number;
  readonly state: string;
  readonly algorithm: string;
  readonly keyId: string;
  /** The device that has it, in words. */
  readonly place?: string;
  /** Made inside the device; absent where the device does not say. */
  readonly madeInside?: boolean;
  readonly isExtractable?: boolean;
  /** Of the PIN of the device that has it; there only where few are left. */
  readonly remainingTries?: number;
  readonly isStandby: boolean;
  readonly isFrozen: boolean;
  /** The certificate's end or the crypto-period's, whichever comes first. */
  readonly expiresAt?: string;
  readonly daysLeft?: number;
  readonly signatures: number;
  readonly signaturesToday?: number;
  readonly usageLimit?: number;
  readonly lastUsedAt?: string;
  readonly activatedAt?: string;
  readonly isStandbyReady: boolean;
  readonly restoreTestedDaysAgo?: number;
  readonly due: readonly KeyConcern[];
  readonly drift: readonly KeyConcern[];
}

/** How soon a key ends: the bands in which officers plan. */
export type ExpiryBand = "ended" | "7" | "30" | "90" | "later";

/** The band of so many days. */
export function bandOf(daysLeft: number | undefined): ExpiryBand {
  if (daysLeft === undefined) return "later";
  if (daysLeft < 0) return "ended";
  if (daysLeft <= 7) return "7";
  if (daysLeft <= 30) return "30";
  return daysLeft <= 90 ? "90" : "later";
}

/** Versions that still do something, or will: what is over is history. */
const livingStates = new Set([
  "requested",
  "pre-active",
  "published",
  "active",
  "suspended",
  "retiring",
  "compromised",
]);

export function isLiving({ state }: Pick<KeyRow, "state">): boolean {
  return livingStates.has(state);
}

/** A key that somebody has to replace in time: what signs, or has stopped and should again. */
export function isInService({ state }: Pick<KeyRow, "state">): boolean {
  return state === "active" || state === "suspended";
}
