import type { DigestName } from "../algorithms/index.ts";
import { concatBytes } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";

/** What a signature is over. Digests are made when asked for, each once. */
export interface SignedContent {
  digest(algorithm: DigestName): Uint8Array;
  bytes(): Uint8Array;
  readonly lengthBytes: number;
}

/** Content that lies in parts, one after the other: a file, or the two byte ranges of a PDF. */
export function signedContent(...parts: readonly Uint8Array[]): SignedContent {
  const digests = new Map<DigestName, Uint8Array>();
  let whole = parts.length === 1 ? parts[0] : undefined;
  return {
    lengthBytes: parts.reduce((sum, { length }) => sum + length, 0),
    digest: (algorithm) => {
      const value = digests.get(algorithm) ?? digest(algorithm, ...parts);
      digests.set(algorithm, value);
      return value;
    },
    bytes: () => (whole ??= concatBytes(...parts)),
  };
}
