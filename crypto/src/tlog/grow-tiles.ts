import type { DigestName } from "../algorithms/index.ts";
import { concatBytes } from "../bytes/index.ts";
import { defaultTreeDigest, emptyRoot, leafHash } from "./hashing.ts";
import { isLeafCount } from "./leaf-count.ts";
import { encodeEntryBundle, fullTileWidth, hashesOfTile, parseEntryBundle, partialTilesOf } from "./tile.ts";
import type { EntryBundlePlace, TilePlace } from "./tile.ts";
import type { TileReader } from "./tile-hashes.ts";
import { rootOfPartialTiles } from "./tile-roots.ts";

/** Answers with the bytes of one bundle of entries; it rejects if it is missing. */
export type EntryBundleReader = (place: EntryBundlePlace) => Promise<Uint8Array>;

export interface TileToWrite extends TilePlace {
  readonly bytes: Uint8Array;
}

export interface EntryBundleToWrite extends EntryBundlePlace {
  readonly bytes: Uint8Array;
}

/** What a log writes before it publishes a checkpoint of the new size; none of it replaces anything. */
export interface Growth {
  readonly size: number;
  readonly root: Uint8Array;
  readonly tiles: readonly TileToWrite[];
}

/**
 * The tiles that a tree of `size` leaves gains with these leaf hashes: all that become full, and the partial ones of the
 * new size. It reads the partial tiles of the old size, at most one for every level, and nothing else; every hash of the
 * tree is computed once in its life.
 *
 * @throws RangeError if `size` is not a number of leaves; TlogError `tile-malformed` for what was read.
 */
export async function growTiles(
  readTiles: TileReader,
  size: number,
  leafHashes: readonly Uint8Array[],
  algorithm: DigestName = defaultTreeDigest,
): Promise<Growth> {
  const newSize = size + leafHashes.length;
  checkSizes(size, newSize);
  const before = await readPartialTiles(readTiles, size);
  const tiles: TileToWrite[] = [];
  const partial: (readonly Uint8Array[])[] = [];
  let added = leafHashes;
  for (let level = 0; fullTileWidth ** level <= newSize; level += 1) {
    const first = Math.floor(size / fullTileWidth ** (level + 1));
    const rows = rowsOf([...(before.get(level) ?? []), ...added]);
    if (added.length > 0) {
      rows.forEach((hashes, at) => {
        tiles.push({ level, index: first + at, width: hashes.length, bytes: concatBytes(...hashes) });
      });
    }
    const full = rows.filter((hashes) => hashes.length === fullTileWidth);
    partial.push(...rows.slice(full.length));
    added = full.map((hashes) => rootOf([hashes], algorithm));
  }
  return { size: newSize, root: rootOf(partial, algorithm), tiles };
}

async function readPartialTiles(readTiles: TileReader, size: number): Promise<Map<number, Uint8Array[]>> {
  const places = partialTilesOf(size);
  const tiles = places.length === 0 ? [] : await readTiles(places);
  return new Map(
    places.map((place, at) => [place.level, hashesOfTile(tiles[at] ?? new Uint8Array(), place)]),
  );
}

/** Cut into full tiles or bundles, and what is left. */
function rowsOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  const count = Math.ceil(items.length / fullTileWidth);
  return Array.from({ length: count }, (_, at) => items.slice(at * fullTileWidth, (at + 1) * fullTileWidth));
}

function rootOf(tiles: readonly (readonly Uint8Array[])[], algorithm: DigestName): Uint8Array {
  return rootOfPartialTiles(tiles, algorithm) ?? emptyRoot(algorithm);
}

function checkSizes(size: number, newSize: number): void {
  if (!isLeafCount(size) || !isLeafCount(newSize)) throw new RangeError("not a number of leaves");
}

/**
 * The bundles that the same entries make: all that become full, and the partial one of the new size. It reads the partial
 * bundle of the old size, if there is one.
 *
 * @throws RangeError if `size` is not a number of leaves or an entry has more than 65,535 bytes; TlogError `tile-malformed`.
 */
export async function growEntryBundles(
  readBundle: EntryBundleReader,
  size: number,
  entries: readonly Uint8Array[],
): Promise<EntryBundleToWrite[]> {
  checkSizes(size, size + entries.length);
  if (entries.length === 0) return [];
  const width = size % fullTileWidth;
  const first = Math.floor(size / fullTileWidth);
  const begun = width === 0 ? [] : parseEntryBundle(await readBundle({ index: first, width }), { width });
  return rowsOf([...begun, ...entries]).map((row, at) => ({
    index: first + at,
    width: row.length,
    bytes: encodeEntryBundle(row),
  }));
}

/** The leaf hashes of entries, for {@link growTiles}; once for each digest in which the log keeps a tree. */
export function leafHashesOf(
  entries: readonly Uint8Array[],
  algorithm: DigestName = defaultTreeDigest,
): Uint8Array[] {
  return entries.map((entry) => leafHash(entry, algorithm));
}
