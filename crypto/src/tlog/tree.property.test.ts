import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import {
  consistencyProof,
  hashReaderOfLeaves,
  inclusionProof,
  leafHash,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from "./index.ts";

const leavesOfSize = (minLength: number) =>
  fc.array(fc.uint8Array({ maxLength: 40 }), { minLength, maxLength: 70 });

/** The same bytes with one bit turned over. */
function withFlippedBit(bytes: Uint8Array, choice: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  const at = choice % bytes.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (choice % 8));
  return changed;
}

describe("inclusion proofs", () => {
  it("verify for every leaf of every tree, and not after any of their bits changed or for a neighbouring place", async () => {
    await fc.assert(
      fc.asyncProperty(leavesOfSize(1), fc.nat(), fc.nat(), async (leaves, indexChoice, bitChoice) => {
        const size = leaves.length;
        const index = indexChoice % size;
        const readHashes = hashReaderOfLeaves(leaves);
        const root = await treeRoot(readHashes, size);
        const proof = await inclusionProof(readHashes, index, size);
        const claim = { leafHash: leafHash(leaves[index] ?? new Uint8Array()), index, size, proof, root };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, root: withFlippedBit(root, bitChoice) })).toBe(false);
        expect(verifyInclusion({ ...claim, leafHash: withFlippedBit(claim.leafHash, bitChoice) })).toBe(
          false,
        );
        proof.forEach((hash, place) => {
          const changed = proof.with(place, withFlippedBit(hash, bitChoice));
          expect(verifyInclusion({ ...claim, proof: changed })).toBe(false);
          expect(verifyInclusion({ ...claim, proof: proof.toSpliced(place, 1) })).toBe(false);
        });
        expect(verifyInclusion({ ...claim, proof: [...proof, root] })).toBe(false);
        expect(verifyInclusion({ ...claim, size: index })).toBe(false);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("consistency proofs", () => {
  it("verify between any two sizes, and not after any of their bits changed or with the roots exchanged", async () => {
    await fc.assert(
      fc.asyncProperty(leavesOfSize(2), fc.nat(), fc.nat(), async (leaves, sizeChoice, bitChoice) => {
        const secondSize = leaves.length;
        const firstSize = 1 + (sizeChoice % (secondSize - 1));
        const readHashes = hashReaderOfLeaves(leaves);
        const firstRoot = await treeRoot(readHashes, firstSize);
        const secondRoot = await treeRoot(readHashes, secondSize);
        const proof = await consistencyProof(readHashes, firstSize, secondSize);
        const claim = { firstSize, firstRoot, secondSize, secondRoot, proof };
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, firstRoot: withFlippedBit(firstRoot, bitChoice) })).toBe(false);
        expect(verifyConsistency({ ...claim, secondRoot: withFlippedBit(secondRoot, bitChoice) })).toBe(
          false,
        );
        expect(verifyConsistency({ ...claim, firstRoot: secondRoot, secondRoot: firstRoot })).toBe(false);
        proof.forEach((hash, place) => {
          const changed = proof.with(place, withFlippedBit(hash, bitChoice));
          expect(verifyConsistency({ ...claim, proof: changed })).toBe(false);
        });
        expect(verifyConsistency({ ...claim, proof: [...proof, secondRoot] })).toBe(false);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
