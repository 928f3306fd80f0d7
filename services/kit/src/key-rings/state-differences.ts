import type { Kysely } from "kysely";

import { findEvents } from "../audit/index.ts";
import type { EventJudge } from "../audit/index.ts";
import { keyIdOf } from "./add-version.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import { nameOf } from "./record-use.ts";
import { followStates, stateActions } from "./told-states.ts";
import type { ToldStates, ToldVersion } from "./told-states.ts";

/** The rows say something of a key or a scope that the log does not. */
export interface StateDifference {
  /** The key's URI; for what is no key the scope. */
  readonly uri: string;
  readonly purpose?: string;
  readonly version?: number;
  /** What the rows say and what the log says, in words. */
  readonly found: string;
}

/** The rows that say whether a key may be used, as they are now. */
interface StateRows {
  readonly versions: readonly VersionRow[];
  readonly limits: readonly { readonly purpose: string; readonly limit: number | undefined }[];
  readonly frozen: readonly string[];
}

interface VersionRow {
  readonly purpose: string;
  readonly version: number;
  readonly uri: string;
  readonly keyId: string;
  /** Of the public key in the row, which is the one that the device is compared with. */
  readonly publicKeyId: string;
  readonly state: string;
  readonly isFrozen: boolean;
  readonly limit: number | undefined;
  readonly invalidFrom: string | undefined;
}

/** Holds the rows against every event that tells of states; what somebody changed by hand is not in the log. */
export async function findStateDifferences(db: Kysely<KeyRingTables>): Promise<readonly StateDifference[]> {
  const events = await findEvents(db, {
    columns: ["action", "subject", "detail"],
    where: (all) => all.where("action", "in", stateActions),
  });
  const { take, told } = followStates();
  for (const event of events) take(event);
  return compareStates(await readStates(db), told);
}

/** The limit that the log says a ring has. */
export async function toldLimit(db: Kysely<KeyRingTables>, purpose: string): Promise<number | undefined> {
  const events = await findEvents(db, {
    columns: ["action", "subject", "detail"],
    where: (all) =>
      all
        .where("action", "=", "key.limited" satisfies (typeof stateActions)[number])
        .where("subject", "=", purpose),
  });
  const { take, told } = followStates();
  for (const event of events) take(event);
  return told.limits.get(purpose);
}

/**
 * The same for whoever reads and proves the whole log: he tells this of every event. The service may run meanwhile, so only what
 * stands in the rows before and after the log was read is held against it.
 */
export async function judgeStates<Schema>(database: Kysely<Schema>): Promise<EventJudge> {
  const db = database as unknown as Kysely<KeyRingTables>;
  const { take, told } = followStates();
  const before = await readStates(db);
  return {
    take,
    judge: async () => {
      const found = compareStates(await readStates(db), told).map(wordsOf);
      const known = new Set(compareStates(before, told).map(wordsOf));
      return found.filter((words) => known.has(words));
    },
  };
}

function wordsOf({ uri, purpose, version, found }: StateDifference): string {
  const name = purpose === undefined ? uri : version === undefined ? purpose : nameOf({ purpose, version });
  return `${name}: ${found}`;
}

async function readStates(db: Kysely<KeyRingTables>): Promise<StateRows> {
  const versions = await db
    .selectFrom("key_versions")
    .select(["purpose", "version", "key_uris", "key_id", "public_key", "state"])
    .select(["is_frozen", "usage_limit", "invalid_from"])
    .orderBy("purpose")
    .orderBy("version")
    .execute();
  const rings = await db.selectFrom("key_rings").select(["purpose", "usage_limit"]).execute();
  const freezes = await db.selectFrom("freezes").select("scope").where("thawed_at", "is", null).execute();
  return {
    versions: versions.map((row) => ({
      purpose: row.purpose,
      version: row.version,
      uri: firstUri(row.key_uris),
      keyId: row.key_id,
      publicKeyId: keyIdOf(row.public_key),
      state: row.state,
      isFrozen: row.is_frozen === 1,
      limit: limitOf(row.usage_limit),
      invalidFrom: row.invalid_from ?? undefined,
    })),
    limits: rings.map((row) => ({ purpose: row.purpose, limit: limitOf(row.usage_limit) })),
    frozen: freezes.map(({ scope }) => scope),
  };
}

function limitOf(limit: number | string | null): number | undefined {
  return limit === null ? undefined : Number(limit);
}

/** A row that was written by hand may hold anything. */
function firstUri(text: string): string {
  try {
    const [uri] = JSON.parse(text) as readonly unknown[];
    return typeof uri === "string" ? uri : text;
  } catch {
    return text;
  }
}

function compareStates(rows: StateRows, told: ToldStates): readonly StateDifference[] {
  const inRows = new Set(rows.versions.map(nameOf));
  const missing = [...told.versions.values()]
    .filter((version) => !inRows.has(nameOf(version)))
    .map(({ purpose, version, state }) => {
      const found = `has no row; the log says ${state}`;
      return { uri: `ring:${nameOf({ purpose, version })}`, purpose, version, found };
    });
  const changed = rows.versions.flatMap((row): StateDifference[] => {
    const found = differencesOf(row, told).join(", ");
    return found === "" ? [] : [{ uri: row.uri, purpose: row.purpose, version: row.version, found }];
  });
  return [...changed, ...missing, ...limitDifferences(rows, told), ...freezeDifferences(rows, told)];
}

function differencesOf(row: VersionRow, { versions, frozen, limits }: ToldStates): readonly string[] {
  const version = versions.get(nameOf(row));
  if (version === undefined) return ["the log does not know it"];
  return [
    ...stateDifference(row, version),
    ...differs("is_frozen", row.isFrozen, frozen.has(`key:${row.purpose}`)),
    ...differs("usage_limit", row.limit, limits.get(row.purpose)),
  ];
}

function stateDifference(row: VersionRow, told: ToldVersion): readonly string[] {
  return [
    ...differs("state", row.state, told.state),
    ...differs("key_id", row.keyId, told.keyId),
    ...differs("public_key", row.publicKeyId, told.keyId),
    ...differs("invalid_from", row.invalidFrom, told.invalidFrom),
  ];
}

function differs<Value extends string | number | boolean>(
  column: string,
  row: Value | undefined,
  told: Value | undefined,
): readonly string[] {
  return row === told
    ? []
    : [`${column} is ${String(row ?? "empty")} and ${String(told ?? "empty")} by the log`];
}

function limitDifferences({ limits }: StateRows, told: ToldStates): readonly StateDifference[] {
  return limits.flatMap(({ purpose, limit }) =>
    differs("usage_limit", limit, told.limits.get(purpose)).map((found) => {
      return { uri: `ring:${purpose}`, purpose, found };
    }),
  );
}

function freezeDifferences({ frozen }: StateRows, told: ToldStates): readonly StateDifference[] {
  const now = new Set(frozen);
  return [
    ...[...told.frozen]
      .filter((scope) => !now.has(scope))
      .map((scope) => ({ uri: scope, found: "is not frozen, and is by the log" })),
    ...[...now]
      .filter((scope) => !told.frozen.has(scope))
      .map((scope) => ({ uri: scope, found: "is frozen, and is not by the log" })),
  ];
}
