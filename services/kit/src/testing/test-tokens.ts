import { randomUUID } from "node:crypto";

import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { createCompactJws, publicJwkOfSpki } from "@yinxin/crypto/tokens";
import type { PublicEcJwk } from "@yinxin/crypto/tokens";

import { createTokenAuthenticator } from "../auth/index.ts";
import type { Authenticator } from "../auth/index.ts";
import type { Clock } from "../clock/index.ts";

export interface TestTokenRequest {
  readonly subject?: string;
  readonly actor?: string;
  readonly clientId?: string;
  readonly organization?: string;
  /** Both scope and entitlements, unless either is given. */
  readonly permissions?: readonly string[];
  readonly scope?: readonly string[];
  readonly entitlements?: readonly string[];
  readonly lifetimeSeconds?: number;
  /** Header members and claims that replace what a good token has, for bad ones. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** An issuer of RFC 9068 access tokens with a key of its own, and an authenticator that believes it. */
export interface TestTokens {
  readonly issuer: string;
  readonly signer: Signer;
  readonly jwks: { readonly keys: readonly PublicEcJwk[] };
  readonly authenticator: Authenticator;
  token(request?: TestTokenRequest): Promise<string>;
  /** `Bearer …`, for the Authorization header. */
  bearer(request?: TestTokenRequest): Promise<string>;
}

/** The real checks with a fresh key: nothing is bypassed. */
export function createTestTokens(clock: Clock, issuer = "http://sso.test"): TestTokens {
  const signer = createSoftwareSigner(generateKey("ES256").pkcs8);
  const jwk = publicJwkOfSpki(signer.publicKey);
  const jwks = { keys: [jwk] };
  const token = (request: TestTokenRequest = {}): Promise<string> =>
    createCompactJws(
      signer,
      { typ: "at+jwt", kid: jwk.kid, ...request.header },
      claimsOf(request, clock, issuer),
    );
  return {
    issuer,
    signer,
    jwks,
    authenticator: createTokenAuthenticator({
      issuer,
      audience: "yinxin",
      clock,
      jwks: { keys: () => Promise.resolve({ keys: jwks.keys.map((key) => ({ ...key })) }) },
    }),
    token,
    bearer: async (request) => `Bearer ${await token(request)}`,
  };
}

function claimsOf(request: TestTokenRequest, clock: Clock, issuer: string): Record<string, unknown> {
  const {
    permissions = [],
    subject = "person_test",
    clientId = "client_test",
    lifetimeSeconds = 300,
  } = request;
  const issuedAt = Math.floor(clock.now().getTime() / 1000);
  return {
    iss: issuer,
    sub: subject,
    aud: "yinxin",
    client_id: clientId,
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    scope: (request.scope ?? permissions).join(" "),
    entitlements: request.entitlements ?? permissions,
    ...(request.actor !== undefined && { act: { sub: request.actor } }),
    ...(request.organization !== undefined && { organization: request.organization }),
    ...request.claims,
  };
}
