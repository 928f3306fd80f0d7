import type { PublicEcJwk } from "@yinxin/crypto/tokens";
import type { Clock } from "@yinxin/service-kit/clock";
import type { KeyRings } from "@yinxin/service-kit/key-rings";

import { knownTokenKeys, tokenKeyDocument } from "../domain/token-key-document.ts";
import type { TokenKeyDocument } from "../domain/token-key-document.ts";
import { tokenPurpose } from "../domain/token-ring.ts";

export interface PublishedTokenKeysDeps {
  readonly rings: Pick<KeyRings, "served" | "versions">;
  readonly clock: Clock;
  /** What `/jwks` says in `Cache-Control` while no key is compromised. */
  readonly jwksMaxAgeSeconds: number;
}

/** The public token keys. Nothing is kept between two calls: which key is shown is decided when it is asked for. */
export interface PublishedTokenKeys {
  document(): Promise<TokenKeyDocument>;
  known(): Promise<readonly PublicEcJwk[]>;
}

/**
 * What of the token ring the world may see.
 *
 * @param purpose the token ring's, or that of the ring on which a drill plays it.
 */
export function createPublishedTokenKeys(
  { rings, clock, jwksMaxAgeSeconds }: PublishedTokenKeysDeps,
  purpose = tokenPurpose,
): PublishedTokenKeys {
  return {
    document: async () => {
      const served = await rings.served(purpose, clock.now());
      // Read after the served ones: a key that is denied between the two is left out.
      return tokenKeyDocument(served, await rings.versions(purpose), jwksMaxAgeSeconds);
    },
    known: async () => knownTokenKeys(await rings.versions(purpose)),
  };
}
