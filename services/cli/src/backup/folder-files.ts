import { open, readdir } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, join } from "node:path";

import { backupFailure } from "./backup-failure.ts";

/** A file of a folder; its path inside it begins without a stroke. */
export interface FolderFile {
  readonly path: string;
  readonly inside: string;
}

/**
 * Files of a folder that somebody works in, without what begins with a dot: that is being written. The checkpoint goes first: tiles may be
 * ahead of it, never behind.
 *
 * @throws CommandFailure `source-missing` for a link or a device, which a backup would lose unseen.
 */
export async function filesOf(folder: string): Promise<readonly FolderFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const kept = entries
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .map(({ entry, path }) => ({ entry, path, inside: path.slice(join(folder).length).replace(/^\/+/, "") }))
    .filter(({ inside }) => !inside.split("/").some((segment) => segment.startsWith(".")));
  const odd = kept.find(({ entry }) => !entry.isFile() && !entry.isDirectory());
  if (odd !== undefined)
    throw backupFailure("source-missing", {
      zh: `${odd.path} 不是普通文件（符号链接不会备份）`,
      en: `${odd.path} is no regular file: what a link points to is not backed up`,
    });
  return kept
    .filter(({ entry }) => entry.isFile())
    .map(({ path, inside }) => ({ path, inside }))
    .sort(
      (left, right) =>
        Number(basename(right.path) === "checkpoint") - Number(basename(left.path) === "checkpoint") ||
        (left.path < right.path ? -1 : 1),
    );
}

/** C2SP tlog-tiles: `tile/0/001.p/17` gives way to `tile/0/001` once that is full. */
const partialTile = /\.p\/\d+$/;

/** Opens a file that was listed a moment ago, or the full tile that has come in the place of a partial one. */
export async function openListed({
  path,
  inside,
}: FolderFile): Promise<{ readonly handle: FileHandle; readonly inside: string }> {
  try {
    return { handle: await open(path), inside };
  } catch (cause) {
    const isGone = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (!isGone || !partialTile.test(inside)) throw cause;
    return { handle: await open(path.replace(partialTile, "")), inside: inside.replace(partialTile, "") };
  }
}
