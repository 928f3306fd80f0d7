/** Digests by the names of the algorithm table. SM3 is GB/T 32905-2016, the SHA family FIPS 180-4. */
import { createHash } from "node:crypto";

import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { hexOf } from "../bytes/index.ts";

/** The digest of the parts, one after the other. */
export function digest(algorithm: DigestName, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(digestAlgorithms[algorithm].nodeName);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** The text form used on every wire of the suite: `sm3:` or `sha-256:` and lower-case hexadecimal. */
export function digestText(algorithm: DigestName, value: Uint8Array): string {
  return `${digestAlgorithms[algorithm].textPrefix}:${hexOf(value)}`;
}
