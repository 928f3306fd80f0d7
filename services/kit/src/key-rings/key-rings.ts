import type { Transaction } from "kysely";

import type { KeyDrift } from "./key-drift.ts";
import type { InventoryRow } from "./key-inventory.ts";
import type { KeyState } from "./key-states.ts";
import type { KeyUse, KeyVersion, OpenKey } from "./key-version.ts";
import type { RingDeclaration } from "./ring-declaration.ts";
import type {
  CreateRingOptions,
  Freeze,
  FreezeScope,
  KeyMoveFacts,
  KeyRing,
  NewKeyVersion,
} from "./ring-facts.ts";
import type { SignRate } from "./use-samples.ts";

/** Rings inside a transaction of the caller: nothing here waits for a device. */
export interface KeyRingsInTransaction {
  /** The ring as this transaction sees it. */
  ring(purpose: string): Promise<KeyRing | undefined>;
  /** Its versions as this transaction sees them, oldest first. */
  versions(purpose: string): Promise<readonly KeyVersion[]>;
  /**
   * Counts one use of a key, in the transaction that stores what was signed: one UPDATE that succeeds only while the version may sign,
   * is not frozen and is below its limit. So a suspension stops every process at once, and the counter is exact.
   *
   * @throws Refusal `key-suspended`, `key-not-active`, `key-limit-reached`, `key-frozen`, `key-version-not-found`; the transaction is to be undone.
   */
  recordUse(use: KeyUse, at: Date): Promise<void>;
  /**
   * Moves a version to another state if the table allows it and enough persons agreed; appends `key.moved`. The active version leaves
   * before another one enters: a ring never has two.
   *
   * @throws Refusal `key-version-not-found`, `key-move-not-allowed`, `key-approval-missing`, `key-active-already`, `key-changed`.
   */
  move(use: KeyUse, to: KeyState, facts: KeyMoveFacts): Promise<KeyVersion>;
  /** Adds the next version of a ring, pre-active. @throws Refusal `key-ring-not-found`; `key-already-used` for a key of any version. */
  add(version: NewKeyVersion): Promise<KeyVersion>;
  /** Keeps a version's certificate, replacing the one before. @throws Refusal `key-version-not-found`. */
  putCertificate(use: KeyUse, certificate: Uint8Array, chain?: readonly Uint8Array[]): Promise<void>;
  /** @throws Refusal `key-version-not-found`. */
  setStandby(use: KeyUse, isStandby: boolean): Promise<void>;
  /** Notes that the key signed and the signature verified. @throws Refusal `key-version-not-found`. */
  recordSelfTest(use: KeyUse, at: Date): Promise<void>;
  /** @throws Refusal `key-version-not-found`. */
  recordBackup(use: KeyUse, backup: { readonly backupId: string; readonly madeAt: Date }): Promise<void>;
  /** Notes that the backup was restored elsewhere and the key signed there. @throws Refusal `key-version-not-found`. */
  recordRestoreTest(use: KeyUse, at: Date): Promise<void>;
  /** Stops everything of a scope, and appends `scope.frozen`. @throws Refusal `scope-already-frozen`, `key-ring-not-found`, `key-approval-missing`. */
  freeze(scope: FreezeScope, facts: KeyMoveFacts): Promise<void>;
  /** Lets a scope go on, and appends `scope.thawed`. @throws Refusal `scope-not-frozen`, `key-approval-missing`. */
  thaw(scope: FreezeScope, facts: KeyMoveFacts): Promise<void>;
  /** @throws Refusal `scope-frozen` if one of the scopes is; `key:` scopes are looked at by {@link recordUse} already. */
  refuseFrozen(scopes: readonly FreezeScope[]): Promise<void>;
}

/**
 * The keys of a service by purpose. Private keys stay in their store; the database says which version is in which state, and only a
 * transaction of the database lets a signature out.
 */
export interface KeyRings {
  /**
   * For every ring that is there from the start, at every start: takes over the declaration, and makes or adopts the first version if
   * the ring never had one. Processes that start together make one.
   *
   * @returns the active version, or the newest if none is.
   */
  ensure(declaration: RingDeclaration): Promise<KeyVersion>;
  /** A new ring, like that of a new seal's owner, with its first version pre-active; the caller's transaction makes it active. */
  create(declaration: RingDeclaration, options?: CreateRingOptions): Promise<OpenKey>;
  /**
   * The active version, read now.
   *
   * @throws Refusal `key-suspended`, `key-not-active`, `key-limit-reached`, `key-frozen`; what the store says.
   */
  open(purpose: string): Promise<OpenKey>;
  /**
   * Does `work` with the active version, and once more with its successor if a rotation came between opening the key and recording its
   * use: so a rotation fails no call. `work` signs, then stores in one transaction; what it throws is passed on.
   */
  withKey<Result>(purpose: string, work: (key: OpenKey) => Promise<Result>): Promise<Result>;
  /**
   * A version that is not active, for what {@link KeyUse.kind} names: a pre-active or published one for possession, a retiring or
   * deactivated one for what it owes.
   *
   * @throws Refusal `key-suspended`, `key-not-active`, `key-frozen`, `key-version-not-found`.
   */
  openVersion(purpose: string, version: number): Promise<OpenKey>;
  /** The versions whose public keys are to be shown at this moment, newest last: published, active, suspended, and retiring until their time. */
  served(purpose: string, at: Date): Promise<readonly KeyVersion[]>;
  /** Oldest first. */
  versions(purpose: string): Promise<readonly KeyVersion[]>;
  /** In the order of their purposes. */
  rings(): Promise<readonly KeyRing[]>;
  ring(purpose: string): Promise<KeyRing | undefined>;
  find(purpose: string, version: number): Promise<KeyVersion | undefined>;
  /** Versions that an officer stopped, of every ring. */
  suspended(): Promise<readonly KeyVersion[]>;
  /** What is frozen now. */
  freezes(): Promise<readonly Freeze[]>;
  in<Schema>(tx: Transaction<Schema>): KeyRingsInTransaction;
  /** Compares what the store has with what the rings say; appends `key.drifted` for what was not known before. */
  drift(): Promise<readonly KeyDrift[]>;
  /** What was found by the last comparison and is not cleared up; the store is not asked. */
  knownDrift(): Promise<readonly KeyDrift[]>;
  /**
   * What officers want to see of every version that is not long gone.
   *
   * @param withinDays how far ahead something is due; 90 days if absent.
   */
  inventory(withinDays?: number): Promise<readonly InventoryRow[]>;
  /** The rows of the inventory that somebody should do something about within so many days, 90 if absent. */
  due(withinDays?: number): Promise<readonly InventoryRow[]>;
  /** Copies the counters of uses, for {@link signRates}: once an hour, by {@link createKeyWatch}. */
  sampleUse(): Promise<void>;
  /** How often each ring signs, beside what is usual. */
  signRates(): Promise<readonly SignRate[]>;
}
