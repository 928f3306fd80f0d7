import { clientAssertionSeconds } from "@yinxin/crypto/tokens";

import type { RingDeclaration } from "../key-rings/index.ts";

/** The sign-on service may be this far behind in its clock, and the assertion that long on its way. */
const skewSeconds = 60;

/** The ring of the key by which a service proves to the sign-on service who it is: `seal.client`. */
export function clientPurpose(service: string): string {
  return `${service}.client`;
}

/**
 * Its declaration. The sign-on service reads the registered keys for every request, so a key that is registered signs at
 * once; an assertion lives a minute.
 */
export function clientRing(service: string): RingDeclaration {
  return {
    purpose: clientPurpose(service),
    title: { zh: "在统一身份认证登录的密钥", en: "Key for the sign-on service" },
    algorithm: "ES256",
    cryptoPeriodDays: 365,
    propagationSeconds: 0,
    overlapSeconds: clientAssertionSeconds + skewSeconds,
    plan: "client-key",
    adopt: "client",
  };
}
