import { CompiledQuery } from "kysely";
import type { Transaction } from "kysely";

import { isPostgres } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import type { Refusal } from "../problems/index.ts";
import type { KeyRingRefusalCode } from "./key-ring-problems.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyUse, KeyVersion } from "./key-version.ts";
import { readVersion } from "./key-version-rows.ts";

/** In which states a version makes signatures of a kind. */
export const statesOfUse = {
  ordinary: ["active"],
  possession: ["pre-active", "published"],
  overlap: ["retiring", "deactivated"],
} as const satisfies Record<string, readonly KeyState[]>;

/** @see KeyRingsInTransaction.recordUse */
export async function recordUse(tx: Transaction<KeyRingTables>, use: KeyUse, at: Date): Promise<void> {
  const statement = countingOf[use.kind ?? "ordinary"][isPostgres(tx) ? "postgres" : "sqlite"];
  const parameters = [at.toISOString(), use.purpose, use.version];
  const { numAffectedRows } = await tx.executeQuery(CompiledQuery.raw(statement, parameters));
  if (numAffectedRows === 1n) return;
  const version = await readVersion(tx, use);
  if (version === undefined) throw notFound(use);
  throw refusalOfUse(version, use.kind) ?? changed(use);
}

// Written out: this runs with every signature, and building the query would cost more than running it.
const countingOf = {
  ordinary: counting(statesOfUse.ordinary),
  possession: counting(statesOfUse.possession),
  overlap: counting(statesOfUse.overlap),
};

function counting(states: readonly KeyState[]): { readonly sqlite: string; readonly postgres: string } {
  const text = (at: string, purpose: string, version: string): string =>
    `update key_versions set signatures = signatures + 1, last_used_at = ${at}
      where purpose = ${purpose} and version = ${version}
        and state in (${states.map((state) => `'${state}'`).join(", ")})
        and is_frozen = 0 and (usage_limit is null or signatures < usage_limit)`;
  return { sqlite: text("?", "?", "?"), postgres: text("$1", "$2", "$3") };
}

/** Why this version may not be used, or undefined if it may. */
export function refusalOfUse(
  version: KeyVersion,
  kind: KeyUse["kind"],
): Refusal<KeyRingRefusalCode> | undefined {
  const name = { zh: `密钥 ${nameOf(version)} `, en: `The key ${nameOf(version)} ` };
  const say = (code: KeyRingRefusalCode, zh: string, en: string) =>
    refuse(code, { zh: `${name.zh}${zh}。`, en: `${name.en}${en}.` });
  if (version.state === "suspended") return say("key-suspended", "已被挂起", "is suspended");
  const allowed: readonly KeyState[] = statesOfUse[kind ?? "ordinary"];
  if (!allowed.includes(version.state)) {
    return say(
      "key-not-active",
      `处于 ${version.state} 状态，不能签名`,
      `is ${version.state} and may not sign`,
    );
  }
  if (version.isFrozen) return say("key-frozen", "已被冻结", "is frozen");
  if (version.usageLimit !== undefined && version.signatures >= version.usageLimit) {
    return say("key-limit-reached", "已达签名次数上限", "has made as many signatures as it may");
  }
  return undefined;
}

/** A version in words: `seal.maker/2`. */
export function nameOf({ purpose, version }: KeyUse): string {
  return `${purpose}/${String(version)}`;
}

export function notFound(use: KeyUse): Refusal<KeyRingRefusalCode> {
  return refuse("key-version-not-found", {
    zh: `没有密钥版本 ${nameOf(use)}。`,
    en: `There is no version ${nameOf(use)}.`,
  });
}

/** Somebody was faster. */
export function changed(use: KeyUse): Refusal<KeyRingRefusalCode> {
  return refuse("key-changed", {
    zh: `密钥 ${nameOf(use)} 的状态刚刚改变。`,
    en: `The key ${nameOf(use)} changed meanwhile.`,
  });
}
