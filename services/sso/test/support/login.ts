import { randomUUID } from "node:crypto";

import { createClientAssertion, publicJwkOfSpki } from "@yinxin/crypto/tokens";
import { createTestBrowser, formAction, hiddenField } from "@yinxin/service-kit/page-testing";
import type { BrowserPage, TestBrowser } from "@yinxin/service-kit/page-testing";
import * as openid from "openid-client";

import { person } from "./sso-for-tests.ts";
import type { RunningSso } from "./sso-for-tests.ts";

/** The desk as a stock OpenID Connect client that signs its assertions with our Signer. */
export async function discoverDesk(sso: RunningSso): Promise<openid.Configuration> {
  const signer = sso.clients.desk;
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- typed as void, but the library awaits it
  const authenticate: openid.ClientAuth = async (server, client, body) => {
    body.set("client_id", client.client_id);
    body.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    body.set(
      "client_assertion",
      await createClientAssertion({
        signer,
        keyId: publicJwkOfSpki(signer.publicKey).kid,
        clientId: client.client_id,
        audience: server.issuer,
        now: new Date(),
        jwtId: randomUUID(),
      }),
    );
  };
  return await openid.discovery(
    new URL(sso.url),
    "desk",
    { id_token_signed_response_alg: "ES256" },
    authenticate,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the library marks it so to warn; loopback has no https
    { execute: [openid.allowInsecureRequests] },
  );
}

export interface StartedLogin {
  readonly browser: TestBrowser;
  readonly page: BrowserPage;
  readonly verifier: string;
  readonly state: string;
}

/** Opens the login page as a browser that the desk has sent. */
export async function startLogin(
  sso: RunningSso,
  configuration: openid.Configuration,
  {
    scope = "openid profile seal:read seal:apply",
    browser = browserFor(sso),
    ...more
  }: {
    readonly scope?: string;
    readonly browser?: TestBrowser;
    readonly [parameter: string]: string | TestBrowser | undefined;
  } = {},
): Promise<StartedLogin> {
  const verifier = openid.randomPKCECodeVerifier();
  const state = openid.randomState();
  const address = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: sso.callback,
    scope,
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(more as Record<string, string>),
  });
  return { browser, page: await browser.open(address.href), verifier, state };
}

export function browserFor(sso: RunningSso): TestBrowser {
  return createTestBrowser([new URL(sso.url).host]);
}

/** Fills the login page in. */
export function submitLogin(
  { browser, page }: Pick<StartedLogin, "browser" | "page">,
  typed: { readonly username?: string; readonly password?: string } = {},
): Promise<BrowserPage> {
  return browser.send(formAction(page), {
    form_token: hiddenField(page.html, "form_token"),
    username: typed.username ?? person.username,
    password: typed.password ?? person.password,
  });
}

/** The address at the client where the browser was sent back to. */
export function returnAddress(page: BrowserPage): URL {
  return new URL(page.headers.get("location") ?? "about:blank");
}
