/**
 * A transparency log: leaves in one order for ever, and short proofs of that.
 *
 * The tree is that of RFC 6962 and RFC 9162. Its root changes with every leaf; a *checkpoint* states size and root, and a
 * *note* is a text with signatures under it, so a signed checkpoint is what a log publishes. An *inclusion proof* shows
 * that a leaf is under a checkpoint, a *consistency proof* that a later checkpoint only adds to an earlier one.
 *
 * Nothing here stores anything. A log keeps the hashes of its perfect subtrees ({@link subtreesCompletedBy} says which
 * ones a new leaf adds), in a database table or in tiles, and answers a {@link HashReader} from there; roots and proofs
 * then cost one read of some 2 · log₂ n hashes. The digest is a parameter, so the same leaves can stand in an SM3 tree.
 */
export { encodeCheckpoint, parseCheckpoint } from "./checkpoint.ts";
export type { Checkpoint } from "./checkpoint.ts";
export { emptyRoot, leafHash, nodeHash } from "./hashing.ts";
export { hashReaderOfLeaves } from "./memory-hashes.ts";
export { encodeNoteKey, noteKeyOf, parseNoteKey } from "./note-key.ts";
export type { NoteKey } from "./note-key.ts";
export { maximumNoteCharacters, maximumNoteSignatures, parseNote, signNote, verifyNote } from "./note.ts";
export type { Note, NoteProblem, NoteSignature, NoteVerification } from "./note.ts";
export { TlogError } from "./tlog-error.ts";
export type { TlogErrorCode } from "./tlog-error.ts";
export { consistencyProof, inclusionProof, subtreesCompletedBy, treeRoot } from "./tree.ts";
export type { HashReader, SubtreeHash, SubtreePlace } from "./tree.ts";
export { verifyConsistency, verifyInclusion } from "./verify-proof.ts";
export type { ConsistencyClaim, InclusionClaim } from "./verify-proof.ts";
