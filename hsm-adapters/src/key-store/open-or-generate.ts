import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import { KeyStoreError } from "./key-store-error.ts";
import type { KeyStore } from "./key-store.ts";
import { labelOfKeyUri } from "./key-uri.ts";
import type { KeyUri } from "./key-uri-scheme.ts";

/**
 * Makes the key with this `file:` URI, in a store where the label is the identity: a folder of files, or a key directory.
 *
 * @throws KeyStoreError `operation-not-supported` if the store cannot make keys; what `generate` and `signer` throw.
 */
export async function createKey(
  store: KeyStore,
  uri: KeyUri,
  algorithm: SignatureAlgorithmName,
): Promise<Signer> {
  const label = labelOfKeyUri(uri);
  if (store.generation === undefined) {
    throw new KeyStoreError("operation-not-supported", "this key store makes no keys", { facts: { uri } });
  }
  await store.generation.generate({ label, algorithm });
  return store.signer(uri);
}

/**
 * The key of that `file:` URI; a new one is made only if there is none, also when several processes ask at once.
 *
 * @throws KeyStoreError `key-exists` if it is there with another algorithm; `key-not-found` if the store cannot make keys;
 *   what {@link KeyStore.signer} and `generate` throw.
 */
export async function openOrGenerateKey(
  store: KeyStore,
  uri: KeyUri,
  algorithm: SignatureAlgorithmName,
): Promise<Signer> {
  const signer = await openOrGenerate(store, uri, algorithm);
  if (signer.algorithm === algorithm) return signer;
  throw new KeyStoreError("key-exists", `${uri} is a key for ${signer.algorithm}, not for ${algorithm}`, {
    facts: { uri },
  });
}

async function openOrGenerate(
  store: KeyStore,
  uri: KeyUri,
  algorithm: SignatureAlgorithmName,
): Promise<Signer> {
  try {
    return await store.signer(uri);
  } catch (cause) {
    const isMissing = cause instanceof KeyStoreError && cause.code === "key-not-found";
    if (!isMissing || store.generation === undefined) throw cause;
    return createUnlessThere(store, uri, algorithm);
  }
}

async function createUnlessThere(
  store: KeyStore,
  uri: KeyUri,
  algorithm: SignatureAlgorithmName,
): Promise<Signer> {
  try {
    return await createKey(store, uri, algorithm);
  } catch (cause) {
    // Another process was faster: its key is the one.
    if (!(cause instanceof KeyStoreError && cause.code === "key-exists")) throw cause;
    return store.signer(uri);
  }
}
