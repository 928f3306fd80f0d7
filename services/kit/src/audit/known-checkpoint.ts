import { equalBytes } from "@yinxin/crypto/bytes";
import {
  fullTileWidth,
  growTiles,
  hashesOfTile,
  noteKeyOf,
  parseCheckpoint,
  TlogError,
  verifyNote,
} from "@yinxin/crypto/tlog";
import type { Checkpoint, NoteKey } from "@yinxin/crypto/tlog";
import type { Kysely } from "kysely";

import { isCanonicalDetail, leafHashOf } from "./audit-leaf.ts";
import { AuditLogError } from "./audit-log-error.ts";
import type { AuditTables } from "./audit-tables.ts";
import type { CheckpointFolder } from "./checkpoint-folder.ts";
import { readLeafHashes } from "./checkpoint-rows.ts";
import { readEventRows } from "./read-event-rows.ts";

/** A checkpoint of this log, by its own key. */
export interface KnownCheckpoint extends Checkpoint {
  readonly note: string;
}

/** Size and root of a tree, whoever vouches for them. */
export type TreeHead = Pick<Checkpoint, "size" | "root">;

/** The log of one epoch: its events and its folder. */
export interface LogPlaces {
  readonly db: Kysely<AuditTables>;
  readonly origin: string;
  readonly folder: CheckpointFolder;
}

/** The keys of the log under its name; those that cannot sign notes are none. */
export function noteKeysOf(origin: string, publicKeys: readonly Uint8Array[]): readonly NoteKey[] {
  return publicKeys.flatMap((publicKey) => {
    try {
      return [noteKeyOf(origin, publicKey)];
    } catch (cause) {
      if (cause instanceof TlogError) return [];
      throw cause;
    }
  });
}

/** @throws AuditLogError `diverged` if the note is not a checkpoint of this log by one of its keys. */
export function knownCheckpointOf(
  note: string,
  origin: string,
  keys: readonly NoteKey[],
  place: string,
): KnownCheckpoint {
  const verified = verifyNote(note, keys);
  if (verified.result === "failed") {
    throw new AuditLogError(
      "diverged",
      `the checkpoint in ${place} is not signed as ${origin} by a key of this log: ${verified.detail}`,
    );
  }
  const checkpoint = parseCheckpoint(verified.text);
  if (checkpoint.origin !== origin) {
    throw new AuditLogError(
      "diverged",
      `the checkpoint in ${place} is of ${checkpoint.origin}, not of ${origin}`,
    );
  }
  return { ...checkpoint, note };
}

/** A full tile of level 1: so many events at once leave no partial tiles behind, and take 2 MiB of memory. */
const eventsAtOnce = fullTileWidth ** 2;

/**
 * Writes the tiles that lead from `from` to `size` events, and gives the root there. What is written can only be added to:
 * doing it again, or in two processes at once, writes the same bytes.
 *
 * @throws AuditLogError `diverged` if an event is missing; TlogError or a file error for a folder that cannot be used.
 */
export async function growFolder(places: LogPlaces, from: number, size: number): Promise<Uint8Array> {
  let at = from;
  let grown = await growTiles(places.folder.readTiles, at, []);
  while (at < size) {
    const end = Math.min(size, (Math.floor(at / eventsAtOnce) + 1) * eventsAtOnce);
    const { hashes, missing } = await readLeafHashes(places.db, at, end);
    if (missing !== undefined) throw new AuditLogError("diverged", `event ${String(missing)} is not there`);
    grown = await growTiles(places.folder.readTiles, at, hashes);
    await places.folder.writeTiles(grown.tiles);
    at = end;
  }
  return grown.root;
}

/** Enough to meet any restored database; the whole log is for the verifier to read. */
const comparedEvents = 1024;

/**
 * Holds the last events before a checkpoint against the tiles under it: a database that was restored and then went on has
 * enough events again, but not the same.
 *
 * @throws AuditLogError `diverged`.
 */
export async function compareTail({ db, folder }: LogPlaces, known: TreeHead): Promise<void> {
  const edge = await growTiles(folder.readTiles, known.size, []);
  if (!equalBytes(edge.root, known.root)) {
    throw new AuditLogError("diverged", "the tiles in the folder are not those of its checkpoint");
  }
  const from = Math.max(0, known.size - comparedEvents);
  const expected = await readTileHashes(folder, from, known.size);
  let next = from;
  for await (const rows of readEventRows(db, { from, to: known.size })) {
    for (const row of rows) {
      const hash = expected[next - from];
      const isSame =
        row.leaf_index === next &&
        hash !== undefined &&
        isCanonicalDetail(row.detail) &&
        equalBytes(hash, row.leaf_hash) &&
        equalBytes(hash, leafHashOf(row));
      if (!isSame)
        throw new AuditLogError("diverged", `event ${String(next)} is not the one that was signed`);
      next += 1;
    }
  }
  if (next < known.size) throw new AuditLogError("diverged", `event ${String(next)} is not there`);
}

/** The hashes of the events in [from, to) as the folder has them. */
export async function readTileHashes(
  { readTiles }: Pick<CheckpointFolder, "readTiles">,
  from: number,
  to: number,
): Promise<readonly Uint8Array[]> {
  const first = Math.floor(from / fullTileWidth);
  const places = Array.from({ length: Math.ceil(to / fullTileWidth) - first }, (_, at) => ({
    level: 0,
    index: first + at,
    width: Math.min(fullTileWidth, to - (first + at) * fullTileWidth),
  }));
  const tiles = await readTiles(places);
  const hashes = tiles.flatMap((tile, at) => hashesOfTile(tile, { width: places[at]?.width ?? 0 }));
  return hashes.slice(from - first * fullTileWidth);
}
