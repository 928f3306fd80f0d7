import { base64Of, concatBytes, utf8Of } from "../bytes/index.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import type { NoteKey } from "./note-key.ts";
import type { Subtree } from "./subtree.ts";
import { treeHashBytes } from "./tile.ts";
import { TlogError } from "./tlog-error.ts";

/** What stands behind the key id in a signature line, taken apart. */
export interface SignatureParts {
  /** When a witness saw the checkpoint, in seconds since 1970. Cosignatures only. */
  readonly timestamp?: number;
  /** The root of the same leaves under SM3. Signatures of kind `sm3-tree` only. */
  readonly sm3Root?: Uint8Array;
  /** The signature proper, in the form that the kind prescribes. */
  readonly value: Uint8Array;
}

const timestampBytes = 8;

/** Takes the bytes behind the key id apart; undefined if they are too short or the time cannot be one. */
export function splitSignature(kind: NoteKey["kind"], bytes: Uint8Array): SignatureParts | undefined {
  if (kind === "ed25519" || kind === "sm2") return { value: bytes };
  if (kind === "sm3-tree") {
    if (bytes.length <= treeHashBytes) return undefined;
    return { sm3Root: bytes.subarray(0, treeHashBytes), value: bytes.subarray(treeHashBytes) };
  }
  if (bytes.length <= timestampBytes) return undefined;
  const timestamp = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  // C2SP allows up to 2^63 - 1; a number holds the next 285 million years.
  if (timestamp > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return { timestamp: Number(timestamp), value: bytes.subarray(timestampBytes) };
}

/** The inverse of {@link splitSignature}. */
export function joinSignature({ timestamp, sm3Root, value }: SignatureParts): Uint8Array {
  const time = timestamp === undefined ? new Uint8Array() : uint64Of(timestamp);
  return concatBytes(time, sm3Root ?? new Uint8Array(), value);
}

/**
 * What a key of this kind signs for a note with this text.
 *
 * @throws TlogError `checkpoint-malformed` if the kind signs checkpoints and the text is none.
 */
export function signedMessage(
  { kind, name }: Pick<NoteKey, "kind" | "name">,
  text: string,
  { timestamp = 0, sm3Root = new Uint8Array() }: Omit<SignatureParts, "value">,
): Uint8Array {
  if (kind === "ed25519" || kind === "sm2") return utf8Of(text);
  const { origin, size, root } = parseCheckpoint(text);
  if (kind === "cosignature-ml-dsa-44") {
    return subtreeMessage({ name, timestamp, origin, start: 0, end: size, hash: root });
  }
  if (kind === "cosignature-ed25519") return utf8Of(`cosignature/v1\ntime ${String(timestamp)}\n${text}`);
  return utf8Of(`sm3-tree/v1\n${base64Of(sm3Root)}\n${text}`);
}

/** What an ML-DSA-44 cosigner says about a subtree of a log. */
export interface SubtreeStatement extends Subtree {
  /** Of the cosigner. */
  readonly name: string;
  /** Seconds since 1970; 0 says nothing about the time, and is the only one allowed unless `start` is 0. */
  readonly timestamp: number;
  /** Of the log. */
  readonly origin: string;
  readonly hash: Uint8Array;
}

const subtreeLabel = utf8Of("subtree/v1\n\0");

/**
 * The structure `cosigned_message` of C2SP tlog-cosignature, "ML-DSA-44 signed message".
 *
 * @throws TlogError `checkpoint-malformed` if a name does not fit in 255 bytes, the hash has not 32, or the subtree does
 *   not begin at 0 and yet has a time.
 */
export function subtreeMessage({ name, timestamp, origin, start, end, hash }: SubtreeStatement): Uint8Array {
  if (hash.length !== treeHashBytes) throw new TlogError("checkpoint-malformed", "the hash has not 32 bytes");
  if (start !== 0 && timestamp !== 0) {
    throw new TlogError("checkpoint-malformed", "a subtree that does not begin at 0 has no time");
  }
  return concatBytes(
    subtreeLabel,
    shortText(name),
    uint64Of(timestamp),
    shortText(origin),
    uint64Of(start),
    uint64Of(end),
    hash,
  );
}

function shortText(text: string): Uint8Array {
  const bytes = utf8Of(text);
  if (bytes.length === 0 || bytes.length > 0xff) {
    throw new TlogError("checkpoint-malformed", "a name has 1 to 255 bytes");
  }
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}

function uint64Of(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
