import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { utf8Of } from "../bytes/index.ts";
import {
  hashReaderOfLeaves,
  inclusionProof,
  leafHash,
  leavesProof,
  leavesRootOf,
  treeRoot,
} from "./index.ts";

const leavesOf = (size: number) => Array.from({ length: size }, (_, at) => utf8Of(`leaf ${String(at)}`));

/** A tree, and some of its leaves. */
const selections = fc
  .integer({ min: 1, max: 70 })
  .chain((size) =>
    fc
      .uniqueArray(fc.nat({ max: size - 1 }), { minLength: 1, maxLength: size })
      .map((indexes) => ({ size, indexes: indexes.sort((one, other) => one - other) })),
  );

async function proofOf(size: number, indexes: readonly number[]) {
  const leaves = leavesOf(size);
  const readHashes = hashReaderOfLeaves(leaves);
  return {
    claim: {
      size,
      indexes,
      leafHashes: indexes.map((index) => leafHash(leaves[index] ?? new Uint8Array())),
      proof: await leavesProof(readHashes, indexes, size),
    },
    root: await treeRoot(readHashes, size),
    readHashes,
  };
}

describe("a proof of many leaves", () => {
  it("leads from any leaves of any tree to its root", async () => {
    await fc.assert(
      fc.asyncProperty(selections, async ({ size, indexes }) => {
        const { claim, root } = await proofOf(size, indexes);
        expect(leavesRootOf(claim)).toEqual(root);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("leads nowhere else: not with a leaf left out, put in, moved or changed, nor with another size or proof", async () => {
    await fc.assert(
      fc.asyncProperty(selections, fc.nat(), async ({ size, indexes }, choice) => {
        const { claim, root } = await proofOf(size, indexes);
        const at = choice % indexes.length;
        const without = <Item>(items: readonly Item[]) => items.filter((_, index) => index !== at);
        const wrong = [
          { ...claim, indexes: without(indexes), leafHashes: without(claim.leafHashes) },
          { ...claim, leafHashes: claim.leafHashes.with(at, leafHash(utf8Of("another"))) },
          { ...claim, leafHashes: without(claim.leafHashes) },
          { ...claim, indexes: indexes.map((index) => index + 1) },
          { ...claim, proof: [...claim.proof, leafHash(utf8Of("more"))] },
          ...(claim.proof.length === 0 ? [] : [{ ...claim, proof: claim.proof.slice(1) }]),
          ...(indexes.length < 2 ? [] : [{ ...claim, leafHashes: claim.leafHashes.toReversed() }]),
        ];
        for (const each of wrong) expect(leavesRootOf(each)).not.toEqual(root);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("has for one leaf the hashes of its inclusion proof, and for a run hardly more than for its ends", async () => {
    const { claim, readHashes } = await proofOf(1000, [613]);
    const sorted = (hashes: readonly Uint8Array[]) =>
      hashes.map((hash) => Buffer.from(hash).toString("hex")).sort();
    expect(sorted(claim.proof)).toEqual(sorted(await inclusionProof(readHashes, 613, 1000)));
    const run = Array.from({ length: 700 }, (_, at) => 150 + at);
    expect((await proofOf(1000, run)).claim.proof.length).toBeLessThanOrEqual(20);
  });

  it("is refused for places that are not those of leaves", async () => {
    const readHashes = hashReaderOfLeaves(leavesOf(4));
    for (const indexes of [[], [4], [2, 1], [1, 1], [-1], [0.5]]) {
      await expect(leavesProof(readHashes, indexes, 4)).rejects.toThrow(RangeError);
      expect(leavesRootOf({ indexes, leafHashes: [], size: 4, proof: [] })).toBeUndefined();
    }
  });
});
