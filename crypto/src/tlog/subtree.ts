import type { DigestName } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { defaultTreeDigest, emptyRoot, nodeHash } from "./hashing.ts";
import { isLeafCount, levelWithin } from "./leaf-count.ts";
import { areTreeHashes, verifyInclusion } from "./verify-proof.ts";

/** The leaves from `start` up to, not including, `end`. */
export interface Subtree {
  readonly start: number;
  readonly end: number;
}

/**
 * Whether the range is a node of some tree: `start` is a multiple of the smallest power of two that is not below its
 * length (draft-ietf-plants-merkle-tree-certs §4.1). The empty range is one anywhere.
 */
export function isSubtree({ start, end }: Subtree): boolean {
  if (!isLeafCount(start) || !isLeafCount(end) || start > end) return false;
  const length = end - start;
  if (length === 0) return true;
  const level = levelWithin(length);
  return start % (2 ** level === length ? length : 2 ** (level + 1)) === 0;
}

export interface SubtreeInclusionClaim extends Subtree {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** Of the subtree. */
  readonly root: Uint8Array;
}

/** Whether the proof shows that leaf `index` is in the subtree with this root (draft-ietf-plants-merkle-tree-certs §4.3). */
export function verifySubtreeInclusion(
  { start, end, index, ...claim }: SubtreeInclusionClaim,
  algorithm: DigestName = defaultTreeDigest,
): boolean {
  if (!isSubtree({ start, end })) return false;
  return verifyInclusion({ ...claim, index: index - start, size: end - start }, algorithm);
}

export interface SubtreeConsistencyClaim extends Subtree {
  readonly subtreeRoot: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether the proof shows that the subtree is one of the tree of `size` leaves with this root
 * (draft-ietf-plants-merkle-tree-certs §4.4). With `start` 0 it is the consistency proof of RFC 9162 §2.1.4.2. The empty
 * subtree is in every tree and says nothing about it.
 */
export function verifySubtreeConsistency(
  claim: SubtreeConsistencyClaim,
  algorithm: DigestName = defaultTreeDigest,
): boolean {
  const { start, end, size, subtreeRoot, root, proof } = claim;
  if (!isLeafCount(size) || !isSubtree(claim) || end > size) return false;
  if (start === end) return proof.length === 0 && equalBytes(subtreeRoot, emptyRoot(algorithm));
  if (end - start === size) return proof.length === 0 && equalBytes(subtreeRoot, root);
  return areTreeHashes([subtreeRoot, ...proof, root], algorithm) && leadsOn(claim, algorithm);
}

/** The first and last leaf of the subtree and the last leaf of the tree, counted on the level reached so far. */
interface Position {
  readonly first: number;
  readonly last: number;
  readonly end: number;
}

function leadsOn(claim: SubtreeConsistencyClaim, algorithm: DigestName): boolean {
  const { subtreeRoot, root, proof } = claim;
  const start = startOf(claim);
  // A proof from a perfect node begins with that node, which the verifier has; any other states it.
  const [begin, ...path] = start.first === start.last ? [subtreeRoot, ...proof] : proof;
  if (begin === undefined) return false;
  let at = start;
  let ofSubtree = begin;
  let ofTree = begin;
  for (const sibling of path) {
    if (at.end === 0) return false;
    if (isRightChild(at)) {
      if (at.first < at.last) ofSubtree = nodeHash(sibling, ofSubtree, algorithm);
      ofTree = nodeHash(sibling, ofTree, algorithm);
      at = above(lastSibling(at));
    } else {
      ofTree = nodeHash(ofTree, sibling, algorithm);
      at = above(at);
    }
  }
  return at.end === 0 && equalBytes(ofSubtree, subtreeRoot) && equalBytes(ofTree, root);
}

/** The node of the subtree from which the proof climbs: its last perfect part, or all of it where it ends the tree. */
function startOf({ start, end, size }: SubtreeConsistencyClaim): Position {
  let at: Position = { first: start, last: end - 1, end: size - 1 };
  const endsTree = end === size;
  while (at.first !== at.last && (endsTree || at.last % 2 === 1)) at = above(at);
  return at;
}

function isRightChild({ last, end }: Position): boolean {
  return last % 2 === 1 || last === end;
}

/** The last node of a level may have no sibling for several levels; the path has no hash for those. */
function lastSibling(at: Position): Position {
  return at.last % 2 === 0 && at.last !== 0 ? lastSibling(above(at)) : at;
}

function above({ first, last, end }: Position): Position {
  return { first: Math.floor(first / 2), last: Math.floor(last / 2), end: Math.floor(end / 2) };
}
