import type { IncomingMessage, ServerResponse } from "node:http";

import { errors, Provider } from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";

import { passwordLevel } from "../domain/assurance.ts";
import { createChooseKey } from "./choose-key.ts";
import { createConfiguration } from "./configuration.ts";
import { replaceKeystore } from "./library-keystore.ts";
import { originOf } from "./origin.ts";
import type { SignOnDeps } from "./ports.ts";

/** A person on the way from a client to the login page and back. */
export interface Interaction {
  readonly uid: string;
  readonly prompt: "login" | "consent" | "other";
  readonly clientId: string;
  readonly clientName: string;
  /** Where the person goes back to, as an origin. */
  readonly returnOrigin: string | undefined;
  readonly uiLocales: string | undefined;
}

/** The OpenID Connect side of sso. */
export interface SignOn {
  /** Answers the protocol's own addresses. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** The interaction that this browser is in; undefined if it has none, or another one than the address says. */
  findInteraction(
    request: IncomingMessage,
    response: ServerResponse,
    uid: string,
  ): Promise<Interaction | undefined>;
  /** Says who logged in, and sends the browser on. */
  finishLogin(request: IncomingMessage, response: ServerResponse, accountId: string): Promise<void>;
  /** Agrees for the person, and sends the browser on. */
  finishConsent(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** The library with our configuration. Everything of `oidc-provider` is in this folder. */
export function createSignOn(deps: SignOnDeps): SignOn {
  // The configuration needs the requests' keys, and these the provider that the configuration makes.
  const chooseKey = createChooseKey(() => requests);
  const provider = new Provider(deps.issuer, createConfiguration(deps, chooseKey));
  const requests = replaceKeystore(provider, deps.tokenKeys);
  provider.on("server_error", (_ctx, cause) => {
    deps.reportFault(cause);
  });
  provider.use(async (ctx, next) => {
    await next();
    await showTokenKeys(deps, ctx as KoaContextWithOIDC);
    await recordEndedSession(deps, ctx as KoaContextWithOIDC);
  });
  const callback = provider.callback();
  return {
    handle: (request, response) => {
      // The library answers every error itself, so the promise never rejects.
      requests.run(() => void callback(request, response));
    },
    findInteraction: (request, response, uid) => findInteraction(provider, request, response, uid),
    finishLogin: async (request, response, accountId) => {
      const login = { accountId, acr: passwordLevel.acr, amr: [...passwordLevel.amr], remember: false };
      await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
    },
    finishConsent: async (request, response) => {
      await provider.interactionFinished(request, response, { consent: {} });
    },
  };
}

async function findInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  uid: string,
): Promise<Interaction | undefined> {
  try {
    const { uid: found, prompt, params } = await provider.interactionDetails(request, response);
    // The cookie decides, not the address; two tabs must not finish each other's login.
    if (found !== uid) return undefined;
    const clientId = textOf(params["client_id"]) ?? "";
    const client = await provider.Client.find(clientId);
    return {
      uid: found,
      prompt: prompt.name === "login" || prompt.name === "consent" ? prompt.name : "other",
      clientId,
      clientName: client?.clientName ?? clientId,
      returnOrigin: originOf(params["redirect_uri"]),
      uiLocales: textOf(params["ui_locales"]),
    };
  } catch (cause) {
    if (cause instanceof errors.SessionNotFound) return undefined;
    throw cause;
  }
}

/** Fills `/jwks` with the keys of this moment: which of them is shown is decided when they are asked for. */
async function showTokenKeys(deps: SignOnDeps, ctx: KoaContextWithOIDC): Promise<void> {
  const { oidc } = ctx as { readonly oidc?: KoaContextWithOIDC["oidc"] };
  if (oidc?.route !== "jwks" || ctx.method === "OPTIONS") return;
  try {
    const { keys, deniedKeyIds, maxAgeSeconds } = await deps.tokenKeys.document();
    ctx.set("cache-control", `public, max-age=${String(maxAgeSeconds)}`);
    // RFC 7517 §5: who does not know a further member of the document ignores it.
    ctx.body = { keys, ...(deniedKeyIds.length > 0 && { denied_kids: deniedKeyIds }) };
  } catch (cause) {
    // No document is better than an empty one, which a client would keep.
    deps.reportFault(cause);
    ctx.status = 503;
    ctx.body = { error: "temporarily_unavailable" };
  }
}

async function recordEndedSession(deps: SignOnDeps, ctx: KoaContextWithOIDC): Promise<void> {
  // Only the protocol's own addresses have this context; the destroyed session still knows whose it was.
  const session = (ctx.oidc as KoaContextWithOIDC["oidc"] | undefined)?.session as
    { readonly destroyed?: boolean; readonly accountId?: string } | undefined;
  if (session?.destroyed === true && session.accountId !== undefined)
    await deps.recordLogout(session.accountId);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
