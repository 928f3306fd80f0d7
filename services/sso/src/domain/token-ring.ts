import type { RingDeclaration } from "@yinxin/service-kit/key-rings";

import { longestTokenSeconds } from "./lifetimes.ts";

/** The ring whose active version signs every token. */
export const tokenPurpose = "sso.token";

/**
 * What clocks of clients may differ by, and what a fetch that fails once and is tried again half a minute later may cost.
 * The kit's own leeway for tokens is 5 seconds.
 */
export const tokenSkewSeconds = 60;

/** How long `/jwks` and the programs that read it may be behind. */
export interface JwksCaching {
  /** What `/jwks` says in `Cache-Control: max-age`. */
  readonly jwksMaxAgeSeconds: number;
  /** The longest that a client of this deployment keeps its copy, whatever the header says. */
  readonly clientCacheSeconds: number;
}

/**
 * The declaration of the token ring. A new key is shown for as long as any copy of `/jwks` may be old before it signs, and
 * an old one for as long as any token of it may be believed after it signed its last.
 */
export function tokenRing({ jwksMaxAgeSeconds, clientCacheSeconds }: JwksCaching): RingDeclaration {
  return {
    purpose: tokenPurpose,
    title: { zh: "令牌签名密钥", en: "Token key" },
    algorithm: "ES256",
    cryptoPeriodDays: 90,
    propagationSeconds: Math.max(jwksMaxAgeSeconds, clientCacheSeconds) + tokenSkewSeconds,
    overlapSeconds: longestTokenSeconds + tokenSkewSeconds,
    plan: "token-key",
    adopt: "token",
  };
}
