import type { DigestName } from "../algorithms/index.ts";
import { defaultTreeDigest, nodeHash } from "./hashing.ts";
import { isLeafCount } from "./leaf-count.ts";
import { hashesOfRanges, splitOf } from "./tree.ts";
import type { HashReader, LeafRange } from "./tree.ts";
import { areTreeHashes } from "./verify-proof.ts";

/**
 * One proof that all of these leaves are in the tree of `size` leaves: the hashes of the subtrees of RFC 9162 §2.1.1 that hold
 * none of them, from left to right. For one leaf it has the hashes of the inclusion proof of RFC 9162 §2.1.3.1 in another order;
 * for a run of leaves it is about as long as two of those, whatever the run's length.
 *
 * @param indexes ascending, each once.
 * @throws RangeError for other indexes, or none.
 */
export async function leavesProof(
  readHashes: HashReader,
  indexes: readonly number[],
  size: number,
  algorithm: DigestName = defaultTreeDigest,
): Promise<Uint8Array[]> {
  if (!areIndexes(indexes, size)) throw new RangeError("not ascending places of leaves of the tree");
  const outside: LeafRange[] = [];
  walk({ start: 0, end: size }, indexes, {
    leaf: () => undefined,
    outside: (range) => {
      outside.push(range);
    },
    node: () => undefined,
  });
  return await hashesOfRanges(readHashes, outside, algorithm);
}

export interface LeavesClaim {
  /** Ascending. */
  readonly indexes: readonly number[];
  /** Of the leaves at these places, as {@link leafHash} makes them. */
  readonly leafHashes: readonly Uint8Array[];
  readonly size: number;
  /** As {@link leavesProof} makes it. */
  readonly proof: readonly Uint8Array[];
}

/** The one root that the proof can be for (RFC 9162 §2.1.1); undefined if it is for none. */
export function leavesRootOf(
  { indexes, leafHashes, size, proof }: LeavesClaim,
  algorithm: DigestName = defaultTreeDigest,
): Uint8Array | undefined {
  if (!areIndexes(indexes, size) || leafHashes.length !== indexes.length) return undefined;
  if (!areTreeHashes([...leafHashes, ...proof], algorithm)) return undefined;
  let leavesUsed = 0;
  let proofUsed = 0;
  const root = walk<Uint8Array | undefined>({ start: 0, end: size }, indexes, {
    leaf: () => leafHashes[leavesUsed++],
    outside: () => proof[proofUsed++],
    node: (left, right) => left && right && nodeHash(left, right, algorithm),
  });
  return proofUsed === proof.length ? root : undefined;
}

interface Visitor<Value> {
  readonly leaf: () => Value;
  readonly outside: (range: LeafRange) => Value;
  readonly node: (left: Value, right: Value) => Value;
}

/** Visits the tree from left to right, and goes no deeper where there is none of the leaves. */
function walk<Value>(range: LeafRange, indexes: readonly number[], visitor: Visitor<Value>): Value {
  const visit = ({ start, end }: LeafRange, from: number, to: number): Value => {
    if (from === to) return visitor.outside({ start, end });
    if (end - start === 1) return visitor.leaf();
    const middle = start + splitOf(end - start);
    const split = firstFrom(indexes, middle, from, to);
    const left = visit({ start, end: middle }, from, split);
    return visitor.node(left, visit({ start: middle, end }, split, to));
  };
  return visit(range, 0, indexes.length);
}

/** The first of `indexes[from … to)` that is not below `least`; `to` if there is none. */
function firstFrom(indexes: readonly number[], least: number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((indexes[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function areIndexes(indexes: readonly number[], size: number): boolean {
  const isAscending = indexes.every((index, at) => isLeafCount(index) && index > (indexes[at - 1] ?? -1));
  return isLeafCount(size) && indexes.length > 0 && isAscending && (indexes.at(-1) ?? size) < size;
}
