import { TokenError, verifyAccessToken } from "@yinxin/crypto/tokens";
import type { AccessToken } from "@yinxin/crypto/tokens";

import type { Clock } from "../clock/index.ts";
import { refuse } from "../problems/index.ts";
import type { Refusal } from "../problems/index.ts";
import { FetchFailure } from "./bounded-fetch.ts";
import type { Authenticator, Caller } from "./caller.ts";
import type { JwksCache } from "./jwks-cache.ts";

export interface TokenAuthenticatorOptions {
  readonly issuer: string;
  /** `yinxin`: one audience for the whole suite. */
  readonly audience: string;
  readonly jwks: JwksCache;
  readonly clock: Clock;
}

/**
 * Believes RFC 9068 access tokens of one issuer, sent as `Authorization: Bearer` (RFC 6750 §2.1) and in no other way.
 */
export function createTokenAuthenticator(options: TokenAuthenticatorOptions): Authenticator {
  return {
    authenticate: async (authorization) => {
      const token = bearerOf(authorization);
      try {
        return callerOf(await checkedToken(options, token));
      } catch (cause) {
        if (cause instanceof TokenError) throw unauthenticated(cause);
        if (cause instanceof FetchFailure) throw signOnUnreachable(cause);
        throw cause;
      }
    },
  };
}

async function checkedToken(options: TokenAuthenticatorOptions, token: string): Promise<AccessToken> {
  const { issuer, audience, jwks, clock } = options;
  const checks = { issuer, audience, now: clock.now() };
  try {
    return await verifyAccessToken(token, { ...checks, jwks: await jwks.keys() });
  } catch (cause) {
    if (!(cause instanceof TokenError && cause.code === "token-key-unknown")) throw cause;
    // The issuer may have begun to use a key since our keys were fetched.
    return await verifyAccessToken(token, { ...checks, jwks: await jwks.keys(true) });
  }
}

function bearerOf(authorization: string | undefined): string {
  const token = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization ?? "")?.[1];
  if (token !== undefined) return token;
  throw refuse("unauthenticated", {
    zh: "请求没有携带 Bearer 访问令牌。",
    en: "The request carries no Bearer access token.",
  });
}

function callerOf(token: AccessToken): Caller {
  const entitlements = new Set(token.entitlements);
  return {
    subject: token.subject,
    ...(token.actor !== undefined && { actor: token.actor }),
    clientId: token.clientId,
    permissions: new Set(token.scope.filter((permission) => entitlements.has(permission))),
    ...(token.organization !== undefined && { organization: token.organization }),
  };
}

function unauthenticated(cause: TokenError): Refusal {
  const detail =
    cause.code === "token-expired"
      ? { zh: "访问令牌已过期。", en: "The access token has expired." }
      : { zh: `访问令牌无效（${cause.code}）。`, en: `The access token is not valid (${cause.code}).` };
  return refuse("unauthenticated", detail, { cause });
}

function signOnUnreachable(cause: FetchFailure): Refusal {
  return refuse(
    "service-unreachable",
    {
      zh: "暂时无法取得统一身份认证的公钥，不能核对访问令牌。",
      en: "The keys of the sign-on service cannot be had, so the access token cannot be checked.",
    },
    { cause },
  );
}
