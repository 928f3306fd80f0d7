import { describe, expect, it } from "vitest";

import { bytesOfHex, hexOf } from "../bytes/index.ts";
import {
  consistencyProof,
  emptyRoot,
  hashReaderOfLeaves,
  inclusionProof,
  leafHash,
  subtreesCompletedBy,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from "./index.ts";
import type { SubtreePlace } from "./index.ts";

// The tree that the Certificate Transparency tests have used since RFC 6962: its leaves, and its root at each size.
const leaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map(bytesOfHex);
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

describe("the example tree of Certificate Transparency", () => {
  const readHashes = hashReaderOfLeaves(leaves);

  it("has the published root at every size (RFC 6962 §2.1)", async () => {
    const computed = await Promise.all(roots.map((_, size) => treeRoot(readHashes, size)));
    expect(computed.map(hexOf)).toEqual(roots);
    expect(hexOf(emptyRoot())).toBe(roots[0]);
  });

  it("has the published inclusion proofs (RFC 9162 §2.1.3)", async () => {
    expect((await inclusionProof(readHashes, 5, 8)).map(hexOf)).toEqual([
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    expect((await inclusionProof(readHashes, 2, 3)).map(hexOf)).toEqual([roots[2]]);
    expect(await inclusionProof(readHashes, 0, 1)).toEqual([]);
  });

  it("has the published consistency proofs (RFC 9162 §2.1.4)", async () => {
    expect((await consistencyProof(readHashes, 6, 8)).map(hexOf)).toEqual([
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    expect(await consistencyProof(readHashes, 1, 1)).toEqual([]);
  });

  it("asks only once for each root or proof, and only for complete subtrees", async () => {
    const asked: (readonly SubtreePlace[])[] = [];
    const counting = (places: readonly SubtreePlace[]) => {
      asked.push(places);
      return readHashes(places);
    };
    await treeRoot(counting, 7);
    await inclusionProof(counting, 4, 7);
    await consistencyProof(counting, 3, 7);
    expect(asked).toHaveLength(3);
    const beyondTheEnd = asked.flat().filter(({ level, index }) => (index + 1) * 2 ** level > 7);
    expect(beyondTheEnd).toEqual([]);
  });
});

describe("a tree kept by its completed subtrees", () => {
  it("answers every root and proof from what each append said to store", async () => {
    const stored = new Map<string, Uint8Array>();
    const keyOf = ({ level, index }: SubtreePlace) => `${String(level)}/${String(index)}`;
    const readHashes = (places: readonly SubtreePlace[]) =>
      Promise.resolve(
        places.map((place) => {
          const hash = stored.get(keyOf(place));
          if (hash === undefined) throw new Error(`${keyOf(place)} was never stored`);
          return hash;
        }),
      );
    for (const [index, leaf] of leaves.entries()) {
      for (const subtree of await subtreesCompletedBy(readHashes, index, leaf)) {
        expect(stored.has(keyOf(subtree))).toBe(false);
        stored.set(keyOf(subtree), subtree.hash);
      }
      expect(hexOf(await treeRoot(readHashes, index + 1))).toBe(roots[index + 1]);
    }
    expect(stored.size).toBe(15);
  });

  it("fails when the store answers with fewer hashes than were asked for", async () => {
    await expect(treeRoot(() => Promise.resolve([]), 3)).rejects.toThrow("another number of hashes");
  });
});

describe("proofs outside the tree", () => {
  const readHashes = hashReaderOfLeaves(leaves);

  it.each([
    ["an index at the size", () => inclusionProof(readHashes, 8, 8)],
    ["a negative index", () => inclusionProof(readHashes, -1, 8)],
    ["a fraction", () => inclusionProof(readHashes, 0.5, 8)],
    ["an empty first tree", () => consistencyProof(readHashes, 0, 8)],
    ["a shrinking tree", () => consistencyProof(readHashes, 8, 7)],
    ["a size beyond any tree", () => treeRoot(readHashes, 2 ** 49)],
    ["a leaf that is not there", () => treeRoot(readHashes, 9)],
  ])("are refused: %s", async (_, prove) => {
    await expect(prove()).rejects.toThrow(RangeError);
  });

  it("are not believed", () => {
    const [leaf] = leaves.map((data) => leafHash(data));
    const root = leaf ?? new Uint8Array();
    expect(verifyInclusion({ leafHash: root, index: 0, size: 1, proof: [], root })).toBe(true);
    const nothing = new Uint8Array();
    expect(verifyInclusion({ leafHash: nothing, index: 0, size: 1, proof: [], root: nothing })).toBe(false);
    expect(verifyInclusion({ leafHash: root, index: 1, size: 1, proof: [], root })).toBe(false);
    expect(verifyInclusion({ leafHash: root, index: 2 ** 64, size: 2 ** 64 + 1, proof: [], root })).toBe(
      false,
    );
    expect(
      verifyConsistency({ firstSize: 0, firstRoot: emptyRoot(), secondSize: 1, secondRoot: root, proof: [] }),
    ).toBe(false);
  });
});

describe("a tree under SM3", () => {
  it("is another tree over the same leaves, with proofs that hold in it alone", async () => {
    const readHashes = hashReaderOfLeaves(leaves, "SM3");
    const root = await treeRoot(readHashes, 8, "SM3");
    const proof = await inclusionProof(readHashes, 3, 8, "SM3");
    const leaf = leafHash(leaves[3] ?? new Uint8Array(), "SM3");
    expect(hexOf(root)).not.toBe(roots[8]);
    expect(verifyInclusion({ leafHash: leaf, index: 3, size: 8, proof, root }, "SM3")).toBe(true);
    expect(verifyInclusion({ leafHash: leaf, index: 3, size: 8, proof, root })).toBe(false);
  });
});
