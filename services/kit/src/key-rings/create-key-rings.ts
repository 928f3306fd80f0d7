import type { Kysely, Transaction } from "kysely";

import type { KitTrail } from "../audit/index.ts";
import type { Clock } from "../clock/index.ts";
import { addVersion } from "./add-version.ts";
import { createRing, ensureRing } from "./ensure-ring.ts";
import { freezeScope, readFreezes, refuseFrozen, thawScope } from "./freeze-scope.ts";
import { findDrift, readDrift } from "./key-drift.ts";
import { dueDaysDefault, readInventory } from "./key-inventory.ts";
import type { KeyRingTables } from "./key-ring-tables.ts";
import type { KeyRings, KeyRingsInTransaction } from "./key-rings.ts";
import type { KeyVersion } from "./key-version.ts";
import { readRings, readVersion, readVersions } from "./key-version-rows.ts";
import { moveKey } from "./move-key.ts";
import { openActive, openVersion, withKey } from "./open-key.ts";
import { recordUse } from "./record-use.ts";
import type { RingKeys } from "./ring-keys.ts";
import { createRingSigners } from "./ring-signers.ts";
import { readSignRates, sampleUse } from "./use-samples.ts";
import { putVersionFacts } from "./version-facts.ts";

export interface KeyRingsDeps<Schema> {
  /** With {@link keyRingMigration} among its migrations. */
  readonly db: Kysely<Schema>;
  readonly keys: RingKeys;
  /** `trail.kit` of the service's trail. */
  readonly trail: KitTrail;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  /** The service's name, for audit events of what it does by itself. */
  readonly service: string;
}

/** The key rings of one service, in its own database. */
export function createKeyRings<Schema>(deps: KeyRingsDeps<Schema>): KeyRings {
  const { keys, trail, clock, service } = deps;
  const db = deps.db as unknown as Kysely<KeyRingTables>;
  const opening = { db, signers: createRingSigners(keys) };
  const ensuring = { db, keys, trail, clock, service };
  // Declared at every start, so it need not be stored.
  const withStandby = new Set<string>();
  const listing = { db, keys, clock, wantsStandby: (purpose: string) => withStandby.has(purpose) };
  return {
    ensure: (declaration) => {
      if (declaration.wantsStandby === true) withStandby.add(declaration.purpose);
      return ensureRing(ensuring, declaration);
    },
    create: async (declaration, options = {}) => {
      const { version } = await createRing(ensuring, declaration, options.actor);
      return await openVersion(opening, declaration.purpose, version);
    },
    open: (purpose) => openActive(opening, purpose),
    withKey: (purpose, work) => withKey(opening, purpose, work),
    openVersion: (purpose, version) => openVersion(opening, purpose, version),
    served: async (purpose, at) => {
      const states = ["published", "active", "suspended", "retiring"] as const;
      return (await readVersions(db, { purpose, states })).filter((version) => isServed(version, at));
    },
    versions: (purpose) => readVersions(db, { purpose }),
    rings: () => readRings(db),
    ring: async (purpose) => (await readRings(db, purpose))[0],
    find: (purpose, version) => readVersion(db, { purpose, version }),
    suspended: () => readVersions(db, { states: ["suspended"] }),
    freezes: () => readFreezes(db),
    in: (tx) => inTransaction(tx as unknown as Transaction<KeyRingTables>, trail, service),
    drift: () => findDrift({ db, keys, trail, clock, service }),
    knownDrift: () => readDrift(db),
    inventory: (withinDays = dueDaysDefault) => readInventory(listing, withinDays),
    due: async (withinDays = dueDaysDefault) =>
      (await readInventory(listing, withinDays)).filter(({ due }) => due.length > 0),
    sampleUse: () => sampleUse(db, clock.now()),
    signRates: () => readSignRates(db, clock.now()),
  };
}

/** Of the states that are shown at all only retiring ends, at a time of its own. */
function isServed({ state, servedUntil }: KeyVersion, at: Date): boolean {
  return state !== "retiring" || servedUntil === undefined || at < servedUntil;
}

function inTransaction(
  tx: Transaction<KeyRingTables>,
  trail: KitTrail,
  service: string,
): KeyRingsInTransaction {
  const deps = { tx, trail, service };
  return {
    ring: async (purpose) => (await readRings(tx, purpose))[0],
    // Whoever signs takes the key's row and then the log's head; whoever moves a key must not take them the other way round.
    versions: (purpose) => readVersions(tx, { purpose, isLocking: true }),
    recordUse: (use, at) => recordUse(tx, use, at),
    move: (use, to, facts) => moveKey(deps, use, to, facts),
    add: (version) => addVersion(deps, version),
    freeze: (scope, facts) => freezeScope(deps, scope, facts),
    thaw: (scope, facts) => thawScope(deps, scope, facts),
    refuseFrozen: (scopes) => refuseFrozen(tx, scopes),
    ...putVersionFacts(tx),
  };
}
