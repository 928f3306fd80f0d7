import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import type { Signer } from "@yinxin/crypto/signer";

import { KeyStoreError } from "./key-store-error.ts";
import type { KeyGeneration, KeyStore } from "./key-store.ts";
import type { KeyUri } from "./key-uri.ts";

/**
 * The key of that name; a new one is made only if there is none, also when several processes ask at once.
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
  throw new KeyStoreError("key-exists", `${uri} is a key for ${signer.algorithm}, not for ${algorithm}`);
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
    await generateUnlessThere(store.generation, uri, algorithm);
    return store.signer(uri);
  }
}

async function generateUnlessThere(
  generation: KeyGeneration,
  uri: KeyUri,
  algorithm: SignatureAlgorithmName,
): Promise<void> {
  try {
    await generation.generate({ uri, algorithm });
  } catch (cause) {
    // Another process was faster: its key is the one.
    if (!(cause instanceof KeyStoreError && cause.code === "key-exists")) throw cause;
  }
}
