/**
 * From a configuration to an open key store: the one thing that a service's `main.ts` and the command line call.
 *
 * {@link openKeyStore} opens what a service has: its folder of encrypted files, or with a configuration file several devices behind a
 * key directory. {@link openStore} opens one store by its URI, as a person names it. Both start what a device needs: a driver
 * host of its own, the thread that verifies, the source of the PIN.
 */
export { openKeyStore } from "./open-key-store.ts";
export type { KeyStoreOptions } from "./open-key-store.ts";
export { openStore } from "./open-store.ts";
export type { OpeningDeps, OpeningEvent, StoreSettings } from "./store-settings.ts";
export { openVerifier } from "./open-verifier.ts";
export { pinSourceOf } from "./pin-source-of.ts";
export { readKeyStoreConfig } from "./read-key-store-config.ts";
export type { KeyStoreConfig } from "./read-key-store-config.ts";
