import { p384, p521 } from "@noble/curves/nist.js";

import type { EcdsaToVerify } from "./platform.ts";

const curves = { "P-384": p384, "P-521": p521 } as const;

/** ECDSA over a ready digest, which node:crypto cannot: it digests whatever it gets. */
export function verifyEcdsaDigest(
  { curve, point, signature }: EcdsaToVerify & { readonly curve: "P-384" | "P-521" },
  digest: Uint8Array,
): boolean {
  try {
    return curves[curve].verify(signature, digest, point, { prehash: false, lowS: false });
  } catch {
    // The library throws plain errors for what is no point or no signature; either way nothing is verified.
    return false;
  }
}
