import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { hexOf, textOfUtf8 } from "@yinxin/crypto/bytes";

import { KeyStoreError, readKeyUri } from "../key-store/index.ts";
import type { KeyDescription, KeyStore, KeyUri } from "../key-store/index.ts";
import type { RecordedKey } from "./directory-file.ts";
import type { KeyRoute } from "./directory-options.ts";

/**
 * The first key of this row that nobody was given, in the order of the indexes; the store is refreshed once if there is none, because
 * its operator may just have made one.
 *
 * @throws KeyStoreError `operation-not-supported`, saying what the operator has to do.
 */
export async function findFreeKey(
  store: KeyStore,
  route: KeyRoute,
  algorithm: SignatureAlgorithmName,
  given: readonly RecordedKey[],
): Promise<KeyDescription> {
  const uris = new Set(given.map(({ uri }) => uri));
  // A clone of another device has that one's keys, under names of its own.
  const publicKeys = new Set(given.map(({ publicKey }) => hexOf(publicKey)));
  const isGiven = ({ uri, publicKey }: KeyDescription): boolean =>
    uris.has(uri) || publicKeys.has(hexOf(publicKey));
  const find = async (): Promise<KeyDescription | undefined> => {
    const keys = (await store.list()).filter(
      (key) => key.algorithm === algorithm && !isGiven(key) && isInRange(key.uri, route),
    );
    return keys.sort((one, other) => indexOf(one.uri) - indexOf(other.uri))[0];
  };
  const found = await find();
  if (found !== undefined) return found;
  await store.refresh();
  const appeared = await find();
  if (appeared !== undefined) return appeared;
  const range = route.indexes;
  const where = range === undefined ? "" : ` at the indexes ${String(range.first)} to ${String(range.last)}`;
  throw new KeyStoreError(
    "operation-not-supported",
    `${route.store} makes no keys and has no free one for ${algorithm}${where}: its operator makes one there`,
  );
}

/** Whether the key is among those that the route may give out. */
export function isInRange(uri: KeyUri, { indexes }: KeyRoute): boolean {
  if (indexes === undefined) return true;
  const index = indexOf(uri);
  return index >= indexes.first && index <= indexes.last;
}

/** Keys without an index are all alike; the sort keeps them in the order of the list. */
function indexOf(uri: KeyUri): number {
  const index = readKeyUri(uri).attributes.get("index");
  return index === undefined ? 0 : Number(textOfUtf8(index));
}
