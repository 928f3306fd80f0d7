/**
 * The promises of `KeyStore`, as tests that any adapter can be put through: {@link exerciseKeyStore}.
 *
 * It works with one open store for nearly everything, because a smart card or a TPM takes a second for what a file does in a
 * millisecond, and it can share a device with others, whose keys it leaves alone.
 */
export { exerciseKeyStore } from "./exercise-key-store.ts";
export type { ExerciseOptions, KeyStoreFace, KeyStorePlace } from "./exercised-place.ts";
