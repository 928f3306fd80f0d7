import { hexOf } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import type { Transaction } from "kysely";

import type { KitTrail } from "../audit/index.ts";
import { isPostgres, isUniqueViolation } from "../database/index.ts";
import { refuse } from "../problems/index.ts";
import type { KeyRingRefusalCode } from "./key-ring-problems.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { NewKeyVersion } from "./ring-facts.ts";
import type { KeyVersion } from "./key-version.ts";
import { readVersion } from "./key-version-rows.ts";
import { changed } from "./record-use.ts";

export interface AddDeps {
  readonly tx: Transaction<KeyRingTables>;
  readonly trail: KitTrail;
  readonly service: string;
}

/** SM3 of a SubjectPublicKeyInfo, the name of a key whatever ring it is in. */
export function keyIdOf(publicKey: Uint8Array): `sm3:${string}` {
  return `sm3:${hexOf(digest("SM3", publicKey))}`;
}

/** @see KeyRingsInTransaction.add */
export async function addVersion(deps: AddDeps, added: NewKeyVersion): Promise<KeyVersion> {
  const { tx, trail, service } = deps;
  const { purpose } = added;
  const usageLimit = await lockRing(tx, purpose);
  const keyId = keyIdOf(added.publicKey);
  await refuseUsed(tx, keyId);
  const use = { purpose, version: (await lastVersion(tx, purpose)) + 1 };
  await insertVersion(tx, { ...added, ...use, keyId, usageLimit, isFrozen: await isFrozen(tx, purpose) });
  await trail.in(tx).append({
    action: "key.created",
    actor: added.actor ?? `service:${service}`,
    subject: purpose,
    occurredAt: added.at,
    detail: {
      version: use.version,
      algorithm: added.algorithm,
      key_id: keyId,
      is_standby: added.isStandby ?? false,
      ...(added.changeId !== undefined && { change: added.changeId }),
      ...(added.planId !== undefined && { plan: added.planId }),
    },
  });
  const version = await readVersion(tx, use);
  if (version === undefined) throw changed(use);
  return version;
}

/** Versions are numbered one after another: whoever adds one waits here for whoever adds one. Gives the ring's usage limit. */
export async function lockRing(tx: Transaction<KeyRingTables>, purpose: string): Promise<number | null> {
  const ring = await tx
    .selectFrom("key_rings")
    .select("usage_limit")
    .where("purpose", "=", purpose)
    .$if(isPostgres(tx), (query) => query.forUpdate())
    .executeTakeFirst();
  if (ring === undefined) throw noRing(purpose);
  return ring.usage_limit === null ? null : Number(ring.usage_limit);
}

export function noRing(purpose: string) {
  return refuse<KeyRingRefusalCode>("key-ring-not-found", {
    zh: `没有用途为 ${purpose} 的密钥环。`,
    en: `There is no key ring ${purpose}.`,
  });
}

async function refuseUsed(tx: Transaction<KeyRingTables>, keyId: string): Promise<void> {
  const user = await tx
    .selectFrom("key_versions")
    .select(["purpose", "version"])
    .where("key_id", "=", keyId)
    .executeTakeFirst();
  if (user === undefined) return;
  throw refuse<KeyRingRefusalCode>("key-already-used", {
    zh: `该密钥已是 ${user.purpose} 的第 ${String(user.version)} 版。`,
    en: `This key is version ${String(user.version)} of ${user.purpose} already.`,
  });
}

export async function lastVersion(tx: Transaction<KeyRingTables>, purpose: string): Promise<number> {
  const { last } = await tx
    .selectFrom("key_versions")
    .select((row) => row.fn.max<number | null>("version").as("last"))
    .where("purpose", "=", purpose)
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

async function isFrozen(tx: Transaction<KeyRingTables>, purpose: string): Promise<boolean> {
  const freeze = await tx
    .selectFrom("freezes")
    .select("scope")
    .where("scope", "=", `key:${purpose}`)
    .where("thawed_at", "is", null)
    .executeTakeFirst();
  return freeze !== undefined;
}

interface VersionToInsert extends NewKeyVersion {
  readonly version: number;
  readonly keyId: string;
  readonly usageLimit: number | null;
  readonly isFrozen: boolean;
}

async function insertVersion(tx: Transaction<KeyRingTables>, added: VersionToInsert): Promise<void> {
  const { origin } = added;
  try {
    await tx
      .insertInto("key_versions")
      .values({
        purpose: added.purpose,
        version: added.version,
        state: "pre-active",
        algorithm: added.algorithm,
        key_uris: JSON.stringify(added.keyUris),
        public_key: added.publicKey,
        key_id: added.keyId,
        certificate: null,
        chain: null,
        is_standby: Number(added.isStandby ?? false),
        is_frozen: Number(added.isFrozen),
        signatures: 0,
        usage_limit: added.usageLimit,
        created_at: added.at.toISOString(),
        generated_by: origin.generatedBy,
        generated_in: origin.device ?? null,
        label: origin.label,
        is_local: flagOf(origin.local),
        is_extractable: flagOf(origin.extractable),
        change_id: added.changeId ?? null,
      })
      .execute();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw refuse<KeyRingRefusalCode>("key-already-used", "This key became a version of another ring.", {
      cause,
    });
  }
}

function flagOf(value: boolean | undefined): number | null {
  return value === undefined ? null : Number(value);
}
