import type { Kysely } from "kysely";

import { isRefusal, refuse } from "../problems/index.ts";
import type { KeyRingRefusalCode } from "./key-ring-problems.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyUse, KeyVersion, OpenKey } from "./key-version.ts";
import { readSigning, readVersion, readVersions } from "./key-version-rows.ts";
import { noRing } from "./add-version.ts";
import { notFound, refusalOfUse, statesOfUse } from "./record-use.ts";
import type { RingSigners } from "./ring-signers.ts";

export interface OpenDeps {
  readonly db: Kysely<KeyRingTables>;
  readonly signers: RingSigners;
}

/** @see KeyRings.open */
export async function openActive({ db, signers }: OpenDeps, purpose: string): Promise<OpenKey> {
  const version = await readSigning(db, purpose);
  if (version === undefined) throw await nothingToOpen(db, purpose);
  const refusal = refusalOfUse(version, undefined);
  if (refusal !== undefined) throw refusal;
  return { use: { purpose, version: version.version }, version, signer: await signers.open(version) };
}

async function nothingToOpen(db: Kysely<KeyRingTables>, purpose: string): Promise<Error> {
  const [any] = await readVersions(db, { purpose });
  if (any === undefined) return noRing(purpose);
  return refuse<KeyRingRefusalCode>("key-not-active", {
    zh: `密钥环 ${purpose} 没有启用的版本。`,
    en: `The key ring ${purpose} has no active version.`,
  });
}

/** @see KeyRings.openVersion */
export async function openVersion(
  { db, signers }: OpenDeps,
  purpose: string,
  version: number,
): Promise<OpenKey> {
  const found = await readVersion(db, { purpose, version });
  if (found === undefined) throw notFound({ purpose, version });
  const kind = kindOf(found);
  const refusal = refusalOfUse(found, kind);
  if (refusal !== undefined) throw refusal;
  const use: KeyUse = { purpose, version, ...(kind !== undefined && { kind }) };
  return { use, version: found, signer: await signers.open(found) };
}

function kindOf({ state }: KeyVersion): KeyUse["kind"] {
  return (["possession", "overlap"] as const).find((kind) =>
    (statesOfUse[kind] as readonly string[]).includes(state),
  );
}

/** Refusals after which another version may be the active one. */
const mayBeReplaced: ReadonlySet<string> = new Set<KeyRingRefusalCode>([
  "key-not-active",
  "key-suspended",
  "key-limit-reached",
  "key-changed",
]);

/** @see KeyRings.withKey */
export async function withKey<Result>(
  deps: OpenDeps,
  purpose: string,
  work: (key: OpenKey) => Promise<Result>,
): Promise<Result> {
  const first = await openActive(deps, purpose);
  try {
    return await work(first);
  } catch (cause) {
    if (!isRefusal(cause) || !mayBeReplaced.has(cause.code)) throw cause;
    const next = await openActive(deps, purpose);
    if (next.version.version === first.version.version) throw cause;
    return await work(next);
  }
}
