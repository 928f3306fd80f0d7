import { ml_dsa44, ml_dsa65, ml_dsa87 } from "@noble/post-quantum/ml-dsa.js";

import type { MlDsaParameterSet } from "../algorithms/index.ts";
import type { MlDsaToVerify } from "./platform.ts";

const sets = { "ML-DSA-44": ml_dsa44, "ML-DSA-65": ml_dsa65, "ML-DSA-87": ml_dsa87 } as const;

/** ML-DSA (FIPS 204 §5.3), pure. Keys, signatures and contexts of a wrong form are wrong. */
export function verifyMlDsa({
  parameterSet,
  publicKey,
  message,
  signature,
  context,
}: MlDsaToVerify): boolean {
  try {
    return sets[parameterSet].verify(signature, message, publicKey, { context });
  } catch {
    // The library throws plain errors for keys, signatures and contexts of a wrong length.
    return false;
  }
}

/** The key pair that grows from 32 octets of seed (FIPS 204 §6.1). */
export function mlDsaKeyPair(
  parameterSet: MlDsaParameterSet,
  seed: Uint8Array,
): { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array } {
  return sets[parameterSet].keygen(seed);
}

/** @param random 32 octets: the hedged variant (FIPS 204 §5.2). */
export function signMlDsa(
  parameterSet: MlDsaParameterSet,
  secretKey: Uint8Array,
  message: Uint8Array,
  random: Uint8Array,
): Uint8Array {
  return sets[parameterSet].sign(message, secretKey, { extraEntropy: random });
}
