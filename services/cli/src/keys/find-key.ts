import { canonicalKeyUri, KeyStoreError } from "@yinxin/hsm-adapters/key-store";
import type { KeyDescription, KeyStore } from "@yinxin/hsm-adapters/key-store";

/** The key that a person named, in whatever way of writing its URI. @throws KeyStoreError `key-not-found`, `key-uri-malformed`. */
export async function findKey(store: KeyStore, text: string): Promise<KeyDescription> {
  const uri = canonicalKeyUri(text);
  const found = (await store.list()).find((key) => key.uri === uri);
  if (found !== undefined) return found;
  throw new KeyStoreError("key-not-found", `there is no key ${uri} in this store`, { facts: { uri } });
}

/** @throws KeyStoreError `operation-not-supported`, saying what cannot be done here. */
export function requireFace<Face>(face: Face | undefined, what: string): Face {
  if (face !== undefined) return face;
  throw new KeyStoreError("operation-not-supported", `this store ${what}`);
}
