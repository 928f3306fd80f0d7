import { errors } from "oidc-provider";
import type {
  AccessToken,
  ClientCredentials,
  Configuration,
  JWTStructured,
  KoaContextWithOIDC,
} from "oidc-provider";

import { claimsOfStaff, claimsOfSystem } from "../domain/token-claims.ts";
import { identityScopes } from "./client-metadata.ts";
import type { SignOnDeps, TokenKey } from "./ports.ts";

/** The whole suite is one resource (RFC 8707); requests need not name it. */
export const suiteResource = "urn:yinxin:services";
/** What its tokens carry as `aud`. */
export const suiteAudience = "yinxin";

type ResourceIndicators = NonNullable<NonNullable<Configuration["features"]>["resourceIndicators"]>;

/**
 * A token with permissions is a JWT for the suite. A request for identity alone (openid, profile) gets an opaque token that
 * is good for `/me` and nowhere else, so that stock clients find their userinfo endpoint.
 */
export function accessTokens(deps: SignOnDeps): ResourceIndicators {
  return {
    enabled: true,
    defaultResource: (ctx, _client, oneOf) => {
      if (oneOf !== undefined) return oneOf;
      return wantsIdentityOnly(ctx) ? undefined : suiteResource;
    },
    useGrantedResource: () => true,
    getResourceServerInfo: async (ctx, resource, client) => {
      if (resource !== suiteResource) throw new errors.InvalidTarget();
      const registered = await deps.clients.find(client.clientId);
      const allowed = (registered?.scope ?? []).filter((scope) => !isIdentityScope(scope));
      refuseUnregistered(ctx, allowed);
      return {
        scope: allowed.join(" "),
        audience: suiteAudience,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "ES256" } },
      };
    },
  };
}

function wantsIdentityOnly(ctx: KoaContextWithOIDC): boolean {
  const scopes = [...ctx.oidc.requestParamScopes];
  return scopes.length > 0 && scopes.every(isIdentityScope);
}

/** The library would leave out in silence what a client may not ask for; its developer should hear of it. */
function refuseUnregistered(ctx: KoaContextWithOIDC, allowed: readonly string[]): void {
  for (const scope of ctx.oidc.requestParamScopes) {
    if (!isIdentityScope(scope) && !allowed.includes(scope)) {
      throw new errors.InvalidScope("requested scope is not registered for this client", scope);
    }
  }
}

function isIdentityScope(scope: string): boolean {
  return identityScopes.some((name) => name === scope);
}

/**
 * Writes into a JWT whom it is for and what they may do, and its use of the key into the audit trail before it is signed.
 *
 * @returns the key that signs it.
 */
export async function writeAccessToken(
  deps: SignOnDeps,
  token: AccessToken | ClientCredentials,
  { payload }: JWTStructured,
): Promise<TokenKey> {
  const clientId = token.clientId ?? "";
  const claims = await claimsOf(deps, token, clientId);
  Object.assign(payload, claims);
  return await deps.recordAccessToken({
    actor: claims.act?.sub ?? claims.sub,
    ...(claims.act && { onBehalfOf: claims.sub }),
    clientId,
    tokenId: String(payload["jti"]),
    scope: token.scope ?? "",
    expiresAt: new Date(Number(payload["exp"]) * 1000),
  });
}

async function claimsOf(
  deps: SignOnDeps,
  token: AccessToken | ClientCredentials,
  clientId: string,
): Promise<ReturnType<typeof claimsOfStaff>> {
  if ("accountId" in token) {
    const account = await deps.accounts.find(token.accountId);
    if (account === undefined) throw new errors.InvalidGrant("the person is not known any more");
    return claimsOfStaff(account);
  }
  const client = await deps.clients.find(clientId);
  if (client === undefined) throw new errors.InvalidGrant("the client is not known any more");
  return claimsOfSystem(client);
}
