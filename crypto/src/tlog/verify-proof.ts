import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { defaultTreeDigest, nodeHash } from "./hashing.ts";
import { isLeafCount, levelWithin } from "./leaf-count.ts";

export interface InclusionClaim {
  /** Of the leaf, as {@link leafHash} makes it. */
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  /** The leaf's sibling first. */
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** Whether the proof shows that the leaf is in the tree with this root, exactly as RFC 9162 §2.1.3.2. */
export function verifyInclusion(claim: InclusionClaim, algorithm: DigestName = defaultTreeDigest): boolean {
  const root = inclusionRootOf(claim, algorithm);
  return root !== undefined && equalBytes(root, claim.root);
}

/** The one root that the proof can be for (RFC 9162 §2.1.3.2); undefined if it is for none. */
export function inclusionRootOf(
  { leafHash, index, size, proof }: Omit<InclusionClaim, "root">,
  algorithm: DigestName = defaultTreeDigest,
): Uint8Array | undefined {
  if (!isLeafCount(index) || !isLeafCount(size) || index >= size) return undefined;
  if (!areTreeHashes([leafHash, ...proof], algorithm)) return undefined;
  let hash = leafHash;
  const isComplete = climb({ node: index, last: size - 1 }, proof, (sibling, side) => {
    hash = side === "left" ? nodeHash(sibling, hash, algorithm) : nodeHash(hash, sibling, algorithm);
  });
  return isComplete ? hash : undefined;
}

export interface ConsistencyClaim {
  readonly firstSize: number;
  readonly firstRoot: Uint8Array;
  readonly secondSize: number;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether the proof shows that the second tree only adds leaves to the first, exactly as RFC 9162 §2.1.4.2. Trees of one
 * size agree if their roots do and the proof is empty. An empty first tree is refused: it would prove nothing.
 */
export function verifyConsistency(
  claim: ConsistencyClaim,
  algorithm: DigestName = defaultTreeDigest,
): boolean {
  const root = consistentRootOf(claim, algorithm);
  return root !== undefined && equalBytes(root, claim.secondRoot);
}

/** The one root of the second tree that the proof can be for (RFC 9162 §2.1.4.2); undefined if it is for none. */
export function consistentRootOf(
  claim: Omit<ConsistencyClaim, "secondRoot">,
  algorithm: DigestName = defaultTreeDigest,
): Uint8Array | undefined {
  const { firstSize, firstRoot, secondSize, proof } = claim;
  if (!isLeafCount(firstSize) || !isLeafCount(secondSize) || firstSize === 0) return undefined;
  if (firstSize >= secondSize) {
    return firstSize === secondSize && proof.length === 0 ? firstRoot : undefined;
  }
  return areTreeHashes([firstRoot, ...proof], algorithm) ? secondRootOf(claim, algorithm) : undefined;
}

/** Steps 1 to 7 of RFC 9162 §2.1.4.2, for 0 < first < second. */
function secondRootOf(
  { firstSize, firstRoot, secondSize, proof }: Omit<ConsistencyClaim, "secondRoot">,
  algorithm: DigestName,
): Uint8Array | undefined {
  const isPerfect = 2 ** levelWithin(firstSize) === firstSize;
  const [start, ...path] = isPerfect && proof.length > 0 ? [firstRoot, ...proof] : proof;
  if (start === undefined) return undefined;
  let position: Position = { node: firstSize - 1, last: secondSize - 1 };
  while (position.node % 2 === 1) position = parentOf(position);
  let first = start;
  let second = start;
  const isComplete = climb(position, path, (sibling, side) => {
    if (side === "left") first = nodeHash(sibling, first, algorithm);
    second = side === "left" ? nodeHash(sibling, second, algorithm) : nodeHash(second, sibling, algorithm);
  });
  return isComplete && equalBytes(first, firstRoot) ? second : undefined;
}

/** `fn` and `sn` of the RFC: the node we stand on and the last node, both counted on the level reached so far. */
interface Position {
  readonly node: number;
  readonly last: number;
}

/** Walks to the root, one sibling a step, and says whether the path ended exactly there. */
function climb(
  start: Position,
  path: readonly Uint8Array[],
  step: (sibling: Uint8Array, side: "left" | "right") => void,
): boolean {
  let position = start;
  for (const sibling of path) {
    if (position.last === 0) return false;
    const isRightChild = position.node % 2 === 1 || position.node === position.last;
    step(sibling, isRightChild ? "left" : "right");
    // The last node of a level may have no sibling for several levels; the path has no hash for those.
    if (isRightChild) while (position.node % 2 === 0 && position.node !== 0) position = parentOf(position);
    position = parentOf(position);
  }
  return position.last === 0;
}

function parentOf({ node, last }: Position): Position {
  return { node: Math.floor(node / 2), last: Math.floor(last / 2) };
}

/** Whether each has the digest's length. Without this, an empty leaf hash would be its own root in a tree of one leaf. */
export function areTreeHashes(hashes: readonly Uint8Array[], algorithm: DigestName): boolean {
  return hashes.every((hash) => hash.length === digestAlgorithms[algorithm].lengthBytes);
}
