import type { Kysely, Transaction } from "kysely";

import type { KitTrail } from "../audit/index.ts";
import { transact } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import type { Clock } from "../clock/index.ts";
import { addVersion, lastVersion, lockRing } from "./add-version.ts";
import { keyLabelOf } from "./key-label.ts";
import type { KeyRingRefusalCode } from "./key-ring-problems.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyOrigin, KeyVersion } from "./key-version.ts";
import { readVersions } from "./key-version-rows.ts";
import { moveKey } from "./move-key.ts";
import { isPurpose } from "./ring-declaration.ts";
import type { RingDeclaration } from "./ring-declaration.ts";
import type { RingKeyFacts, RingKeys } from "./ring-keys.ts";
import { toldLimit } from "./state-differences.ts";

export interface EnsureDeps {
  readonly db: Kysely<KeyRingTables>;
  readonly keys: RingKeys;
  readonly trail: KitTrail;
  readonly clock: Clock;
  readonly service: string;
}

/** A key in the store that is to be version 1 of a ring. */
interface FirstKey {
  readonly keyUris: readonly [string];
  readonly publicKey: Uint8Array;
  readonly origin: KeyOrigin;
}

/** @see KeyRings.ensure */
export async function ensureRing(deps: EnsureDeps, declaration: RingDeclaration): Promise<KeyVersion> {
  const { purpose } = declaration;
  await declareRing(deps, declaration);
  const known = await newestOf(deps, purpose);
  if (known !== undefined) return known;
  const key = (await adoptedKey(deps, declaration)) ?? (await makeFirstKey(deps, declaration));
  return await addFirst(deps, declaration, key, true);
}

/** @see KeyRings.create */
export async function createRing(
  deps: EnsureDeps,
  declaration: RingDeclaration,
  actor: string | undefined,
): Promise<KeyVersion> {
  await declareRing(deps, declaration);
  const key = await makeFirstKey(deps, declaration);
  const version = await addFirst(deps, declaration, key, false, actor);
  if (version.version === 1 && version.state === "pre-active") return version;
  throw refuse<KeyRingRefusalCode>("key-ring-exists", {
    zh: `用途 ${declaration.purpose} 已有密钥环。`,
    en: `There is a key ring ${declaration.purpose} already.`,
  });
}

/** What a declaration says holds from this start on, also for versions that were made under another one. */
async function declareRing(deps: EnsureDeps, declaration: RingDeclaration): Promise<void> {
  const { db, clock } = deps;
  const { purpose, title, algorithm } = declaration;
  if (!isPurpose(purpose)) throw new RangeError(`not a purpose of a key ring: ${purpose}`);
  const policy = {
    title_zh: title.zh,
    title_en: title.en,
    algorithm,
    crypto_period_days: declaration.cryptoPeriodDays,
    usage_limit: declaration.usageLimit ?? null,
    propagation_seconds: declaration.propagationSeconds,
    overlap_seconds: declaration.overlapSeconds ?? null,
    plan: declaration.plan,
  };
  await transact(db, async (tx) => {
    await tx
      .insertInto("key_rings")
      .values({ purpose, ...policy, created_at: clock.now().toISOString() })
      .onConflict((conflict) => conflict.column("purpose").doUpdateSet(policy))
      .execute();
    await tx
      .updateTable("key_versions")
      .set({ usage_limit: policy.usage_limit })
      .where("purpose", "=", purpose)
      .execute();
    await tellLimit(tx, deps, declaration);
  });
}

/** The log says which limit a ring has, so that nobody lifts it by hand unseen. */
async function tellLimit(
  tx: Transaction<KeyRingTables>,
  { trail, clock, service }: EnsureDeps,
  { purpose, usageLimit }: RingDeclaration,
): Promise<void> {
  if ((await toldLimit(tx, purpose)) === usageLimit) return;
  await trail.in(tx).append({
    action: "key.limited",
    actor: `service:${service}`,
    subject: purpose,
    occurredAt: clock.now(),
    detail: { ...(usageLimit !== undefined && { limit: usageLimit }) },
  });
}

async function newestOf({ db }: EnsureDeps, purpose: string): Promise<KeyVersion | undefined> {
  const versions = await readVersions(db, { purpose });
  return versions.find(({ state }) => state === "active") ?? versions.at(-1);
}

const adoptedPrefix = "adopted:";

/** Whether a key is older than its ring: what it signed before is in no counter. */
export function isAdopted({ generatedBy }: KeyOrigin): boolean {
  return generatedBy.startsWith(adoptedPrefix);
}

/** @throws Refusal `key-already-used` if the label is on more than one key: which one it was is not to be guessed. */
async function adoptedKey(
  { keys }: EnsureDeps,
  { purpose, adopt, algorithm }: RingDeclaration,
): Promise<FirstKey | undefined> {
  if (adopt === undefined) return undefined;
  const found = (await keys.describe()).filter(
    ({ label, isForeign }) => isForeign !== true && label === adopt,
  );
  const [facts] = found;
  if (facts === undefined) return undefined;
  if (found.length > 1 || facts.algorithm !== algorithm) {
    throw refuse<KeyRingRefusalCode>("key-already-used", {
      zh: `标签 ${adopt} 不能唯一确定 ${purpose} 的 ${algorithm} 密钥。`,
      en: `The label ${adopt} does not lead to one ${algorithm} key for ${purpose}.`,
    });
  }
  return firstKeyOf(facts, adoptedPrefix + adopt);
}

async function makeFirstKey(
  { keys, service }: EnsureDeps,
  { purpose, algorithm }: RingDeclaration,
): Promise<FirstKey> {
  const label = keyLabelOf(purpose, 1);
  const { facts } = await keys.create(label, algorithm);
  return firstKeyOf(facts, `service:${service}`);
}

function firstKeyOf(facts: RingKeyFacts, generatedBy: string): FirstKey {
  return { keyUris: [facts.uri], publicKey: facts.publicKey, origin: originOfKey(facts, generatedBy) };
}

/** What a store says of a key, as its ring keeps it. */
export function originOfKey(facts: RingKeyFacts, generatedBy: string): KeyOrigin {
  return {
    generatedBy,
    label: facts.label,
    ...(facts.device !== "" && { device: facts.device }),
    ...(facts.local !== undefined && { local: facts.local }),
    ...(facts.extractable !== undefined && { extractable: facts.extractable }),
  };
}

/** Another process may have added it meanwhile: then that one counts, and it has the same key. */
async function addFirst(
  { db, trail, clock, service }: EnsureDeps,
  { purpose, algorithm }: RingDeclaration,
  key: FirstKey,
  isActive: boolean,
  actor?: string,
): Promise<KeyVersion> {
  const at = clock.now();
  const who = actor === undefined ? {} : { actor };
  await transact(db, async (tx) => {
    await lockRing(tx, purpose);
    if ((await lastVersion(tx, purpose)) > 0) return;
    const deps = { tx, trail, service };
    const added = await addVersion(deps, { purpose, algorithm, ...key, at, ...who });
    if (isActive) await moveKey(deps, added, "active", { at, reason: "first start", ...who });
  });
  const version = await newestOf({ db, trail, clock, service } as EnsureDeps, purpose);
  if (version === undefined) throw new Error(`the ring ${purpose} has no version after one was added`);
  return version;
}
