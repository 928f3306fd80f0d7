import type { KeyDriftKind } from "@yinxin/service-kit/key-rings";

import { rememberPurposes } from "../deployment/index.ts";
import { askServices, findAmongServices, sayFailures } from "../officer/index.ts";
import type { OfficerSession, ServiceConnection } from "../officer/index.ts";
import type { Bilingual, Terminal } from "../terminal/index.ts";
import type { KeyRow } from "./key-row.ts";
import { ringListSchema, ringSchema } from "./ring-wire.ts";
import type { ToldDrift, ToldInventoryRow, ToldRing } from "./ring-wire.ts";

const dayMilliseconds = 86_400_000;

export interface KeyRows {
  readonly rows: readonly KeyRow[];
  /** Keys in a store that belong to no ring. */
  readonly strangers: readonly StrangeKey[];
  /** Scopes that stand still; a frozen key is marked in its row too. */
  readonly freezes: readonly FrozenScope[];
  /** 0, or the exit code of a service that did not answer. */
  readonly exitCode: number;
}

/** A key that nobody accounts for. */
export interface StrangeKey {
  readonly service: string;
  readonly keyUri: string;
  readonly found: string;
  readonly since: string;
}

/** A seal, a unit or a key that officers froze. */
export interface FrozenScope {
  readonly service: string;
  readonly scope: string;
  readonly reason: string;
  /** RFC 3339 */
  readonly since: string;
}

export interface KeyRowsQuery {
  readonly service?: string | undefined;
  /** How far ahead something counts as due; a quarter if absent. */
  readonly withinDays?: number;
}

/** Every version of every service, and what is due of it; says which services did not answer. */
export async function readKeyRows(
  session: OfficerSession,
  terminal: Terminal,
  { service: named, withinDays }: KeyRowsQuery,
): Promise<KeyRows> {
  const query = withinDays === undefined ? "" : `?within_days=${String(withinDays)}`;
  const found = await askServices(session.services(named), (service) =>
    service.send({ method: "GET", path: `/v1/key-rings${query}`, reply: ringListSchema }),
  );
  const exitCode = sayFailures(found, terminal);
  const now = terminal.now();
  if (named === undefined) {
    const purposes = found.answers.flatMap(({ answer }) => answer.rings.map(({ purpose }) => purpose));
    await rememberPurposes(purposes, terminal);
  }
  return {
    exitCode,
    rows: found.answers.flatMap(({ service, answer }) =>
      answer.versions.map((version) => keyRowOf(service.name, version, now)),
    ),
    freezes: found.answers.flatMap(({ service, answer }) =>
      answer.freezes.map(({ scope, reason, since }) => ({ service: service.name, scope, reason, since })),
    ),
    strangers: found.answers.flatMap(({ service, answer }) =>
      answer.drift
        .filter(({ purpose }) => purpose === undefined)
        .map(({ key_uri: keyUri, found: what, since }) => ({
          service: service.name,
          keyUri,
          found: what,
          since,
        })),
    ),
  };
}

function keyRowOf(service: string, told: ToldInventoryRow, now: Date): KeyRow {
  const expiresAt = [told.certificate?.not_after, told.crypto_period_ends_at]
    .filter((end) => end !== undefined)
    .sort((one, other) => Date.parse(one) - Date.parse(other))[0];
  const { local: madeInside, extractable: isExtractable } = told.origin;
  return {
    service,
    purpose: told.purpose,
    title: told.ring_title,
    version: told.version,
    state: told.state,
    algorithm: told.algorithm,
    keyId: told.key_id,
    ...(told.drift.some(({ kind }) => kind === "gone") ? {} : { place: told.device.name }),
    ...defined({ madeInside, isExtractable, remainingTries: told.device.remaining_tries }),
    isStandby: told.is_standby,
    isFrozen: told.is_frozen,
    ...(expiresAt === undefined ? {} : { expiresAt, daysLeft: daysUntil(expiresAt, now) }),
    signatures: told.signatures,
    signaturesToday: told.signatures_today,
    ...defined({
      usageLimit: told.usage_limit,
      lastUsedAt: told.last_used_at,
      activatedAt: told.activated_at,
      restoreTestedDaysAgo: told.restore_tested_days_ago,
    }),
    isStandbyReady: told.is_standby_ready,
    due: told.due.map(({ kind, at, detail }) => ({ kind, detail, ...defined({ at }) })),
    drift: told.drift.map((drift) => ({ kind: drift.kind, at: drift.since, detail: driftInWords(drift) })),
  };
}

/** Whole days from now; below zero once it is over. */
export function daysUntil(time: string, now: Date): number {
  return Math.floor((Date.parse(time) - now.getTime()) / dayMilliseconds);
}

const driftWords: Readonly<Record<KeyDriftKind, Bilingual>> = {
  gone: { zh: "密钥已不在设备中", en: "the key is gone from the device" },
  unknown: { zh: "设备中有不属于任何密钥环的密钥", en: "a key in the device belongs to no ring" },
  extractable: { zh: "私钥变为可导出", en: "the private key can be taken out now" },
  relabelled: { zh: "密钥的标签被改动", en: "the key has another label" },
  "state-differs": { zh: "登记的状态与审计日志不符", en: "the record is not what the audit log says" },
  "left-in-device": {
    zh: "已停用的私钥仍在设备中，须用设备的工具销毁",
    en: "it signs no more, but its private key is still in the device: destroy it with the device's own tool",
  },
  "not-listed": { zh: "密钥存储未能列出全部密钥", en: "the key store could not list its keys" },
  "other-public-key": { zh: "该位置是另一把密钥", en: "another key is in its place" },
};

/** A difference between device and record, in words. */
export function driftInWords({ kind, key_uri: uri, found }: ToldDrift): Bilingual {
  // A service of a later version may know more kinds.
  const words = isKnown(kind) ? driftWords[kind] : { zh: kind, en: kind };
  return { zh: `${words.zh}（${uri}：${found}）`, en: `${words.en} (${uri}: ${found})` };
}

function isKnown(kind: string): kind is KeyDriftKind {
  return Object.hasOwn(driftWords, kind);
}

/** Without the members that have no value. */
function defined<Facts extends Readonly<Record<string, unknown>>>(
  facts: Facts,
): { [Name in keyof Facts]?: Exclude<Facts[Name], undefined> } {
  const members = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members) as { [Name in keyof Facts]?: Exclude<Facts[Name], undefined> };
}

export interface FoundRing {
  readonly service: ServiceConnection;
  readonly told: ToldRing;
}

/** The ring of a purpose, wherever it is. @throws CommandFailure `key-ring-not-found`, with what was perhaps meant. */
export async function findRing(session: OfficerSession, purpose: string): Promise<FoundRing> {
  const services = session.services();
  const { service, answer } = await findAmongServices(services, {
    what: { zh: "密钥", en: "key" },
    name: purpose,
    code: "key-ring-not-found",
    absent: ["key-ring-not-found", "invalid-request"],
    list: "yinxin keys list",
    find: (each) =>
      each.send({ method: "GET", path: `/v1/key-rings/${encodeURIComponent(purpose)}`, reply: ringSchema }),
    names: async () => {
      const { answers } = await askServices(services, (each) =>
        each.send({ method: "GET", path: "/v1/key-rings", reply: ringListSchema }),
      );
      return answers.flatMap(({ answer: { rings } }) => rings.map((ring) => ring.purpose));
    },
  });
  return { service, told: answer };
}
