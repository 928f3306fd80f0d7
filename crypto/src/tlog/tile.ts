import { concatBytes } from "../bytes/index.ts";
import { isLeafCount } from "./leaf-count.ts";
import { TlogError } from "./tlog-error.ts";

/** Levels of the tree that one tile spans, and so 2^8 hashes in a full tile (C2SP tlog-tiles). */
export const tileHeight = 8;
export const fullTileWidth = 2 ** tileHeight;

/** Every digest a tree of the suite may use has this length. */
export const treeHashBytes = 32;

/** Leaves stay below 2^48, so the seventh level is never reached. */
const maximumTileLevel = 63;

/**
 * Where a tile stands: tile `index` of `level` holds, for i from 0 up to its width, the hash of the perfect subtree with
 * level 8 · `level` and index 256 · `index` + i.
 */
export interface TilePlace {
  readonly level: number;
  readonly index: number;
  /** From 1 to 256; a tile of fewer than 256 hashes is a partial one. */
  readonly width: number;
}

/** Where a bundle of entries stands: that of the leaves under the tile of level 0 with the same index and width. */
export type EntryBundlePlace = Omit<TilePlace, "level">;

/** `tile/<level>/<index>[.p/<width>]`, below the prefix of the log. @throws RangeError for a place that is none. */
export function tilePath({ level, index, width }: TilePlace): string {
  if (!isWhole(level, 0, maximumTileLevel)) throw new RangeError(`not a level of tiles: ${String(level)}`);
  return `tile/${String(level)}/${suffixOf(index, width)}`;
}

/** `tile/entries/<index>[.p/<width>]`, below the prefix of the log. @throws RangeError for a place that is none. */
export function entryBundlePath({ index, width }: EntryBundlePlace): string {
  return `tile/entries/${suffixOf(index, width)}`;
}

/** What a path below the prefix of a log asks for; undefined unless it is written exactly as the two functions above do. */
export function parseTilePath(
  path: string,
): ({ readonly kind: "tile" } & TilePlace) | ({ readonly kind: "entries" } & EntryBundlePlace) | undefined {
  const found = pathForm.exec(path);
  if (found === null) return undefined;
  const [, kind = "", groups = "", widthText] = found;
  const index = Number(groups.replaceAll(/[x/]/g, ""));
  const width = Number(widthText ?? fullTileWidth);
  if (!isLeafCount(index) || width > fullTileWidth) return undefined;
  // One place has one path, so leading groups of zeros and a partial tile of 256 are refused here.
  if (`tile/${kind}/${suffixOf(index, width)}` !== path) return undefined;
  if (kind === "entries") return { kind, index, width };
  return Number(kind) > maximumTileLevel ? undefined : { kind: "tile", level: Number(kind), index, width };
}

const pathForm = /^tile\/(0|[1-9]\d?|entries)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** How many hashes stand in the last, partial tile of `level` when the tree has `size` leaves; 0: there is none. */
export function partialTileWidth(size: number, level: number): number {
  return Math.floor(size / fullTileWidth ** level) % fullTileWidth;
}

/** The place of the tile with this index in a tree of `size` leaves; undefined if the tree does not reach it. */
export function tileWithin(size: number, level: number, index: number): TilePlace | undefined {
  const width = Math.min(fullTileWidth, Math.floor(size / fullTileWidth ** level) - index * fullTileWidth);
  return width < 1 ? undefined : { level, index, width };
}

/** The last tile of every level that is partial, lowest level first. All their hashes together make the root. */
export function partialTilesOf(size: number): TilePlace[] {
  const places: TilePlace[] = [];
  for (let level = 0; fullTileWidth ** level <= size; level += 1) {
    const width = partialTileWidth(size, level);
    if (width > 0) places.push({ level, index: Math.floor(size / fullTileWidth ** (level + 1)), width });
  }
  return places;
}

/**
 * The hashes of a tile. A full tile serves where a partial one was asked for, as C2SP tlog-tiles lets a log do.
 *
 * @throws TlogError `tile-malformed` if there are fewer hashes than `width`, or part of one.
 */
export function hashesOfTile(tile: Uint8Array, { width }: Pick<TilePlace, "width">): Uint8Array[] {
  const isWholeHashes = tile.length % treeHashBytes === 0 && tile.length <= fullTileWidth * treeHashBytes;
  if (!isWholeHashes || tile.length < width * treeHashBytes) {
    throw new TlogError("tile-malformed", `not a tile of ${String(width)} hashes`);
  }
  return Array.from({ length: width }, (_, place) =>
    tile.subarray(place * treeHashBytes, (place + 1) * treeHashBytes),
  );
}

/** An entry's length stands before it in two octets. */
const maximumEntryBytes = 0xff_ff;

/** The entries one after the other, each behind its length. @throws RangeError for an entry of more than 65,535 bytes. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...entries.flatMap((entry) => [lengthOf(entry), entry]));
}

/**
 * The first `width` entries of a bundle; a longer one serves where a partial one was asked for. What they hash to is
 * for the caller to compare with the tile of level 0.
 *
 * @throws TlogError `tile-malformed` if it ends early or inside an entry, or has more entries than a full bundle.
 */
export function parseEntryBundle(
  bundle: Uint8Array,
  { width }: Pick<EntryBundlePlace, "width">,
): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bundle.length;) {
    const [high, low] = bundle.subarray(at, at + 2);
    if (high === undefined || low === undefined) throw brokenBundle("it ends inside a length");
    const end = at + 2 + high * 0x100 + low;
    if (end > bundle.length) throw brokenBundle("it ends inside an entry");
    entries.push(bundle.subarray(at + 2, end));
    if (entries.length > fullTileWidth) throw brokenBundle("it has more than 256 entries");
    at = end;
  }
  if (entries.length < width) throw brokenBundle(`it has fewer than ${String(width)} entries`);
  return entries.slice(0, width);
}

function lengthOf(entry: Uint8Array): Uint8Array {
  if (entry.length > maximumEntryBytes) throw new RangeError("an entry has at most 65,535 bytes");
  return Uint8Array.of(entry.length >> 8, entry.length & 0xff);
}

/** Groups of three digits, all but the last with an `x`, and the width unless it is that of a full tile. */
function suffixOf(index: number, width: number): string {
  if (!isLeafCount(index) || !isWhole(width, 1, fullTileWidth)) throw new RangeError("there is no such tile");
  const text = String(index);
  const digits = text.padStart(Math.ceil(text.length / 3) * 3, "0");
  const groups = digits.match(/\d{3}/g) ?? [];
  const path = groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/");
  return width === fullTileWidth ? path : `${path}.p/${String(width)}`;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function brokenBundle(detail: string): TlogError {
  return new TlogError("tile-malformed", `not a bundle of entries: ${detail}`);
}
