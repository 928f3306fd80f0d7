import { parsePublicKey } from "../algorithms/index.ts";
import type { PublicKeyInfo } from "../algorithms/index.ts";
import { DerError } from "../der/index.ts";

/** The key in a SubjectPublicKeyInfo, or undefined if it is none: nothing can be verified with it. */
export function keyOfSpki(spki: Uint8Array): PublicKeyInfo | undefined {
  try {
    return parsePublicKey(spki);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}
