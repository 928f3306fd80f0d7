/**
 * Digests by the names of the algorithm table. SM3 is GB/T 32905-2016, the SHA family FIPS 180-4 and FIPS 202.
 *
 * {@link digest} for bytes at hand, {@link createDigest} for bytes that come in pieces.
 */
import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { hexOf } from "../bytes/index.ts";
import { platform } from "../platform/index.ts";
import type { IncrementalDigest } from "../platform/index.ts";

export type { IncrementalDigest };

/** A digest that takes its input in pieces. */
export function createDigest(algorithm: DigestName): IncrementalDigest {
  return platform.createDigest(algorithm);
}

/** The digest of the parts, one after the other. */
export function digest(algorithm: DigestName, ...parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return platform.digest(algorithm, only);
  const incremental = platform.createDigest(algorithm);
  for (const part of parts) incremental.update(part);
  return incremental.digest();
}

/** HMAC (RFC 2104) of the parts, one after the other. */
export function hmac(algorithm: DigestName, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  return platform.hmac(algorithm, key, ...parts);
}

/** The text form used on every wire of the suite: `sm3:` or `sha-256:` and lower-case hexadecimal. */
export function digestText(algorithm: DigestName, value: Uint8Array): string {
  return `${digestAlgorithms[algorithm].textPrefix}:${hexOf(value)}`;
}
