import type { Configuration, KoaContextWithOIDC } from "oidc-provider";

import { lifetimes } from "../domain/lifetimes.ts";
import { identityScopes } from "./client-metadata.ts";
import { createAdapterFactory } from "./adapter.ts";
import type { ChooseKey } from "./choose-key.ts";
import { createCookieKeys } from "./cookie-keys.ts";
import { originOf } from "./origin.ts";
import { findAccount, grantEverythingAsked } from "./people.ts";
import type { SignOnDeps } from "./ports.ts";
import { AlgorithmPlaceholder } from "./token-signing-key.ts";
import { accessTokens, writeAccessToken } from "./access-tokens.ts";

/** The library's configuration: what is not needed is off, and where it leaves a choice the strict one is taken. */
export function createConfiguration(deps: SignOnDeps, chooseKey: ChooseKey): Configuration {
  return {
    adapter: createAdapterFactory(deps),
    jwks: { keys: [new AlgorithmPlaceholder()] },
    cookies: cookiesOf(deps),
    ...protocol,
    ttl: {
      Session: lifetimes.session,
      AccessToken: lifetimes.personAccessToken,
      ClientCredentials: lifetimes.systemAccessToken,
      IdToken: lifetimes.idToken,
      AuthorizationCode: lifetimes.authorizationCode,
      Interaction: lifetimes.interaction,
      Grant: lifetimes.grant,
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      clientCredentials: { enabled: true },
      externalSigningSupport: { enabled: true, ack: "experimental-01" },
      userinfo: { enabled: true },
      resourceIndicators: accessTokens(deps),
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          sendPage(
            ctx,
            deps.pages.logout(requestOf(ctx), {
              form,
              clientName: ctx.oidc.client?.clientName,
              returnOrigin: originOf(ctx.oidc.params?.["post_logout_redirect_uri"]),
            }),
          );
        },
        postLogoutSuccessSource: (ctx) => {
          sendPage(ctx, deps.pages.loggedOut(requestOf(ctx)));
        },
      },
    },
    formats: {
      customizers: { jwt: (_ctx, token, parts) => chooseKey(() => writeAccessToken(deps, token, parts)) },
    },
    findAccount: findAccount(deps, chooseKey),
    loadExistingGrant: grantEverythingAsked,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      sendPage(
        ctx,
        deps.pages.error(requestOf(ctx), { code: out.error, description: out.error_description }),
      );
    },
  };
}

const protocol = {
  responseTypes: ["code"],
  clientAuthMethods: ["private_key_jwt"],
  scopes: [...identityScopes],
  // `acr` and `amr` stand under openid so that every ID token has them, not only those that were asked to.
  claims: { openid: ["sub", "acr", "amr"], profile: ["name", "organization"] },
  acrValues: ["urn:yinxin:acr:l1"],
  // Stock clients read the name from the ID token.
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  allowOmittingSingleRegisteredRedirectUri: false,
  clientBasedCORS: () => false,
  discovery: { ui_locales_supported: ["zh-CN", "en"] },
  enabledJWA: {
    clientAuthSigningAlgValues: ["ES256"],
    idTokenSigningAlgValues: ["ES256"],
    userinfoSigningAlgValues: ["ES256"],
    introspectionSigningAlgValues: ["ES256"],
    authorizationSigningAlgValues: ["ES256"],
    requestObjectSigningAlgValues: ["ES256"],
  },
  clientDefaults: {
    id_token_signed_response_alg: "ES256",
    authorization_signed_response_alg: "ES256",
    introspection_signed_response_alg: "ES256",
    token_endpoint_auth_method: "private_key_jwt",
  },
} as const satisfies Configuration;

function cookiesOf({ cookieSecret, issuer }: SignOnDeps): NonNullable<Configuration["cookies"]> {
  // Cookies know no ports: on localhost all services share one jar, so the names say whose they are.
  const names = {
    session: "yinxin_sso_session",
    interaction: "yinxin_sso_interaction",
    resume: "yinxin_sso_resume",
  };
  const options = {
    httpOnly: true,
    sameSite: "lax",
    signed: true,
    secure: issuer.startsWith("https:"),
  } as const;
  return { names, keys: createCookieKeys(cookieSecret), long: options, short: options };
}

function requestOf(ctx: KoaContextWithOIDC): { query: unknown; acceptLanguage: string } {
  return { query: ctx.query["lang"] ?? ctx.query["ui_locales"], acceptLanguage: ctx.get("accept-language") };
}

function sendPage(
  ctx: KoaContextWithOIDC,
  page: { headers: Readonly<Record<string, string>>; html: string },
): void {
  ctx.set(page.headers);
  ctx.body = page.html;
}
