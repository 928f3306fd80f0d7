import { utf8Of } from "@yinxin/crypto/bytes";
import { inclusionProof, leafHash, parseCheckpoint, parseNote, verifyInclusion } from "@yinxin/crypto/tlog";

import { LogDivergedError, publishCheckpoint } from "./publish-checkpoint.ts";
import type { PublishCheckpointDeps } from "./publish-checkpoint.ts";

/** All that somebody needs to check that a leaf is in the log, besides the log's key. */
export interface LeafProof {
  readonly leaf: string;
  readonly leafIndex: number;
  readonly treeSize: number;
  /** RFC 9162 §2.1.3, the leaf's sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** C2SP signed note. */
  readonly checkpoint: string;
}

/**
 * The proof that a leaf is under the latest checkpoint, checked before it is given out.
 *
 * @throws LogDivergedError if it does not hold: the log was changed behind its checkpoint.
 */
export async function proveLeaf(deps: PublishCheckpointDeps, leafIndex: number): Promise<LeafProof> {
  const { size, note } = await publishCheckpoint(deps);
  const leaf = await deps.store.readLeaf(leafIndex);
  const hashes = await inclusionProof(deps.store.readHashes, leafIndex, size);
  const { root } = parseCheckpoint(parseNote(note).text);
  const claim = { leafHash: leafHash(utf8Of(leaf)), index: leafIndex, size, proof: hashes, root };
  if (!verifyInclusion(claim)) throw new LogDivergedError(`leaf ${String(leafIndex)} is not what was signed`);
  return { leaf, leafIndex, treeSize: size, hashes, checkpoint: note };
}
