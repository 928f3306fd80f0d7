import type { KeyStoreErrorCode } from "../key-store/index.ts";

/** What the token client does about an error before it tries again or gives up. */
export type RecoveryAction =
  /** Nothing is broken: the caller is told. */
  | "tell"
  /** The session is destroyed and another one takes over. */
  | "replace-session"
  /** As `replace-session`; several within a while restart the host. */
  | "replace-session-or-host"
  /** The device forgot where the key is: it is looked up anew, first as things are, then after a refresh. */
  | "find-key"
  | "log-in"
  /** What was known of the key is wrong: it is read again. */
  | "read-key"
  /** The process is ended and another one started. */
  | "restart-host"
  /** The device is away: requests are refused until it is back, which is looked for. */
  | "go-offline"
  /** No PIN is tried any more until a person says so. */
  | "latch"
  /** Others hold what is wanted; it comes back by itself. */
  | "wait";

export interface RecoveryRow {
  readonly action: RecoveryAction;
  /** How often a signature is tried again for this reason. Keys are never made twice, and no PIN is tried twice. */
  readonly retries: number;
}

/** Nothing to recover and nothing to gain by asking again. */
const tell: RecoveryRow = { action: "tell", retries: 0 };
const latch: RecoveryRow = { action: "latch", retries: 0 };

/**
 * What every code of the closed set leads to. The numbers of PKCS#11 (PKCS#11 v2.40 §5.1), SDF (GM/T 0018-2012 annex A) and SKF
 * (GM/T 0016-2012 annex A) are mapped onto these codes by the drivers, so that this one table holds for all families.
 */
export const recoveryActions: Readonly<Record<KeyStoreErrorCode, RecoveryRow>> = {
  "key-not-found": tell,
  "key-exists": tell,
  "key-uri-malformed": tell,
  "algorithm-not-supported": { action: "read-key", retries: 1 },
  "operation-not-supported": tell,
  "key-store-closed": tell,
  "passphrase-wrong": tell,
  "pin-required": latch,
  "pin-incorrect": latch,
  "pin-locked": latch,
  "pin-expired": latch,
  "pin-latched": tell,
  "pin-last-try": latch,
  "pin-default": latch,
  "pin-file-permissions": latch,
  "key-state-forbids": tell,
  "not-permitted": tell,
  // A session that answers nonsense may be one that another operation was left in.
  "self-check-failed": { action: "replace-session", retries: 1 },
  // The device does not know SM2, and would answer the same again.
  "ecdsa-for-sm2": tell,
  "profile-wrong": tell,
  "configuration-malformed": tell,
  "native-module-missing": tell,
  "library-not-loadable": tell,
  "token-not-found": { action: "go-offline", retries: 0 },
  "key-file-permissions": tell,
  "key-file-damaged": tell,
  "device-removed": { action: "go-offline", retries: 0 },
  "device-busy": { action: "wait", retries: 3 },
  "device-error": { action: "replace-session-or-host", retries: 1 },
  "device-unreachable": { action: "replace-session-or-host", retries: 1 },
  "session-lost": { action: "replace-session", retries: 1 },
  "login-lost": { action: "log-in", retries: 1 },
  "key-handle-stale": { action: "find-key", retries: 2 },
  // Whoever was in flight when a host ended is not to blame for it; the request's own deadline ends this too.
  "deadline-exceeded": { action: "restart-host", retries: 3 },
  "driver-crashed": { action: "restart-host", retries: 3 },
  // Nobody knows what it means, so nobody knows what the session is good for afterwards.
  "vendor-error": { action: "replace-session", retries: 1 },
};
