/**
 * The keys of a service, by what they are for.
 *
 * A ring is a purpose, like `seal.maker`, and its versions; {@link keyStates} says in which states a version can be and who may move
 * it. Code asks {@link KeyRings} for the key of a purpose and never names a key. It signs, and then stores in one transaction what
 * it signed together with the use of the key: {@link KeyRingsInTransaction.recordUse} is where a suspended, frozen or worn-out key
 * stops every process of the service at once, because a signature leaves only after that transaction has been committed.
 */
export { keyStateNames, keyStates, leavingOf, personsNeeded } from "./key-states.ts";
export type { KeyLeaving, KeySigns, KeyState, KeyStateRow, KeyVerifies } from "./key-states.ts";
export type { RingDevice, RingKeyFacts, RingKeys } from "./ring-keys.ts";
export { isPurpose } from "./ring-declaration.ts";
export type { RingDeclaration } from "./ring-declaration.ts";
export type { KeyBackup, KeyOrigin, KeyUse, KeyVersion, OpenKey } from "./key-version.ts";
export type { KeyRings, KeyRingsInTransaction } from "./key-rings.ts";
export type {
  CreateRingOptions,
  Freeze,
  FreezeScope,
  KeyMoveFacts,
  KeyRing,
  NewKeyVersion,
} from "./ring-facts.ts";
export { createKeyRings } from "./create-key-rings.ts";
export type { KeyRingsDeps } from "./create-key-rings.ts";
export { keyRingMigration } from "./key-ring-tables.ts";
export { keyRingProblems } from "./key-ring-problems.ts";
export type { KeyRingRefusalCode } from "./key-ring-problems.ts";
export { isAdopted } from "./ensure-ring.ts";
export { isKeyNotFound, keyDriftKinds } from "./key-drift.ts";
export { tellLeftInDevice } from "./key-drift.ts";
export type { KeyDrift, KeyDriftKind } from "./key-drift.ts";
export { judgeStates } from "./state-differences.ts";
export { daysBetween, limitShares, restoreTestDays, unusedDays } from "./key-due.ts";
export type { DueReason } from "./key-due.ts";
export { dueDaysDefault } from "./key-inventory.ts";
export type { CertificateFacts, InventoryRow } from "./key-inventory.ts";
export type { SignRate } from "./use-samples.ts";
export { createKeyWatch } from "./key-watch.ts";
export type { KeyWatch, KeyWatchDeps } from "./key-watch.ts";
export { canOutlive } from "./can-outlive.ts";
export { keyLabelOf } from "./key-label.ts";
export { keyRingRoutes } from "./key-ring-routes.ts";
export type { KeyEvent, KeyEventQuery, KeyRingRoutesDeps, RingPlan } from "./key-ring-routes.ts";
export { parseScope, ringOperations } from "./ring-operations.ts";
export type { RingOperationsDeps, StoppedThing } from "./ring-operations.ts";
