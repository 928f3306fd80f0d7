import { hexOf } from "@yinxin/crypto/bytes";

import type { KeyDescription } from "../key-store/index.ts";
import { isRecorded } from "./directory-file.ts";
import type { DirectoryEntry } from "./directory-file.ts";
import type { DirectoryStore, KeyDirectoryOptions } from "./directory-options.ts";
import { isInRange } from "./find-free-key.ts";

/**
 * Keys in devices of this service alone that the directory did not give out. Keys that an operator made for it to give out are none:
 * they are in a store that makes no keys, where a route finds them.
 */
export async function findForeignKeys(
  { stores, routes }: Pick<KeyDirectoryOptions, "stores" | "routes">,
  entries: readonly DirectoryEntry[],
): Promise<readonly KeyDescription[]> {
  const recorded = entries.filter(isRecorded);
  const uris = new Set(recorded.map(({ uri }) => uri));
  // By the key itself too: a clone of a device has its keys under names of its own.
  const publicKeys = new Set(recorded.map(({ publicKey }) => hexOf(publicKey)));
  // One that is being made is in the device before it is in the file.
  const planned = new Set(entries.flatMap((entry) => (isRecorded(entry) ? [] : [entry.deviceLabel])));
  const exclusive = stores.filter(({ isExclusive, scheme }) => isExclusive === true && scheme !== "file");
  const lists = await Promise.all(
    exclusive.map(async (store) => {
      const keys = await store.store.list();
      return keys.filter((key) => !isFree(key, store, routes));
    }),
  );
  return lists
    .flat()
    .filter(
      ({ uri, label, publicKey }) =>
        !uris.has(uri) && !publicKeys.has(hexOf(publicKey)) && !planned.has(label),
    );
}

/** Whether a route would give it to whoever asks next. */
function isFree(
  { uri, algorithm }: KeyDescription,
  { name, store }: DirectoryStore,
  routes: KeyDirectoryOptions["routes"],
): boolean {
  if (store.generation !== undefined) return false;
  return routes.some(
    (route) => route.store === name && route.algorithms.includes(algorithm) && isInRange(uri, route),
  );
}
