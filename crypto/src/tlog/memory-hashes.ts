import type { DigestName } from "../algorithms/index.ts";
import { defaultTreeDigest, leafHash, nodeHash } from "./hashing.ts";
import type { HashReader, SubtreePlace } from "./tree.ts";

/**
 * A reader over leaves held in memory, which recomputes every subtree it is asked for: for offline checks of a whole log
 * and for tests, O(number of leaves) hashes a read.
 */
export function hashReaderOfLeaves(
  leaves: readonly Uint8Array[],
  algorithm: DigestName = defaultTreeDigest,
): HashReader {
  const hashes = leaves.map((leaf) => leafHash(leaf, algorithm));
  const hashOf = ({ level, index }: SubtreePlace): Uint8Array => {
    if (level > 0) {
      const left = hashOf({ level: level - 1, index: index * 2 });
      return nodeHash(left, hashOf({ level: level - 1, index: index * 2 + 1 }), algorithm);
    }
    const hash = hashes[index];
    if (hash === undefined) throw new RangeError(`there is no leaf ${String(index)}`);
    return hash;
  };
  // An async function, so that a missing leaf rejects as the port promises.
  return async (places) => Promise.resolve(places.map(hashOf));
}
