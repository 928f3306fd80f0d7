/**
 * A device as a key store: the part of the adapters that lives in a service and never trusts a vendor's library.
 *
 * {@link openTokenKeyStore} takes whatever connects to a device and gives a store that survives it: sessions are pooled, every call
 * has its deadline, a host that crashes or hangs is replaced while requests wait, signatures are tried again where that does no harm,
 * PINs never are, and no signature leaves that does not verify. What is done about which error stands in one table,
 * {@link recoveryActions}. {@link openKeyStoreGroup} makes one store of several devices that hold the same keys.
 */
export { openTokenKeyStore } from "./token-key-store.ts";
export type {
  TokenEvent,
  TokenKeyStore,
  TokenKeyStoreDeps,
  TokenLog,
  TokenOptions,
} from "./token-options.ts";
export { recoveryActions } from "./recovery-actions.ts";
export type { RecoveryAction, RecoveryRow } from "./recovery-actions.ts";
export { openKeyStoreGroup } from "./key-store-group.ts";
