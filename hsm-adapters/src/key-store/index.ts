/**
 * Where private keys live: the port that every device adapter implements.
 *
 * A service opens one {@link KeyStore} in its `main.ts`, asks it for a `Signer` by {@link KeyUri}, and passes that on; the
 * key itself stays behind. What the port promises is written at its members, and `@yinxin/hsm-adapters/contract` runs
 * every sentence of it against an adapter.
 */
export { KeyStoreError } from "./key-store-error.ts";
export type { KeyStoreErrorCode } from "./key-store-error.ts";
export type { KeyDescription, KeyGeneration, KeyStore } from "./key-store.ts";
export { openOrGenerateKey } from "./open-or-generate.ts";
export { fileKeyUri, labelOfKeyUri, parseKeyUri } from "./key-uri.ts";
export type { KeyUri } from "./key-uri.ts";
