import type { DigestName } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import { defaultTreeDigest, emptyRoot, nodeHash } from "./hashing.ts";
import { fullTileWidth, hashesOfTile, partialTilesOf, tileHeight, tilePath, tileWithin } from "./tile.ts";
import type { TilePlace } from "./tile.ts";
import { rootOfPartialTiles } from "./tile-roots.ts";
import { TlogError } from "./tlog-error.ts";
import type { HashReader, SubtreePlace } from "./tree.ts";

/**
 * Answers with the bytes of these tiles, in the order asked: from files, a table, or another log's web site. A full tile
 * may stand for a partial one. It rejects if a tile is missing.
 */
export type TileReader = (places: readonly TilePlace[]) => Promise<readonly Uint8Array[]>;

/** What reading has cost so far; a proof's price in a test is the difference of two of these. */
export interface TileReadingCost {
  readonly tilesRead: number;
  /** Inner nodes computed from a tile's hashes. */
  readonly hashesComputed: number;
}

export interface TileHashes {
  readonly readHashes: HashReader;
  readonly cost: () => TileReadingCost;
}

export interface TileHashesOptions {
  readonly algorithm?: DigestName;
  /**
   * How many tiles are remembered between proofs with the nodes already computed in them, some 16 KiB each; the one unused
   * for longest goes first. 0: each proof remembers only its own.
   */
  readonly cachedTiles?: number;
}

/**
 * A {@link HashReader} over tiles for the tree of `size` leaves: each proof reads every tile it needs once, and computes
 * every node inside a tile once. What the tiles say is believed; {@link authenticTileReader} makes a reader that checks.
 */
export function hashReaderOfTiles(
  readTiles: TileReader,
  size: number,
  { algorithm = defaultTreeDigest, cachedTiles = 0 }: TileHashesOptions = {},
): TileHashes {
  const cache = new Map<string, OpenTile>();
  let tilesRead = 0;
  let hashesComputed = 0;
  const openTile = (hashes: readonly Uint8Array[]): OpenTile => ({ hashes, nodes: new Map() });
  const hashAt = (tile: OpenTile, level: number, place: number): Uint8Array => {
    if (level === 0) return tile.hashes[place] ?? missing();
    const key = level * fullTileWidth + place;
    const known = tile.nodes.get(key);
    if (known !== undefined) return known;
    const left = hashAt(tile, level - 1, place * 2);
    const hash = nodeHash(left, hashAt(tile, level - 1, place * 2 + 1), algorithm);
    hashesComputed += 1;
    tile.nodes.set(key, hash);
    return hash;
  };
  const openTiles = async (places: ReadonlyMap<string, TilePlace>): Promise<Map<string, OpenTile>> => {
    const opened = new Map<string, OpenTile>();
    const unread: [string, TilePlace][] = [];
    for (const [path, place] of places) {
      const cached = cache.get(path);
      if (cached === undefined) unread.push([path, place]);
      else opened.set(path, cached);
    }
    const tiles = await readEach(
      readTiles,
      unread.map(([, place]) => place),
    );
    tilesRead += unread.length;
    unread.forEach(([path], at) => opened.set(path, openTile(tiles[at] ?? [])));
    return opened;
  };
  return {
    readHashes: async (subtrees) => {
      const places = subtrees.map((subtree) => placeOf(subtree, size));
      const opened = await openTiles(new Map(places.map((place) => [tilePath(place), place])));
      const hashes = subtrees.map((subtree, at) => {
        const tile = opened.get(tilePath(places[at] ?? missing())) ?? missing();
        const within = subtree.level % tileHeight;
        return hashAt(tile, within, subtree.index % 2 ** (tileHeight - within));
      });
      remember(cache, opened, cachedTiles);
      return hashes;
    },
    cost: () => ({ tilesRead, hashesComputed }),
  };
}

interface OpenTile {
  readonly hashes: readonly Uint8Array[];
  /** The inner nodes computed so far, by level · 256 + place. */
  readonly nodes: Map<number, Uint8Array>;
}

/** A Map lists its keys in the order they were set, so setting again makes a tile the youngest. */
function remember(cache: Map<string, OpenTile>, used: ReadonlyMap<string, OpenTile>, limit: number): void {
  if (limit === 0) return;
  for (const [path, tile] of used) {
    cache.delete(path);
    cache.set(path, tile);
  }
  for (const path of cache.keys()) {
    if (cache.size <= limit) return;
    cache.delete(path);
  }
}

/** The widest tile of the tree of `size` leaves that the subtree lies in. */
function placeOf({ level, index }: SubtreePlace, size: number): TilePlace {
  if ((index + 1) * 2 ** level > size) throw new RangeError("the subtree is not complete in this tree");
  const within = level % tileHeight;
  const tile = tileWithin(
    size,
    (level - within) / tileHeight,
    Math.floor(index / 2 ** (tileHeight - within)),
  );
  return tile ?? missing();
}

/**
 * A reader that checks what another one gives: every tile must lead to `root`, the root of the tree of `size` leaves as a
 * checkpoint states it. The partial tiles are read once and together make the root; every other tile must have
 * the hash that its parent states, up to one of those. Checked tiles of level 1 and above are remembered.
 *
 * It rejects with TlogError `tile-malformed` or `tile-not-authentic`, and with RangeError for a tile outside the tree.
 */
export function authenticTileReader(
  readTiles: TileReader,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  algorithm: DigestName = defaultTreeDigest,
): TileReader {
  const trusted = new Map<string, readonly Uint8Array[]>();
  let edge: Promise<void> | undefined;
  const readEdge = async (): Promise<void> => {
    const places = partialTilesOf(size);
    const tiles = await readEach(readTiles, places);
    if (!equalBytes(rootOfPartialTiles(tiles, algorithm) ?? emptyRoot(algorithm), root)) {
      throw new TlogError("tile-not-authentic", "the last tiles do not make the root of the checkpoint");
    }
    places.forEach((place, at) => trusted.set(tilePath(place), tiles[at] ?? []));
  };
  const trust = (place: TilePlace, hashes: readonly Uint8Array[]): void => {
    const parent = parentOf(place, size);
    const stated = trusted.get(tilePath(parent))?.[place.index % fullTileWidth];
    const made = rootOfPartialTiles([hashes], algorithm);
    if (stated === undefined || made === undefined || !equalBytes(stated, made)) {
      throw new TlogError("tile-not-authentic", `${tilePath(place)} is not the tile that the tree has there`);
    }
    trusted.set(tilePath(place), hashes);
  };
  const readTrusted = async (asked: readonly TilePlace[]): Promise<readonly Uint8Array[]> => {
    edge ??= readEdge();
    try {
      await edge;
    } catch (cause) {
      // The next call asks again: the reader may have failed for a reason that passes.
      edge = undefined;
      throw cause;
    }
    const unread = untrustedAncestry(asked, size, trusted);
    const tiles = await readEach(readTiles, unread);
    // Parents first: each tile is judged by one that was judged before.
    unread.forEach((place, at) => {
      trust(place, tiles[at] ?? []);
    });
    const answer = asked.map((place) => trusted.get(tilePath(placeWithin(place, size))) ?? missing());
    for (const place of unread) if (place.level === 0) trusted.delete(tilePath(place));
    return answer.map((hashes, at) => joined(hashes.slice(0, asked[at]?.width)));
  };
  return readTrusted;
}

/** What has to be read so that the tiles asked for can be believed: highest level first, each once. */
function untrustedAncestry(
  asked: readonly TilePlace[],
  size: number,
  trusted: ReadonlyMap<string, unknown>,
): TilePlace[] {
  const needed = new Map<string, TilePlace>();
  for (const place of asked) {
    let at = placeWithin(place, size);
    while (!trusted.has(tilePath(at)) && !needed.has(tilePath(at))) {
      needed.set(tilePath(at), at);
      at = parentOf(at, size);
    }
  }
  return [...needed.values()].sort((left, right) => right.level - left.level);
}

function placeWithin({ level, index, width }: TilePlace, size: number): TilePlace {
  const whole = tileWithin(size, level, index);
  if (whole === undefined || width > whole.width) throw new RangeError("the tile is not in this tree");
  return whole;
}

/** Only full tiles are asked for their parent: the partial ones are trusted from the start. */
function parentOf({ level, index }: TilePlace, size: number): TilePlace {
  return tileWithin(size, level + 1, Math.floor(index / fullTileWidth)) ?? missing();
}

async function readEach(
  readTiles: TileReader,
  places: readonly TilePlace[],
): Promise<readonly (readonly Uint8Array[])[]> {
  if (places.length === 0) return [];
  const tiles = await readTiles(places);
  if (tiles.length !== places.length)
    throw new Error("the tile reader answered with another number of tiles");
  return places.map((place, at) => hashesOfTile(tiles[at] ?? new Uint8Array(), place));
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(hashes.reduce((length, hash) => length + hash.length, 0));
  let at = 0;
  for (const hash of hashes) {
    bytes.set(hash, at);
    at += hash.length;
  }
  return bytes;
}

function missing(): never {
  throw new RangeError("the tree has no such tile");
}
