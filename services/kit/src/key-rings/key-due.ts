import { parseCertificate } from "@yinxin/crypto/x509";

import type { Localized } from "../problems/index.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyVersion } from "./key-version.ts";

/** Why somebody should do something about a key. */
export interface DueReason {
  readonly kind:
    | "certificate-expires"
    | "crypto-period-ends"
    | "limit-near"
    | "limit-reached"
    | "unused"
    | "no-backup"
    | "no-standby"
    | "restore-test-old";
  /** When it happens, or since when it is so. */
  readonly at?: Date;
  /** Of a limit: how much of it is used, 0 … 1. */
  readonly share?: number;
  readonly detail: Localized;
}

/** Of a version's usage limit: time to plan a rotation, and time to run it. */
export const limitShares = [0.8, 0.95] as const;

/** A key that nobody used for a quarter is either not needed or not working. */
export const unusedDays = 90;

/** A backup counts once it was restored; a quarter later that says little about the medium. */
export const restoreTestDays = 90;

/** A new key, or one that just lost what it had, is nobody's negligence for so long. */
export const preparationDays = 7;

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** States in which it matters when a key ends. */
const livingStates: ReadonlySet<KeyState> = new Set<KeyState>([
  "pre-active",
  "published",
  "active",
  "suspended",
]);

/** What is known of a version's ring that it does not know itself. */
export interface RingNeeds {
  /** Its ring is to have a stand-by key and has none that is ready. */
  readonly isStandbyMissing?: boolean;
}

/** What is due of a version within so many days, soonest first. */
export function dueOf(
  version: KeyVersion,
  at: Date,
  withinDays: number,
  { isStandbyMissing = false }: RingNeeds = {},
): readonly DueReason[] {
  if (!livingStates.has(version.state)) return [];
  const horizon = new Date(at.getTime() + withinDays * dayMilliseconds);
  const reasons = [
    certificateEnd(version, at, horizon),
    periodEnd(version, at, horizon),
    limitReason(version),
    unusedSince(version, at),
    noBackup(version, at),
    isStandbyMissing ? noStandby(version, at) : undefined,
    restoreTest(version, at),
  ];
  return reasons
    .filter((reason) => reason !== undefined)
    .sort((one, other) => (one.at?.getTime() ?? 0) - (other.at?.getTime() ?? 0));
}

function certificateEnd({ certificate }: KeyVersion, at: Date, horizon: Date): DueReason | undefined {
  if (certificate === undefined) return undefined;
  const { notAfter } = parseCertificate(certificate);
  if (notAfter > horizon) return undefined;
  const detail = endText({ zh: "证书", en: "The certificate" }, notAfter, at);
  return { kind: "certificate-expires", at: notAfter, detail };
}

function periodEnd({ cryptoPeriodEndsAt: end }: KeyVersion, at: Date, horizon: Date): DueReason | undefined {
  if (end === undefined || end > horizon) return undefined;
  const detail = endText({ zh: "密钥使用期", en: "The crypto-period" }, end, at);
  return { kind: "crypto-period-ends", at: end, detail };
}

function endText(what: Localized, end: Date, at: Date): Localized {
  const day = end.toISOString().slice(0, 10);
  const days = daysBetween(at, end);
  if (days < 0) return { zh: `${what.zh}已于 ${day} 结束。`, en: `${what.en} ended on ${day}.` };
  const left = String(days);
  return { zh: `${what.zh}还有 ${left} 天结束（${day}）。`, en: `${what.en} ends in ${left} days (${day}).` };
}

/** Whole days from one moment to another; below zero if it is past. */
export function daysBetween(from: Date, to: Date): number {
  return Math.floor((to.getTime() - from.getTime()) / dayMilliseconds);
}

/** How much of its limit a version has used; undefined without a limit. */
export function limitShareOf({ signatures, usageLimit }: KeyVersion): number | undefined {
  return usageLimit === undefined ? undefined : signatures / Math.max(usageLimit, 1);
}

function limitReason(version: KeyVersion): DueReason | undefined {
  const share = limitShareOf(version);
  if (share === undefined || share < limitShares[0]) return undefined;
  const [made, limit] = [version.signatures, version.usageLimit ?? 0].map((count) =>
    count.toLocaleString("en"),
  );
  const percent = String(Math.floor(share * 100));
  return {
    kind: share >= 1 ? "limit-reached" : "limit-near",
    share,
    detail: {
      zh: `已签名 ${made ?? ""} 次，上限 ${limit ?? ""} 次（${percent}%）。`,
      en: `It made ${made ?? ""} of ${limit ?? ""} signatures (${percent} %).`,
    },
  };
}

function unusedSince({ state, lastUsedAt, activatedAt }: KeyVersion, at: Date): DueReason | undefined {
  const since = lastUsedAt ?? activatedAt;
  if (state !== "active" || since === undefined) return undefined;
  const days = daysBetween(since, at);
  if (days < unusedDays) return undefined;
  return {
    kind: "unused",
    at: since,
    detail: { zh: `已 ${String(days)} 天未使用。`, en: `It was not used for ${String(days)} days.` },
  };
}

/** A key in a file is copied with the files; one in a device is the vendor's to copy, or nobody's. */
function noBackup({ backup, keyUris, createdAt }: KeyVersion, at: Date): DueReason | undefined {
  if (backup !== undefined || !keyUris.every((uri) => uri.startsWith("file:"))) return undefined;
  const since = afterPreparation(createdAt);
  if (at < since) return undefined;
  const detail = { zh: "没有任何备份。", en: "There is no backup of it." };
  return { kind: "no-backup", at: since, detail };
}

function noStandby({ state, activatedAt }: KeyVersion, at: Date): DueReason | undefined {
  if (state !== "active" || activatedAt === undefined) return undefined;
  const since = afterPreparation(activatedAt);
  if (at < since) return undefined;
  const detail = { zh: "没有就绪的备用密钥。", en: "No stand-by key is ready to follow it." };
  return { kind: "no-standby", at: since, detail };
}

function afterPreparation(from: Date): Date {
  return new Date(from.getTime() + preparationDays * dayMilliseconds);
}

function restoreTest({ backup }: KeyVersion, at: Date): DueReason | undefined {
  if (backup === undefined) return undefined;
  const { madeAt, restoreTestedAt } = backup;
  if (restoreTestedAt === undefined) {
    const detail = { zh: "备份尚未做过恢复测试。", en: "The backup was never restored for a test." };
    return { kind: "restore-test-old", at: madeAt, detail };
  }
  const days = daysBetween(restoreTestedAt, at);
  if (days < restoreTestDays) return undefined;
  const detail = {
    zh: `上次恢复测试在 ${String(days)} 天前。`,
    en: `The last restore test was ${String(days)} days ago.`,
  };
  return { kind: "restore-test-old", at: restoreTestedAt, detail };
}
