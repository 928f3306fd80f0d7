import { parsePublicKey } from "../algorithms/index.ts";
import type { PublicKeyInfo } from "../algorithms/index.ts";
import { DerError } from "../der/index.ts";
import { rememberLast } from "../platform/index.ts";

/** Keys of authorities come again with each certificate of theirs. */
const keysKept = 512;

/** The key in a SubjectPublicKeyInfo, or undefined if it is none: nothing can be verified with it. */
export const keyOfSpki: (spki: Uint8Array) => PublicKeyInfo | undefined = rememberLast(keysKept, (spki) => {
  try {
    return parsePublicKey(spki);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
});
