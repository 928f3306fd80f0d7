import type { DigestName } from "../algorithms/index.ts";
import { nodeHash } from "./hashing.ts";
import { levelWithin } from "./leaf-count.ts";

/**
 * The root over the hashes of the partial tiles of a tree, lowest level first (RFC 9162 §2.1.1); with one full tile, the
 * hash that stands for it in its parent. Undefined if there are none, which is the empty tree.
 */
export function rootOfPartialTiles(
  tiles: readonly (readonly Uint8Array[])[],
  algorithm: DigestName,
): Uint8Array | undefined {
  // The tree from left to right is the highest tile first, and each tile falls into perfect subtrees, largest first.
  const subtrees = tiles.toReversed().flatMap((hashes) => perfectRootsOf(hashes, algorithm));
  const [last, ...others] = subtrees.reverse();
  return last && others.reduce((right, left) => nodeHash(left, right, algorithm), last);
}

function perfectRootsOf(hashes: readonly Uint8Array[], algorithm: DigestName): Uint8Array[] {
  const roots: Uint8Array[] = [];
  for (let at = 0; at < hashes.length;) {
    const width = 2 ** levelWithin(hashes.length - at);
    roots.push(perfectRoot(hashes.slice(at, at + width), algorithm));
    at += width;
  }
  return roots;
}

function perfectRoot(hashes: readonly Uint8Array[], algorithm: DigestName): Uint8Array {
  let level = hashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += 2) {
      above.push(nodeHash(level[at] ?? nothing, level[at + 1] ?? nothing, algorithm));
    }
    level = above;
  }
  return level[0] ?? nothing;
}

/** Never used: the number of hashes is a power of two. */
const nothing = new Uint8Array();
