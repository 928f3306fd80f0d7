import { createClientAssertion, publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { Signer } from "@yinxin/crypto/signer";
import type { Fetch } from "@yinxin/service-kit/auth";
import type { Clock } from "@yinxin/service-kit/clock";
import { refuse } from "@yinxin/service-kit/problems";
import * as openid from "openid-client";
import { z } from "zod";

import type { SignedOn, SignOn } from "../operations/ports.ts";

export interface SignOnClientOptions {
  /** sso's address; what it says of itself must name the same. */
  readonly issuer: string;
  readonly clientId: string;
  /** Opens the key for one assertion; it is registered under its thumbprint (RFC 7638). */
  readonly openKey: () => Promise<Signer>;
  /** Where sso sends the browser back to; registered there as exactly this. */
  readonly callbackAddress: string;
  /** Registered too. */
  readonly afterLogoutAddress: string;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** What the desk asks for: who it is, and what the seal service wants to see. */
const scope = "openid profile seal:read seal:apply";
const timeoutSeconds = 10;

const identitySchema = z.object({
  sub: z.string().min(1),
  name: z.string().min(1),
  organization: z.object({ id: z.string(), name: z.string() }),
});

/** sso by OpenID Connect: code flow with PKCE S256, state, nonce, and `private_key_jwt` by a key that may be in a device. */
export function createSignOnClient(options: SignOnClientOptions): SignOn {
  let discovered: Promise<openid.Configuration> | undefined;
  // Asked when the first person logs in: the desk starts, and verifies for everybody, also while sso is away.
  const configuration = async (): Promise<openid.Configuration> => {
    discovered ??= discover(options);
    try {
      return await discovered;
    } catch (cause) {
      discovered = undefined;
      throw unreachable(cause);
    }
  };
  return {
    start: async () => {
      const verifier = openid.randomPKCECodeVerifier();
      const state = openid.randomState();
      const nonce = openid.randomNonce();
      const address = openid.buildAuthorizationUrl(await configuration(), {
        redirect_uri: options.callbackAddress,
        ...{ scope, state, nonce },
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
      return { address: address.href, state, nonce, verifier };
    },
    finish: async (callbackQuery, expected) =>
      finish(options, await configuration(), callbackQuery, expected),
    endAddress: async (idToken) => {
      const parameters = { id_token_hint: idToken, post_logout_redirect_uri: options.afterLogoutAddress };
      return openid.buildEndSessionUrl(await configuration(), parameters).href;
    },
  };
}

async function finish(
  options: SignOnClientOptions,
  configuration: openid.Configuration,
  callbackQuery: string,
  { state, nonce, verifier }: Parameters<SignOn["finish"]>[1],
): Promise<SignedOn> {
  const address = new URL(options.callbackAddress);
  address.search = callbackQuery;
  const askedAt = options.clock.now();
  const tokens = await exchanged(configuration, address, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const identity = identitySchema.safeParse(tokens.claims());
  if (!identity.success || tokens.id_token === undefined || tokens.expires_in === undefined) {
    throw refuse("login-not-finished", "The sign-on service left out who logged in.", {
      cause: identity.error,
    });
  }
  return {
    accessToken: tokens.access_token,
    idToken: tokens.id_token,
    personId: identity.data.sub,
    personName: identity.data.name,
    organizationName: identity.data.organization.name,
    expiresAt: new Date(askedAt.getTime() + tokens.expires_in * 1000),
  };
}

async function exchanged(
  configuration: openid.Configuration,
  address: URL,
  checks: openid.AuthorizationCodeGrantChecks,
): Promise<openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers> {
  try {
    return await openid.authorizationCodeGrant(configuration, address, checks);
  } catch (cause) {
    // A refusal by sso, or an answer that is not to this login: the person can only begin again. What else there is
    // (a socket, a time-out) means that sso did not answer.
    const isRefusal =
      cause instanceof openid.AuthorizationResponseError ||
      cause instanceof openid.ResponseBodyError ||
      (cause instanceof openid.ClientError && cause.code !== "OAUTH_TIMEOUT");
    if (isRefusal)
      throw refuse("login-not-finished", "The sign-on service did not log anybody in.", { cause });
    throw unreachable(cause);
  }
}

async function discover(options: SignOnClientOptions): Promise<openid.Configuration> {
  const isPlainHttp = options.issuer.startsWith("http:");
  return await openid.discovery(
    new URL(options.issuer),
    options.clientId,
    { id_token_signed_response_alg: "ES256" },
    clientAuthentication(options),
    {
      timeout: timeoutSeconds,
      [openid.customFetch]: (url, init) => options.fetch(url, init as RequestInit),
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to warn; on loopback there is no https
      execute: isPlainHttp ? [openid.allowInsecureRequests] : [],
    },
  );
}

/** The library would take a CryptoKey; our key is behind a Signer, so the assertion is made by us. */
function clientAuthentication({
  openKey,
  clientId,
  clock,
  randomBytes,
}: SignOnClientOptions): openid.ClientAuth {
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- typed as void, but the library awaits it
  return async (server, _client, body) => {
    const signer = await openKey();
    const assertion = await createClientAssertion({
      ...{ signer, clientId },
      keyId: publicJwkOfSpki(signer.publicKey).kid,
      audience: server.issuer,
      now: clock.now(),
      jwtId: Buffer.from(randomBytes(16)).toString("base64url"),
    });
    body.set("client_id", clientId);
    body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    body.set("client_assertion", assertion);
  };
}

function unreachable(cause: unknown): Error {
  return refuse(
    "service-unreachable",
    {
      zh: "统一身份认证没有应答，请稍后重试。",
      en: "The sign-on service did not answer; try again in a moment.",
    },
    { cause },
  );
}
