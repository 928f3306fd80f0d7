import { renameSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { fullTileWidth, tilePath, treeHashBytes } from "@yinxin/crypto/tlog";
import type { TilePlace, TileReader, TileToWrite } from "@yinxin/crypto/tlog";

/** A file that is complete and durable under another name, and becomes the checkpoint in one step. */
export interface StagedCheckpoint {
  /** Synchronous, so that it can stand between two statements of a transaction that only decides who may. */
  publish(): void;
  /** After it was published: makes the step itself durable. */
  settle(): Promise<void>;
  discard(): Promise<void>;
}

/** Where a log keeps what outlives its database: `checkpoint` and `tile/…`, as C2SP tlog-tiles lays them out. */
export interface CheckpointFolder {
  readonly readTiles: TileReader;
  /** The last published note; undefined before the first. */
  readCheckpoint(): Promise<string | undefined>;
  /** Writes tiles so that each is there whole or not at all, also after a power cut. */
  writeTiles(tiles: readonly TileToWrite[]): Promise<void>;
  stage(note: string): Promise<StagedCheckpoint>;
  /** Removes what a process left that died while it wrote. */
  removeLeftovers(now: Date): Promise<void>;
}

/** A note with a hundred cosignatures stays far below. */
const checkpointBytesMax = 1_000_000;
const tileBytesMax = fullTileWidth * treeHashBytes;

const temporary = ".unfinished";
/** Longer than any write takes: what is older belongs to nobody who lives. */
const leftoverMilliseconds = 60 * 60 * 1000;

/** Reads only; for verifying, where nothing may be made. */
export function readCheckpointFolder(folder: string): Pick<CheckpointFolder, "readTiles" | "readCheckpoint"> {
  return {
    readTiles: (places) => Promise.all(places.map((place) => readTile(folder, place))),
    readCheckpoint: () =>
      readFileOrUndefined(join(folder, "checkpoint"), checkpointBytesMax).then((bytes) => bytes?.toString()),
  };
}

/** Opens the folder of a log and makes it if it is not there, for its owner's eyes and the web server's group. */
export async function openCheckpointFolder(
  folder: string,
  randomBytes: (size: number) => Uint8Array,
): Promise<CheckpointFolder> {
  await mkdir(join(folder, temporary), { recursive: true, mode: 0o750 });
  const write = async (bytes: Uint8Array): Promise<string> => {
    const path = join(folder, temporary, Buffer.from(randomBytes(12)).toString("hex"));
    await writeDurably(path, bytes);
    return path;
  };
  return {
    ...readCheckpointFolder(folder),
    writeTiles: async (tiles) => {
      const folders = new Set<string>();
      for (const tile of tiles) {
        const path = join(folder, tilePath(tile));
        await mkdir(dirname(path), { recursive: true, mode: 0o750 });
        await rename(await write(tile.bytes), path);
        folders.add(dirname(path));
      }
      for (const path of folders) await syncFolder(path);
      for (const tile of tiles) if (tile.width === fullTileWidth) await removePartialTiles(folder, tile);
    },
    stage: async (note) => {
      const staged = await write(Buffer.from(note));
      return {
        publish: () => {
          renameSync(staged, join(folder, "checkpoint"));
        },
        settle: () => syncFolder(folder),
        discard: () => rm(staged, { force: true }),
      };
    },
    removeLeftovers: async (now) => {
      for (const name of await readdir(join(folder, temporary))) {
        const path = join(folder, temporary, name);
        const left = await stat(path).catch(() => undefined);
        if (left !== undefined && now.getTime() - left.mtimeMs > leftoverMilliseconds)
          await rm(path, { force: true });
      }
    },
  };
}

/** C2SP tlog-tiles lets a log drop partial tiles once the full one is there, which serves in their place. */
async function readTile(folder: string, place: TilePlace): Promise<Uint8Array> {
  const path = join(folder, tilePath(place));
  const bytes =
    (await readFileOrUndefined(path, tileBytesMax)) ??
    (await readFileOrUndefined(join(folder, tilePath({ ...place, width: fullTileWidth })), tileBytesMax));
  if (bytes === undefined) throw new Error(`the folder has no ${tilePath(place)}`);
  return new Uint8Array(bytes);
}

async function removePartialTiles(folder: string, tile: TilePlace): Promise<void> {
  await rm(`${join(folder, tilePath(tile))}.p`, { recursive: true, force: true });
}

/** A verifier reads folders that others had in their hands: a pipe would never end, and a vast file take all memory. */
async function readFileOrUndefined(path: string, bytesMax: number): Promise<Buffer | undefined> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > bytesMax)
      throw new Error(`${basename(path)} is no file of at most ${String(bytesMax)} bytes`);
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o640);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
