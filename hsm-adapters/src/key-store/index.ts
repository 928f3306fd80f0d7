/**
 * Where private keys live: the port that every device adapter implements.
 *
 * A service opens one {@link KeyStore} in its `main.ts`, asks it for a `Signer` by {@link KeyUri}, and passes that on; the
 * key itself stays behind. What the port promises is written at its members, and `@yinxin/hsm-adapters/contract` runs
 * every sentence of it against an adapter. A {@link KeyUri} names one key for ever; a {@link StoreUri} says where a store is.
 */
export { KeyStoreError } from "./key-store-error.ts";
export type {
  BothLanguages,
  KeyStoreErrorCode,
  KeyStoreErrorFacts,
  KeyStoreErrorOptions,
} from "./key-store-error.ts";
export type {
  CertificateStorage,
  KeyAttributes,
  KeyDecryption,
  KeyDescription,
  KeyDestruction,
  KeyGeneration,
  KeyImporting,
  KeyStore,
  KeyStoreCounters,
  KeyStoreHealth,
} from "./key-store.ts";
export {
  describeKeyStoreError,
  explainKeyStoreError,
  keyStoreErrorCodes,
} from "./describe-key-store-error.ts";
export type { KeyStoreErrorDescription } from "./describe-key-store-error.ts";
export { createKey, openOrGenerateKey } from "./open-or-generate.ts";
export {
  canonicalKeyUri,
  checkKeyLabel,
  fileKeyUri,
  labelOfKeyUri,
  parseKeyUri,
  readKeyUri,
  writeKeyUri,
} from "./key-uri.ts";
export type { KeyUriParts } from "./key-uri.ts";
export { keyUriSchemes } from "./key-uri-scheme.ts";
export type { KeyUri, KeyUriScheme } from "./key-uri-scheme.ts";
export { ringKeysOf } from "./ring-keys.ts";
export type { CreatedRingKey, KeyStoreRingKeys, RingKeyDescription } from "./ring-keys.ts";
export { parseStoreUri } from "./store-uri.ts";
export type { StoreUri, StoreUriParts } from "./store-uri.ts";
