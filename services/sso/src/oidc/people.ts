import type { FindAccount, Grant, KoaContextWithOIDC } from "oidc-provider";

import { identityClaims } from "../domain/token-claims.ts";
import { suiteResource } from "./access-tokens.ts";
import { identityScopes } from "./client-metadata.ts";
import type { SignOnDeps } from "./ports.ts";
import type { ChooseKey } from "./choose-key.ts";

/** Looks a person up for the library, and chooses the key by recording its use when an ID token about them is going to be signed. */
export function findAccount(deps: SignOnDeps, chooseKey: ChooseKey): FindAccount {
  return async (ctx, id) => {
    const account = await deps.accounts.find(id);
    if (account === undefined) return undefined;
    return {
      accountId: account.id,
      claims: async (use) => {
        if (use === "id_token")
          await chooseKey(() => deps.recordIdToken(account, ctx.oidc.client?.clientId ?? "unknown"));
        return { ...identityClaims(account) };
      },
    };
  };
}

/**
 * Consent: all clients are this deployment's own, named in a manifest that its operator signed, and what they may ask for
 * stands there too. So nobody is asked; the grant is made from what was requested and may be. A client of somebody else
 * would need a page here.
 */
export async function grantEverythingAsked(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { oidc } = ctx;
  const { client, account, session } = oidc;
  if (client === undefined || account === undefined) return undefined;
  const known = session?.grantIdFor(client.clientId);
  const existing = known === undefined ? undefined : await oidc.provider.Grant.find(known);
  const grant =
    existing?.accountId === account.accountId
      ? existing
      : new oidc.provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope(identityScopes.filter((scope) => oidc.requestParamScopes.has(scope)).join(" "));
  const permissions = oidc.resourceServers?.[suiteResource]?.scopes;
  if (permissions !== undefined) {
    grant.addResourceScope(
      suiteResource,
      [...permissions].filter((name) => oidc.requestParamScopes.has(name)),
    );
  }
  await grant.save();
  return grant;
}
