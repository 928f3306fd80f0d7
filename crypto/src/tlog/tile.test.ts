import { describe, expect, it } from "vitest";

import { concatBytes, hexOf, utf8Of } from "../bytes/index.ts";
import {
  authenticTileReader,
  encodeEntryBundle,
  entryBundlePath,
  growEntryBundles,
  growTiles,
  hashReaderOfLeaves,
  hashReaderOfTiles,
  inclusionProof,
  leafHashesOf,
  parseEntryBundle,
  parseTilePath,
  partialTilesOf,
  tilePath,
  treeRoot,
} from "./index.ts";
import type { TilePlace, TileReader } from "./index.ts";

/** A log that keeps tiles and bundles by their path and never replaces one. */
function tileStore() {
  const files = new Map<string, Uint8Array>();
  const add = (path: string, bytes: Uint8Array): void => {
    expect(files.has(path), path).toBe(false);
    files.set(path, bytes);
  };
  const read = (path: string): Uint8Array => {
    const bytes = files.get(path) ?? files.get(path.replace(/\.p\/.*/, ""));
    if (bytes === undefined) throw new Error(`${path} was never written`);
    return bytes;
  };
  const readTiles: TileReader = (places) => Promise.resolve(places.map((place) => read(tilePath(place))));
  return {
    files,
    readTiles,
    append: async (size: number, entries: readonly Uint8Array[]) => {
      const growth = await growTiles(readTiles, size, leafHashesOf(entries));
      for (const tile of growth.tiles) add(tilePath(tile), tile.bytes);
      const readBundle = (place: Omit<TilePlace, "level">) => Promise.resolve(read(entryBundlePath(place)));
      for (const bundle of await growEntryBundles(readBundle, size, entries)) {
        add(entryBundlePath(bundle), bundle.bytes);
      }
      return growth;
    },
  };
}

const entryAt = (index: number): Uint8Array => utf8Of(`entry ${String(index)}`);
const entriesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => entryAt(index));

describe("the path of a tile", () => {
  it.each<[string, TilePlace]>([
    ["tile/0/000", { level: 0, index: 0, width: 256 }],
    ["tile/3/x001/x234/067.p/8", { level: 3, index: 1_234_067, width: 8 }],
    ["tile/63/x001/000", { level: 63, index: 1000, width: 256 }],
  ])("is %s as C2SP tlog-tiles writes it, and reads back", (path, place) => {
    expect(tilePath(place)).toBe(path);
    expect(parseTilePath(path)).toEqual({ kind: "tile", ...place });
    const entries = path.replace(/^tile\/\d+/, "tile/entries");
    expect(entryBundlePath(place)).toBe(entries);
    expect(parseTilePath(entries)).toEqual({ kind: "entries", index: place.index, width: place.width });
  });

  it.each([
    "tile/0/0",
    "tile/0/x000/001",
    "tile/00/000",
    "tile/64/000",
    "tile/0/000.p/256",
    "tile/0/000.p/0",
    "tile/0/000.p/01",
    "tile/0/001/000",
    "tile/0/x001",
    "tile/data/000",
    "/tile/0/000",
    "tile/0/000/",
  ])("is not %s", (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it("is refused for a place that is none", () => {
    for (const place of [
      { level: 64, index: 0, width: 1 },
      { level: 0, index: -1, width: 1 },
      { level: 0, index: 0, width: 257 },
    ]) {
      expect(() => tilePath(place)).toThrow(RangeError);
    }
  });
});

describe("the tiles of a tree", () => {
  it("are those that C2SP tlog-tiles names for 70,000 leaves", () => {
    expect(partialTilesOf(70_000)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
    expect(partialTilesOf(256)).toEqual([{ level: 1, index: 0, width: 1 }]);
    expect(partialTilesOf(0)).toEqual([]);
  });

  it("are the same however the log grew, and have the root of the tree over all leaves", async () => {
    const entries = entriesOf(1100);
    const inOne = tileStore();
    const { root } = await inOne.append(0, entries);
    expect(hexOf(root)).toBe(hexOf(await treeRoot(hashReaderOfLeaves(entries), 1100)));
    const inSteps = tileStore();
    let size = 0;
    for (const step of [1, 0, 254, 1, 1, 255, 300, 288]) {
      const growth = await inSteps.append(size, entries.slice(size, size + step));
      size = growth.size;
      expect(hexOf(growth.root)).toBe(
        hexOf(await treeRoot(hashReaderOfLeaves(entries.slice(0, size)), size)),
      );
    }
    expect(size).toBe(1100);
    for (const [path, bytes] of inOne.files) {
      expect(hexOf(inSteps.files.get(path) ?? new Uint8Array()), path).toBe(hexOf(bytes));
    }
  });

  it("under SM3 stand beside those under SHA-256 and have another root", async () => {
    const entries = entriesOf(300);
    const growth = await growTiles(() => Promise.resolve([]), 0, leafHashesOf(entries, "SM3"), "SM3");
    expect(hexOf(growth.root)).toBe(hexOf(await treeRoot(hashReaderOfLeaves(entries, "SM3"), 300, "SM3")));
  });
});

describe("a proof from tiles", () => {
  it("is that of the whole tree, reads each tile once, and computes each node once", async () => {
    const size = 70_000;
    const leafHashes = leafHashesOf(entriesOf(size));
    const { tiles, root } = await growTiles(() => Promise.resolve([]), 0, leafHashes);
    const files = new Map(tiles.map((tile) => [tilePath(tile), tile.bytes]));
    const readTiles: TileReader = (places) =>
      Promise.resolve(places.map((place) => files.get(tilePath(place)) ?? new Uint8Array()));
    const { readHashes, cost } = hashReaderOfTiles(readTiles, size);
    expect(hexOf(await treeRoot(readHashes, size))).toBe(hexOf(root));
    const before = cost();
    const proof = await inclusionProof(readHashes, 12_345, size);
    expect(proof).toHaveLength(17);
    // One tile a level on the way up, and the partial ones; at most 254 nodes in each.
    expect(cost().tilesRead - before.tilesRead).toBeLessThanOrEqual(5);
    expect(cost().hashesComputed - before.hashesComputed).toBeLessThanOrEqual(5 * 254);

    const cached = hashReaderOfTiles(readTiles, size, { cachedTiles: 8 });
    await inclusionProof(cached.readHashes, 12_345, size);
    const first = cached.cost();
    expect(await inclusionProof(cached.readHashes, 12_345, size)).toEqual(proof);
    expect(cached.cost()).toEqual(first);
    // A cache smaller than the log forgets the tile that was used least lately.
    for (let at = 0; at < 65_536; at += 256) await inclusionProof(cached.readHashes, at, size);
    const later = cached.cost();
    await inclusionProof(cached.readHashes, 12_345, size);
    expect(cached.cost().tilesRead - later.tilesRead).toBe(1);

    const authentic = authenticTileReader(readTiles, { size, root });
    const checked = hashReaderOfTiles(authentic, size);
    expect(await inclusionProof(checked.readHashes, 12_345, size)).toEqual(proof);
  });

  it("fails when a hash or a tile is asked for that the tree has not", async () => {
    const store = tileStore();
    await store.append(0, entriesOf(300));
    const { readHashes } = hashReaderOfTiles(store.readTiles, 300);
    await expect(readHashes([{ level: 8, index: 1 }])).rejects.toThrow(RangeError);
    const none = hashReaderOfTiles(() => Promise.resolve([]), 300);
    await expect(treeRoot(none.readHashes, 300)).rejects.toThrow("another number of tiles");
  });
});

describe("tiles of somebody else's log", () => {
  it("are believed only when they lead to the root of the checkpoint", async () => {
    const store = tileStore();
    const { root } = await store.append(0, entriesOf(1000));
    const at = { level: 0, index: 1, width: 256 };
    const reader = (changedPath?: string) =>
      authenticTileReader(
        async (places) => {
          const tiles = await store.readTiles(places);
          return tiles.map((tile, place) => {
            if (tilePath(places[place] ?? at) !== changedPath) return tile;
            return concatBytes(Uint8Array.of((tile[0] ?? 0) ^ 1), tile.subarray(1));
          });
        },
        { size: 1000, root },
      );
    expect(await reader()([at, { ...at, width: 3 }])).toEqual([
      store.files.get("tile/0/001"),
      store.files.get("tile/0/001")?.subarray(0, 96),
    ]);
    for (const path of ["tile/0/001", "tile/0/003.p/232", "tile/1/000.p/3"]) {
      await expect(reader(path)([at])).rejects.toMatchObject({ code: "tile-not-authentic" });
    }
    await expect(reader()([{ level: 0, index: 3, width: 233 }])).rejects.toThrow(RangeError);
    await expect(reader()([{ level: 0, index: 4, width: 1 }])).rejects.toThrow(RangeError);
  });

  it("are asked for again after the reader failed once", async () => {
    const store = tileStore();
    const { root } = await store.append(0, entriesOf(10));
    let isDown = true;
    const read = authenticTileReader(
      (places) => (isDown ? Promise.reject(new Error("down")) : store.readTiles(places)),
      { size: 10, root },
    );
    await expect(read([{ level: 0, index: 0, width: 10 }])).rejects.toThrow("down");
    isDown = false;
    expect(await read([{ level: 0, index: 0, width: 10 }])).toHaveLength(1);
  });
});

describe("a bundle of entries", () => {
  it("reads back as it was written, also shorter", () => {
    const entries = [new Uint8Array(), utf8Of("one"), new Uint8Array(0xff_ff)];
    const bundle = encodeEntryBundle(entries);
    expect(parseEntryBundle(bundle, { width: 3 })).toEqual(entries);
    expect(parseEntryBundle(bundle, { width: 2 })).toEqual(entries.slice(0, 2));
    expect(() => encodeEntryBundle([new Uint8Array(0x1_00_00)])).toThrow(RangeError);
  });

  it.each([
    ["ends inside a length", Uint8Array.of(0)],
    ["ends inside an entry", Uint8Array.of(0, 2, 1)],
    ["has too few entries", Uint8Array.of(0, 1, 1)],
    ["has 257 entries", new Uint8Array(514)],
  ])("is malformed when it %s", (_, bundle) => {
    expect(() => parseEntryBundle(bundle, { width: 2 })).toThrow(
      expect.objectContaining({ code: "tile-malformed" }),
    );
  });
});
