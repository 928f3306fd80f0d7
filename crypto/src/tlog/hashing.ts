import type { DigestName } from "../algorithms/index.ts";
import { concatBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";

/** The digest of the trees other people's tools read (RFC 9162 §10.2.1, RFC 6962 §2.1). */
export const defaultTreeDigest: DigestName = "SHA-256";

// In one piece, which a platform digests several times faster than three. The prefixes keep a node from being passed off as a leaf (RFC 9162 §2.1.1).
const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);

/** HASH(0x00 ‖ data), RFC 9162 §2.1.1. */
export function leafHash(data: Uint8Array, algorithm: DigestName = defaultTreeDigest): Uint8Array {
  return digest(algorithm, concatBytes(leafPrefix, data));
}

/** HASH(0x01 ‖ left ‖ right), RFC 9162 §2.1.1. */
export function nodeHash(
  left: Uint8Array,
  right: Uint8Array,
  algorithm: DigestName = defaultTreeDigest,
): Uint8Array {
  return digest(algorithm, concatBytes(nodePrefix, left, right));
}

/** The root of the tree without leaves: HASH of nothing. */
export function emptyRoot(algorithm: DigestName = defaultTreeDigest): Uint8Array {
  return digest(algorithm);
}
