import type { DigestName } from "../algorithms/index.ts";
import { defaultTreeDigest, emptyRoot, leafHash, nodeHash } from "./hashing.ts";
import { isLeafCount, levelWithin } from "./leaf-count.ts";

/** The perfect subtree over the leaves `index · 2^level` up to, not including, `(index + 1) · 2^level`. */
export interface SubtreePlace {
  readonly level: number;
  readonly index: number;
}

export interface SubtreeHash extends SubtreePlace {
  readonly hash: Uint8Array;
}

/**
 * Answers with the stored hashes of these perfect subtrees, in the order asked. Only complete subtrees of the tree in
 * question are ever asked for, so a hash never changes once it is stored; a reader that lacks one rejects.
 */
export type HashReader = (places: readonly SubtreePlace[]) => Promise<readonly Uint8Array[]>;

/** The leaves from `start` up to, not including, `end`. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The root of the first `size` leaves (RFC 9162 §2.1.1). One read of at most log₂ size + 1 hashes.
 *
 * @throws RangeError if `size` is not a whole number from 0.
 */
export async function treeRoot(
  readHashes: HashReader,
  size: number,
  algorithm: DigestName = defaultTreeDigest,
): Promise<Uint8Array> {
  checkCount(size);
  if (size === 0) return emptyRoot(algorithm);
  const [root] = await hashesOfRanges(readHashes, [{ start: 0, end: size }], algorithm);
  return root ?? emptyRoot(algorithm);
}

/**
 * The proof that leaf `index` is in the tree of `size` leaves, the leaf's sibling first (RFC 9162 §2.1.3.1).
 * One read of at most 2 · log₂ size hashes.
 *
 * @throws RangeError unless 0 ≤ index < size.
 */
export async function inclusionProof(
  readHashes: HashReader,
  index: number,
  size: number,
  algorithm: DigestName = defaultTreeDigest,
): Promise<Uint8Array[]> {
  checkCount(size);
  checkCount(index);
  if (index >= size) throw new RangeError(`there is no leaf ${String(index)} in a tree of ${String(size)}`);
  const siblings: LeafRange[] = [];
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start);
    siblings.unshift(index < middle ? { start: middle, end } : { start, end: middle });
    if (index < middle) end = middle;
    else start = middle;
  }
  return hashesOfRanges(readHashes, siblings, algorithm);
}

/**
 * The proof that the tree of `firstSize` leaves is the beginning of the tree of `secondSize` (RFC 9162 §2.1.4.1); empty
 * if they are the same size. One read of at most 2 · log₂ size + 1 hashes.
 *
 * @throws RangeError unless 0 < firstSize ≤ secondSize: the standard defines no proof for an empty tree.
 */
export async function consistencyProof(
  readHashes: HashReader,
  firstSize: number,
  secondSize: number,
  algorithm: DigestName = defaultTreeDigest,
): Promise<Uint8Array[]> {
  checkCount(firstSize);
  checkCount(secondSize);
  if (firstSize === 0 || firstSize > secondSize) {
    throw new RangeError(
      `no consistency proof leads from ${String(firstSize)} to ${String(secondSize)} leaves`,
    );
  }
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = secondSize;
  while (firstSize < end) {
    const middle = start + splitOf(end - start);
    if (firstSize <= middle) {
      ranges.unshift({ start: middle, end });
      end = middle;
    } else {
      ranges.unshift({ start, end: middle });
      start = middle;
    }
  }
  // What is left is the old tree's last subtree; if it is the whole old tree, the verifier already has its hash.
  if (start > 0) ranges.unshift({ start, end });
  return hashesOfRanges(readHashes, ranges, algorithm);
}

/**
 * What must be stored when `leaf` becomes leaf `index`: its own hash and every subtree it completes, lowest first;
 * two hashes a leaf on average. One read of at most log₂ index hashes.
 */
export async function subtreesCompletedBy(
  readHashes: HashReader,
  index: number,
  leaf: Uint8Array,
  algorithm: DigestName = defaultTreeDigest,
): Promise<SubtreeHash[]> {
  checkCount(index);
  const leftSiblings: SubtreePlace[] = [];
  for (let level = 0, rest = index; rest % 2 === 1; level += 1, rest = Math.floor(rest / 2)) {
    leftSiblings.push({ level, index: rest - 1 });
  }
  const lefts = await readAll(readHashes, leftSiblings);
  let hash = leafHash(leaf, algorithm);
  const completed: SubtreeHash[] = [{ level: 0, index, hash }];
  lefts.forEach((left, level) => {
    hash = nodeHash(left, hash, algorithm);
    completed.push({ level: level + 1, index: Math.floor(index / 2 ** (level + 1)), hash });
  });
  return completed;
}

/** The hashes of these nodes of the tree, in the order asked; one read. */
export async function hashesOfRanges(
  readHashes: HashReader,
  ranges: readonly LeafRange[],
  algorithm: DigestName,
): Promise<Uint8Array[]> {
  const placesOfRange = ranges.map(perfectSubtrees);
  const hashes = await readAll(readHashes, placesOfRange.flat());
  let at = 0;
  return placesOfRange.map((places) => {
    const parts = hashes.slice(at, at + places.length);
    at += places.length;
    return parts.reduceRight((right, left) => nodeHash(left, right, algorithm));
  });
}

async function readAll(
  readHashes: HashReader,
  places: readonly SubtreePlace[],
): Promise<readonly Uint8Array[]> {
  if (places.length === 0) return [];
  const hashes = await readHashes(places);
  if (hashes.length !== places.length)
    throw new Error("the hash reader answered with another number of hashes");
  return hashes;
}

/** A subtree of the RFC's recursion as perfect ones, left to right, each smaller than the one before it. */
function perfectSubtrees({ start, end }: LeafRange): SubtreePlace[] {
  const places: SubtreePlace[] = [];
  for (let at = start; at < end;) {
    const level = levelWithin(end - at);
    places.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return places;
}

/** The largest power of two smaller than `count` (RFC 9162 §2.1.1). */
export function splitOf(count: number): number {
  const power = 2 ** levelWithin(count);
  return power === count ? power / 2 : power;
}

function checkCount(count: number): void {
  if (!isLeafCount(count)) throw new RangeError(`not a number of leaves: ${String(count)}`);
}
