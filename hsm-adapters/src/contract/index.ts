/**
 * The promises of `KeyStore`, as tests that any adapter can be put through: {@link exerciseKeyStore}.
 */
export { exerciseKeyStore } from "./exercise-key-store.ts";
export type { KeyStorePlace } from "./exercise-key-store.ts";
