import type { Localized } from "../problems/index.ts";
import type { KeyDrift } from "./key-drift.ts";
import type { KeyVersion } from "./key-version.ts";

/** Why somebody should do something about a key. */
export interface DueReason {
  readonly kind:
    | "certificate-expires"
    | "crypto-period-ends"
    | "limit-near"
    | "limit-reached"
    | "unused"
    | "no-standby"
    | "backup-missing"
    | "restore-test-old";
  /** Absent where it is due already. */
  readonly at?: Date;
  readonly detail: Localized;
}

/** One version as officers want to see it. */
export interface InventoryRow {
  readonly version: KeyVersion;
  readonly ringTitle: Localized;
  readonly plan: string;
  /** Where the key is now, in words; absent if the store does not have it. */
  readonly device?: string;
  readonly certificate?: {
    readonly subject: string;
    readonly serialNumber: string;
    readonly notAfter: Date;
    readonly daysLeft: number;
  };
  readonly cryptoPeriodDaysLeft?: number;
  /** Since midnight in Beijing. */
  readonly signaturesToday: number;
  /** 0 … 1 and beyond; absent without a limit. */
  readonly limitShare?: number;
  readonly restoreTestedDaysAgo?: number;
  readonly isStandbyReady: boolean;
  readonly due: readonly DueReason[];
  readonly drift: readonly KeyDrift[];
}

export function readInventory(_deps: object): Promise<readonly InventoryRow[]> {
  return Promise.reject(new Error("not built yet"));
}
