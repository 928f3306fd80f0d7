import { authenticTileReader, growTiles } from "@yinxin/crypto/tlog";

import type { CheckpointFolder } from "./checkpoint-folder.ts";
import { readTileHashes } from "./known-checkpoint.ts";
import type { TreeHead } from "./known-checkpoint.ts";

/**
 * The hash of every event under a checkpoint, from the folder's tiles, each shown to lead to the checkpoint's root.
 *
 * @throws TlogError or a file error if the tiles are not all there and authentic.
 */
export async function readReferenceHashes(
  folder: Pick<CheckpointFolder, "readTiles">,
  checkpoint: TreeHead,
): Promise<readonly Uint8Array[]> {
  const readTiles = authenticTileReader(folder.readTiles, checkpoint);
  return await readTileHashes({ readTiles }, 0, checkpoint.size);
}

/** The root over the first `size` of these hashes. */
export async function rootOfHashes(hashes: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  return (await growTiles(() => Promise.resolve([]), 0, hashes.slice(0, size))).root;
}
