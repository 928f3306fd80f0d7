import type { AllClientMetadata } from "oidc-provider";

import type { RegisteredClient } from "../domain/account.ts";

/** The scopes of OpenID Connect itself; all others are permissions. */
export const identityScopes = ["openid", "profile"] as const;

/** One of our clients as the library reads it: always `private_key_jwt` with ES256, only the code flow, exact addresses. */
export function clientMetadata(client: RegisteredClient): AllClientMetadata {
  const isLogin = client.grantTypes.includes("authorization_code");
  const identity = identityScopes.filter((scope) => client.scope.includes(scope));
  return {
    client_id: client.id,
    client_name: client.name,
    jwks: { keys: [...client.keys] },
    grant_types: client.grantTypes,
    response_types: isLogin ? ["code"] : [],
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    ...(identity.length > 0 && { scope: identity.join(" ") }),
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    id_token_signed_response_alg: "ES256",
  };
}
