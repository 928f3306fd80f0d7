/**
 * A transparency log: leaves in one order for ever, and short proofs of that.
 *
 * The tree is that of RFC 6962 and RFC 9162. Its root changes with every leaf; a *checkpoint* states size and root, and a
 * *note* is a text with signatures under it, so a signed checkpoint is what a log publishes. An *inclusion proof* shows
 * that a leaf is under a checkpoint, a *consistency proof* that a later checkpoint only adds to an earlier one. A *witness*
 * cosigns checkpoints that continue what it saw ({@link decideAddCheckpoint}), so that a log cannot show two
 * histories; a *policy* says how many witnesses are enough; a *proof of logging* puts checkpoint, cosignatures and inclusion
 * proof into one text for use offline. When a log gets a new key, the old one names it inside the log, and
 * {@link verifySuccession} is the only way by which others come to know it.
 *
 * Nothing here stores anything. A log keeps the hashes of its perfect subtrees, in a database table
 * ({@link subtreesCompletedBy} says which ones a new leaf adds) or in *tiles* of 256 hashes ({@link growTiles}), and answers
 * a {@link HashReader} from there ({@link hashReaderOfTiles}); roots and proofs then cost one read of some 2 · log₂ n hashes.
 *
 * The digest is a parameter, so the same leaves can stand in two trees. SHA-256 is the log's tree, the one its checkpoint
 * states; the root of the twin under SM3 is committed by a signature line of its own ({@link sm3TreeSignatureLine}) under the
 * same checkpoint, and its tiles lie under another prefix.
 */
export { encodeCheckpoint, parseCheckpoint } from "./checkpoint.ts";
export type { Checkpoint } from "./checkpoint.ts";
export { growEntryBundles, growTiles, leafHashesOf } from "./grow-tiles.ts";
export type { EntryBundleReader, EntryBundleToWrite, Growth, TileToWrite } from "./grow-tiles.ts";
export { emptyRoot, leafHash, nodeHash } from "./hashing.ts";
export { leavesProof, leavesRootOf } from "./leaves-proof.ts";
export type { LeavesClaim } from "./leaves-proof.ts";
export { judgeCheckpoint } from "./log-policy.ts";
export type {
  CheckpointJudgement,
  CheckpointProblem,
  LogPolicy,
  PolicyGroup,
  PolicyParty,
  PolicyWitness,
} from "./log-policy.ts";
export { encodeLogProof, parseLogProof, verifyLogProof } from "./log-proof.ts";
export type { LogProof, LogProofVerification } from "./log-proof.ts";
export { hashReaderOfLeaves } from "./memory-hashes.ts";
export type { NoteKeyKind } from "./note-key-kinds.ts";
export { encodeNoteKey, noteKeyOf, parseNoteKey } from "./note-key.ts";
export type { NoteKey } from "./note-key.ts";
export {
  addSignatureLines,
  cosignatureLine,
  noteSignatureLine,
  signNote,
  signSubtree,
  sm3TreeSignatureLine,
} from "./note-signing.ts";
export type { NoteSigner } from "./note-signing.ts";
export { maximumNoteCharacters, maximumNoteSignatures, parseNote, verifyNote } from "./note.ts";
export type { Note, NoteProblem, NoteSignature, NoteVerification, VerifiedNoteSignature } from "./note.ts";
export {
  encodeSuccession,
  isSameKey,
  keySuccessorStatement,
  parseKeySuccessor,
  verifySuccession,
} from "./succession.ts";
export type { KeySuccessor, SuccessionVerification } from "./succession.ts";
export { parseLogPolicy } from "./parse-log-policy.ts";
export { subtreeMessage } from "./signed-message.ts";
export type { SubtreeStatement } from "./signed-message.ts";
export { isSubtree, verifySubtreeConsistency, verifySubtreeInclusion } from "./subtree.ts";
export type { Subtree, SubtreeConsistencyClaim, SubtreeInclusionClaim } from "./subtree.ts";
export { authenticTileReader, hashReaderOfTiles } from "./tile-hashes.ts";
export type { TileHashes, TileHashesOptions, TileReader, TileReadingCost } from "./tile-hashes.ts";
export {
  encodeEntryBundle,
  entryBundlePath,
  fullTileWidth,
  hashesOfTile,
  parseEntryBundle,
  parseTilePath,
  partialTilesOf,
  tilePath,
  tileWithin,
  treeHashBytes,
} from "./tile.ts";
export type { EntryBundlePlace, TilePlace } from "./tile.ts";
export { TlogError } from "./tlog-error.ts";
export type { TlogErrorCode } from "./tlog-error.ts";
export { consistencyProof, inclusionProof, subtreesCompletedBy, treeRoot } from "./tree.ts";
export type { HashReader, SubtreeHash, SubtreePlace } from "./tree.ts";
export { consistentRootOf, inclusionRootOf, verifyConsistency, verifyInclusion } from "./verify-proof.ts";
export type { ConsistencyClaim, InclusionClaim } from "./verify-proof.ts";
export {
  encodeLogPolicy,
  signWitnessSuccession,
  verifyWitnessSuccession,
  withWitnessSuccessors,
  witnessSuccessorsOf,
} from "./witness-succession.ts";
export type { WitnessSuccessor } from "./witness-succession.ts";
export { decideAddCheckpoint, encodeAddCheckpoint, parseAddCheckpoint } from "./witness.ts";
export type { AddCheckpointRequest, WitnessDecision, WitnessedLog } from "./witness.ts";
