import { attributeOf, parseCertificate } from "@yinxin/crypto/x509";
import type { Kysely } from "kysely";

import type { Clock } from "../clock/index.ts";
import type { Localized } from "../problems/index.ts";
import { readDrift } from "./key-drift.ts";
import type { KeyDrift } from "./key-drift.ts";
import { daysBetween, dueOf, limitShareOf } from "./key-due.ts";
import type { DueReason } from "./key-due.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyRing } from "./ring-facts.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyVersion } from "./key-version.ts";
import { readRings, readVersions } from "./key-version-rows.ts";
import { nameOf } from "./record-use.ts";
import type { RingDevice, RingKeys } from "./ring-keys.ts";
import { readCountersAt } from "./use-samples.ts";

/** Officers plan a quarter ahead unless they say otherwise. */
export const dueDaysDefault = 90;

/** What officers want to know of a certificate at a glance. */
export interface CertificateFacts {
  /** The common name, or the organization where there is none. */
  readonly subject: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  readonly notAfter: Date;
  /** Whole days; below zero once it has expired. */
  readonly daysLeft: number;
}

/** One version as officers want to see it. */
export interface InventoryRow {
  readonly version: KeyVersion;
  readonly ringTitle: Localized;
  readonly plan: string;
  /** Where the ring's keys are now, and whether they can sign. */
  readonly device: RingDevice;
  readonly certificate?: CertificateFacts;
  readonly cryptoPeriodDaysLeft?: number;
  /** Since midnight in Beijing, as far as the hourly copies of the counters tell. */
  readonly signaturesToday: number;
  /** 0 … 1; absent without a limit. */
  readonly limitShare?: number;
  readonly restoreTestedDaysAgo?: number;
  /** Whether a stand-by version waits to follow the active one at once. */
  readonly isStandbyReady: boolean;
  readonly due: readonly DueReason[];
  readonly drift: readonly KeyDrift[];
}

export interface InventoryDeps {
  readonly db: Kysely<KeyRingTables>;
  readonly keys: RingKeys;
  readonly clock: Clock;
  /** Whether a ring is to have a stand-by key. */
  readonly wantsStandby: (purpose: string) => boolean;
}

/** Long gone: their rows are kept, but nobody has to look at them. */
const goneStates: ReadonlySet<KeyState> = new Set<KeyState>([
  "destroyed",
  "destroyed-compromised",
  "rejected",
]);

/** @see KeyRings.inventory */
export async function readInventory(
  { db, keys, clock, wantsStandby }: InventoryDeps,
  withinDays: number,
): Promise<readonly InventoryRow[]> {
  const at = clock.now();
  const today = midnightBefore(at);
  const [rings, versions, drift, device, midnight] = await Promise.all([
    readRings(db),
    readVersions(db, {}),
    readDrift(db),
    keys.device(),
    readCountersAt(db, today),
  ]);
  const ringOf = new Map(rings.map((ring) => [ring.purpose, ring]));
  const facts = { at, today, withinDays, versions, drift, device, midnight, wantsStandby };
  return versions
    .filter(({ state }) => !goneStates.has(state))
    .flatMap((version) => {
      const ring = ringOf.get(version.purpose);
      return ring === undefined ? [] : [rowOf(version, ring, facts)];
    });
}

interface InventoryFacts {
  readonly at: Date;
  readonly today: Date;
  readonly withinDays: number;
  readonly versions: readonly KeyVersion[];
  readonly drift: readonly KeyDrift[];
  readonly device: InventoryRow["device"];
  readonly midnight: ReadonlyMap<string, number>;
  readonly wantsStandby: InventoryDeps["wantsStandby"];
}

function rowOf(version: KeyVersion, ring: KeyRing, facts: InventoryFacts): InventoryRow {
  const { at, today, withinDays, versions, drift, device, midnight, wantsStandby } = facts;
  const { certificate, cryptoPeriodEndsAt, backup, purpose } = version;
  const limitShare = limitShareOf(version);
  const isStandbyReady = versions.some((other) => other.purpose === purpose && isReadyStandby(other));
  const isStandbyMissing = wantsStandby(purpose) && !isStandbyReady;
  return {
    version,
    ringTitle: ring.title,
    plan: ring.plan,
    device,
    ...(certificate !== undefined && { certificate: certificateFacts(certificate, at) }),
    ...(cryptoPeriodEndsAt !== undefined && { cryptoPeriodDaysLeft: daysBetween(at, cryptoPeriodEndsAt) }),
    signaturesToday:
      version.signatures - (version.createdAt >= today ? 0 : (midnight.get(nameOf(version)) ?? 0)),
    ...(limitShare !== undefined && { limitShare }),
    ...(backup?.restoreTestedAt !== undefined && {
      restoreTestedDaysAgo: daysBetween(backup.restoreTestedAt, at),
    }),
    isStandbyReady,
    due: dueOf(version, at, withinDays, { isStandbyMissing }),
    drift: drift.filter((one) => one.purpose === purpose && one.version === version.version),
  };
}

/** @see InventoryRow.isStandbyReady */
export function isReadyStandby({ isStandby, state }: KeyVersion): boolean {
  return isStandby && (state === "pre-active" || state === "published");
}

export function certificateFacts(der: Uint8Array, at: Date): CertificateFacts {
  const { subject, serialNumber, notAfter } = parseCertificate(der);
  const name = attributeOf(subject, "CN") ?? attributeOf(subject, "O") ?? "";
  return { subject: name, serialNumber, notAfter, daysLeft: daysBetween(at, notAfter) };
}

/** China has one zone and no summer time. */
const beijingOffsetMilliseconds = 8 * 60 * 60 * 1000;
const dayMilliseconds = 24 * 60 * 60 * 1000;

function midnightBefore(at: Date): Date {
  const local = at.getTime() + beijingOffsetMilliseconds;
  return new Date(local - (local % dayMilliseconds) - beijingOffsetMilliseconds);
}
