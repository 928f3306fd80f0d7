import type { Authenticator } from "./caller.ts";
import { createJwksCache } from "./jwks-cache.ts";
import type { JwksCacheOptions } from "./jwks-cache.ts";
import { createTokenAuthenticator } from "./token-authenticator.ts";
import { createTokenClient } from "./token-client.ts";
import type { TokenClient, TokenClientOptions } from "./token-client.ts";

/** The one audience of the suite's access tokens. */
const suiteAudience = "yinxin";

export interface SignOnService extends Pick<JwksCacheOptions, "clock" | "fetch"> {
  /** Its address, which is also its name in every token. */
  readonly issuer: string;
}

/** Believes the access tokens that the suite's sign-on service gives, by the keys it publishes. */
export function createSuiteAuthenticator({ issuer, clock, fetch }: SignOnService): Authenticator {
  const jwks = createJwksCache({ url: `${issuer}/jwks`, fetch, clock });
  return createTokenAuthenticator({ issuer, audience: suiteAudience, jwks, clock });
}

/** A program of the suite as a client of the sign-on service, registered there with the thumbprint of its key. */
export function createSuiteTokens(
  options: SignOnService & Pick<TokenClientOptions, "clientId" | "signer" | "scope" | "randomBytes">,
): TokenClient {
  const { issuer } = options;
  return createTokenClient({
    ...options,
    tokenEndpoint: `${issuer}/token`,
    audience: issuer,
  });
}
