import type { RingDeclaration } from "@yinxin/service-kit/key-rings";

import type { Purpose } from "./purpose.ts";

/** The key ring of a purpose. */
export function ringOfPurpose(name: string): string {
  return `signing.${name}`;
}

/** The purpose whose ring it is; of a ring on which a drill plays it, its own name. */
export function purposeOfRing(ring: string): string {
  return ring.replace(/^signing\./, "");
}

/**
 * What a purpose's ring is. Each signature brings its certificate along, so no verifier keeps a copy that would have to
 * grow old first, and a key that signs no more owes nothing: its certificate stays in the ring for ever.
 */
export function signingRing({ name, algorithm }: Pick<Purpose, "name" | "algorithm">): RingDeclaration {
  return {
    purpose: ringOfPurpose(name),
    title: { zh: `签名用途 ${name}`, en: `Signing for ${name}` },
    algorithm,
    cryptoPeriodDays: 2 * 365,
    propagationSeconds: 0,
    overlapSeconds: 0,
    plan: "signing-key",
  };
}
