import { equalBytes } from "@yinxin/crypto/bytes";
import type { Kysely, Transaction } from "kysely";

import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { transact } from "../database/index.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyVersion } from "./key-version.ts";
import { readVersions } from "./key-version-rows.ts";
import { nameOf } from "./record-use.ts";
import { findStateDifferences } from "./state-differences.ts";
import type { RingKeyFacts, RingKeys } from "./ring-keys.ts";

export const keyDriftKinds = [
  "gone",
  "unknown",
  "extractable",
  "relabelled",
  "other-public-key",
  "left-in-device",
  "state-differs",
  "not-listed",
] as const;
export type KeyDriftKind = (typeof keyDriftKinds)[number];

/** A key in the store is not what its ring says, or is in no ring. */
export interface KeyDrift {
  /**
   * `gone`: the store does not have it; `unknown`: no ring has it; `extractable`: its private key can be
   * taken out and could not before; `relabelled`: it has another label; `other-public-key`: its URI leads to another key;
   * `left-in-device`: its version signs no more and its private key should be destroyed, which only the device's own tool can do; it is
   * cleared up by the device itself, once the key is no longer there; `state-differs`: its row, or that of a
   * freeze, was not made what it is by anything that the log tells of; `not-listed`: the store could not list its keys, so that nobody
   * knows which of them are unknown, extractable or relabelled.
   */
  readonly kind: KeyDriftKind;
  readonly keyUri: string;
  /** Absent for `unknown`, `not-listed`, and for a scope that is no key. */
  readonly purpose?: string;
  readonly version?: number;
  /** What was found, in words; never a secret. */
  readonly found: string;
  readonly since: Date;
}

export interface DriftDeps {
  readonly db: Kysely<KeyRingTables>;
  readonly keys: RingKeys;
  readonly trail: KitTrail;
  readonly clock: Clock;
  readonly service: string;
}

type Finding = Omit<KeyDrift, "since">;

/** @see KeyRings.drift */
export async function findDrift(deps: DriftDeps): Promise<readonly KeyDrift[]> {
  const first = await compareOnce(deps);
  // A key that is being made or destroyed at this moment is in the store and not in its ring, or the other way round: only what is
  // found twice is told.
  const second = first.length === 0 ? [] : await compareOnce(deps);
  const seen = new Set(first.map(keyOfFinding));
  const findings = second.filter((finding) => seen.has(keyOfFinding(finding)));
  await transact(deps.db, (tx) => recordFindings(tx, deps, findings));
  return await readDrift(deps.db);
}

async function compareOnce({ db, keys }: DriftDeps): Promise<readonly Finding[]> {
  const before = await readVersions(db, {});
  const { seen, unlisted } = await describeKeys(keys, before);
  const states = (await findStateDifferences(db)).map(({ uri: keyUri, ...difference }): Finding => {
    return { kind: "state-differs", keyUri, ...difference };
  });
  return [...compareKeys(seen, await readVersions(db, {})), ...states, ...unlisted];
}

/** What is asked key by key has no label: only whether it is there and is the same can be said then. */
type SeenKey = Pick<RingKeyFacts, "uri" | "publicKey"> & Partial<RingKeyFacts>;

interface SeenStore {
  readonly seen: readonly SeenKey[];
  /** Says so where the store did not list its keys. */
  readonly unlisted: readonly Finding[];
}

/**
 * A store of several devices lists nothing once one of its keys is missing, so then each key of the rings is asked for by itself; what
 * is said of the store by then is less than it seems, and is told too.
 */
async function describeKeys(keys: RingKeys, versions: readonly KeyVersion[]): Promise<SeenStore> {
  try {
    return { seen: await keys.describe(), unlisted: [] };
  } catch (cause) {
    if (!isKeyNotFound(cause)) throw cause;
    const uris = new Set(versions.flatMap(({ keyUris }) => keyUris));
    const seen = await Promise.all([...uris].map((uri) => seeKey(keys, uri)));
    const { name } = await keys.device();
    const unlisted: Finding = { kind: "not-listed", keyUri: name, found: cause.message };
    return { seen: seen.filter((key) => key !== undefined), unlisted: [unlisted] };
  }
}

async function seeKey(keys: RingKeys, uri: string): Promise<SeenKey | undefined> {
  try {
    const { publicKey } = await keys.open(uri);
    return { uri, publicKey };
  } catch (cause) {
    if (isKeyNotFound(cause)) return undefined;
    throw cause;
  }
}

/** The kit does not know the adapters' error class, only its code. */
export function isKeyNotFound(cause: unknown): cause is Error {
  return cause instanceof Error && "code" in cause && cause.code === "key-not-found";
}

function keyOfFinding({ kind, keyUri }: Pick<Finding, "kind" | "keyUri">): string {
  return `${kind} ${keyUri}`;
}

/** States in which the private key must be there. */
const statesWithKey: ReadonlySet<KeyState> = new Set<KeyState>([
  "pre-active",
  "published",
  "active",
  "suspended",
  "retiring",
]);
/** States in which it must not. A compromised one is kept until officers have it destroyed. */
const statesWithoutKey: ReadonlySet<KeyState> = new Set<KeyState>([
  "deactivated",
  "destroyed",
  "destroyed-compromised",
  "rejected",
]);

/** Every difference between what the store has and what the rings say. */
export function compareKeys(facts: readonly SeenKey[], versions: readonly KeyVersion[]): readonly Finding[] {
  const inStore = new Map(facts.map((fact) => [fact.uri, fact]));
  const inRings = byUri(versions.filter(({ state }) => !statesWithoutKey.has(state)));
  // A place in a device may have been given to a key that came later.
  const over = byUri(versions.filter(({ state }) => statesWithoutKey.has(state)));
  const unexpected = facts
    .filter(({ uri }) => !inRings.has(uri))
    .map((fact) => unexpectedKey(fact, over.get(fact.uri)));
  const changed = [...inRings].flatMap(([uri, version]) => {
    const fact = inStore.get(uri);
    const where = { keyUri: uri, purpose: version.purpose, version: version.version };
    if (fact !== undefined) return changesOf(fact, version).map((change) => ({ ...change, ...where }));
    if (!statesWithKey.has(version.state)) return [];
    return [{ kind: "gone", found: "the store has no such key", ...where } as const];
  });
  return [...unexpected, ...changed];
}

function byUri(versions: readonly KeyVersion[]): ReadonlyMap<string, KeyVersion> {
  return new Map(versions.flatMap((version) => version.keyUris.map((uri) => [uri, version] as const)));
}

function unexpectedKey({ uri, label, publicKey }: SeenKey, version: KeyVersion | undefined): Finding {
  if (version === undefined || !equalBytes(publicKey, version.publicKey)) {
    return { kind: "unknown", keyUri: uri, found: `label ${label ?? ""}` };
  }
  return leftKey(version, uri);
}

function leftKey(version: Pick<KeyVersion, "purpose" | "version">, keyUri: string): Finding {
  const found = `the private key of ${nameOf(version)} is still in the device`;
  return { kind: "left-in-device", keyUri, purpose: version.purpose, version: version.version, found };
}

function changesOf(fact: SeenKey, version: KeyVersion): Pick<Finding, "kind" | "found">[] {
  if (!equalBytes(fact.publicKey, version.publicKey)) {
    return [{ kind: "other-public-key", found: `not the key of ${nameOf(version)}` }];
  }
  const { origin } = version;
  const isOpened = fact.extractable === true && origin.extractable !== true;
  return [
    ...(isOpened ? [{ kind: "extractable", found: "the private key can be taken out" } as const] : []),
    ...(fact.label === undefined || fact.label === origin.label
      ? []
      : [{ kind: "relabelled", found: `label ${fact.label}, was ${origin.label}` } as const]),
  ];
}

/** New findings become rows and events, once; what is no longer found is closed. */
async function recordFindings(
  tx: Transaction<KeyRingTables>,
  { trail, clock, service }: DriftDeps,
  findings: readonly Finding[],
): Promise<void> {
  const now = clock.now();
  const known = await readDrift(tx);
  const found = new Set(findings.map(keyOfFinding));
  const isListed = !findings.some(({ kind }) => kind === "not-listed");
  const isOver = (drift: KeyDrift): boolean =>
    !found.has(keyOfFinding(drift)) && (isListed || !kindsOfListing.has(drift.kind));
  for (const { kind, keyUri } of known.filter(isOver)) {
    await tx
      .updateTable("key_drifts")
      .set({ resolved_at: now.toISOString() })
      .where("kind", "=", kind)
      .where("key_uri", "=", keyUri)
      .where("resolved_at", "is", null)
      .execute();
  }
  const open = new Set(known.map(keyOfFinding));
  for (const finding of findings.filter((candidate) => !open.has(keyOfFinding(candidate)))) {
    await tell(tx, trail, finding, { actor: `service:${service}`, at: now });
  }
}

/** What only a list can show, so that without one nothing of it is cleared up. */
const kindsOfListing: ReadonlySet<KeyDriftKind> = new Set<KeyDriftKind>([
  "unknown",
  "extractable",
  "relabelled",
]);

/** The row and its event; nothing if another process was faster. */
async function tell(
  tx: Transaction<KeyRingTables>,
  trail: KitTrail,
  finding: Finding,
  { actor, at }: { readonly actor: string; readonly at: Date },
): Promise<void> {
  if (!(await insertFinding(tx, finding, at))) return;
  await trail.in(tx).append({
    action: "key.drifted",
    actor,
    subject: finding.purpose ?? finding.keyUri,
    occurredAt: at,
    detail: {
      kind: finding.kind,
      key_uri: finding.keyUri,
      found: finding.found,
      ...(finding.version !== undefined && { version: finding.version }),
    },
  });
}

/**
 * Says at once that keys which should be destroyed are still in a device that lets no software do that; from then on the comparisons
 * say so until the device has them no more.
 */
export async function tellLeftInDevice<Schema>(
  tx: Transaction<Schema>,
  trail: KitTrail,
  left: {
    readonly version: Pick<KeyVersion, "purpose" | "version">;
    readonly uris: readonly string[];
    readonly actor: string;
    readonly at: Date;
  },
): Promise<void> {
  for (const uri of left.uris) {
    const finding = leftKey(left.version, uri);
    await tell(tx as unknown as Transaction<KeyRingTables>, trail, finding, left);
  }
}

/** False if another process found it at the same time. */
async function insertFinding(
  tx: Transaction<KeyRingTables>,
  { kind, keyUri, purpose, version, found }: Finding,
  now: Date,
): Promise<boolean> {
  const result = await tx
    .insertInto("key_drifts")
    .values({
      kind,
      key_uri: keyUri,
      purpose: purpose ?? null,
      version: version ?? null,
      found,
      since: now.toISOString(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** What is found and not cleared up, as of the last comparison. */
export async function readDrift(db: Kysely<KeyRingTables>): Promise<readonly KeyDrift[]> {
  const rows = await db
    .selectFrom("key_drifts")
    .select(["kind", "key_uri", "purpose", "version", "found", "since"])
    .where("resolved_at", "is", null)
    .orderBy("key_uri")
    .orderBy("kind")
    .execute();
  return rows.map((row) => ({
    kind: row.kind as KeyDriftKind,
    keyUri: row.key_uri,
    ...(row.purpose !== null && { purpose: row.purpose }),
    ...(row.version !== null && { version: row.version }),
    found: row.found,
    since: new Date(row.since),
  }));
}
