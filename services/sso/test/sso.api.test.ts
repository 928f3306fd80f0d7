import { headerOf, payloadOf } from "./support/jwt.ts";
import { createJwksCache, createTokenAuthenticator } from "@yinxin/service-kit/auth";
import { systemClock } from "@yinxin/service-kit/clock";
import { formAction, hiddenField } from "@yinxin/service-kit/page-testing";
import * as openid from "openid-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { browserFor, discoverDesk, returnAddress, startLogin, submitLogin } from "./support/login.ts";
import type { StartedLogin } from "./support/login.ts";
import { newKey, organization, person, requestToken, startSso } from "./support/sso-for-tests.ts";
import type { RunningSso } from "./support/sso-for-tests.ts";

let sso: RunningSso;
let desk: openid.Configuration;

beforeAll(async () => {
  sso = await startSso();
  desk = await discoverDesk(sso);
});

afterAll(async () => {
  await sso.close();
});

async function exchange(
  login: StartedLogin,
  at: URL,
): Promise<openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers> {
  return await openid.authorizationCodeGrant(desk, at, {
    pkceCodeVerifier: login.verifier,
    expectedState: login.state,
  });
}

describe("a person who logs in", () => {
  it("comes back with a code that a stock client turns into an ID token with name, unit and level", async () => {
    const login = await startLogin(sso, desk);
    expect(login.page.status).toBe(200);
    expect(login.page.html).toContain("印信工作台");
    const back = returnAddress(await submitLogin(login));
    expect(back.href.startsWith(`${sso.callback}?`)).toBe(true);
    // RFC 9207: the answer names its issuer.
    expect(back.searchParams.get("iss")).toBe(sso.url);

    const tokens = await exchange(login, back);
    expect(tokens.claims()).toMatchObject({
      iss: sso.url,
      sub: person.id,
      aud: "desk",
      name: "张敏",
      organization: { id: organization.id, name: organization.name },
      acr: "urn:yinxin:acr:l1",
      amr: ["pwd"],
    });
    expect(headerOf(tokens.id_token ?? "")).toMatchObject({ alg: "ES256" });
  });

  it("gets an access token for the unit that names the person, believed by the kit's authenticator", async () => {
    const login = await startLogin(sso, desk, { scope: "openid profile seal:read license:read" });
    const tokens = await exchange(login, returnAddress(await submitLogin(login)));
    expect(headerOf(tokens.access_token)).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    expect(payloadOf(tokens.access_token)).toMatchObject({
      aud: "yinxin",
      sub: organization.id,
      act: { sub: person.id },
      client_id: "desk",
      scope: "seal:read license:read",
      entitlements: ["seal:read", "seal:apply", "audit:read"],
    });

    const jwks = createJwksCache({ url: `${sso.url}/jwks`, fetch, clock: systemClock });
    const authenticator = createTokenAuthenticator({
      issuer: sso.url,
      audience: "yinxin",
      jwks,
      clock: systemClock,
    });
    await expect(authenticator.authenticate(`Bearer ${tokens.access_token}`)).resolves.toEqual({
      subject: organization.id,
      actor: person.id,
      organization: organization.id,
      clientId: "desk",
      // The scope has license:read, the person has not; the person has seal:apply, the scope has not.
      permissions: new Set(["seal:read"]),
    });
  });

  it("is not asked again within the session, and is asked again with prompt=login", async () => {
    const first = await startLogin(sso, desk);
    await submitLogin(first);
    const second = await startLogin(sso, desk, { browser: first.browser });
    expect(returnAddress(second.page).searchParams.get("code")).toMatch(/.+/);
    const third = await startLogin(sso, desk, { browser: first.browser, prompt: "login" });
    expect(third.page.html).toContain('name="password"');
  });

  it("who is asked for consent explicitly by one of our own clients is not bothered", async () => {
    const login = await startLogin(sso, desk, { prompt: "consent" });
    expect(returnAddress(await submitLogin(login)).searchParams.get("code")).toMatch(/.+/);
  });

  it("finds the userinfo endpoint when only identity was asked for", async () => {
    const login = await startLogin(sso, desk, { scope: "openid profile" });
    const tokens = await exchange(login, returnAddress(await submitLogin(login)));
    const info = await openid.fetchUserInfo(desk, tokens.access_token, person.id);
    expect(info).toMatchObject({ sub: person.id, name: "张敏" });
  });

  it("sees the page in the language of the address, of the client's ui_locales, or of the browser", async () => {
    const login = await startLogin(sso, desk, { ui_locales: "en" });
    expect(login.page.html).toContain('<html lang="en">');
    const chinese = await login.browser.open(`${login.page.url}?lang=zh`);
    expect(chinese.html).toContain('<html lang="zh-CN">');
    expect(chinese.html).toContain("沙箱 / SANDBOX");
  });
});

describe("a wrong login", () => {
  const masked = (html: string): string => html.replaceAll(/interaction\/[\w-]+|value="[^"]*"/g, "…");

  it("looks the same for an unknown name, a wrong password and an overlong one", async () => {
    const answers = [];
    for (const typed of [{ username: "lisi" }, { password: "wrong" }, { password: "x".repeat(257) }]) {
      answers.push(await submitLogin(await startLogin(sso, desk), typed));
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    expect(new Set(answers.map(({ html }) => masked(html))).size).toBe(1);
    expect(answers[0]?.html).toContain('role="alert"');
  });

  it("keeps the name and never the password in the form", async () => {
    const { html } = await submitLogin(await startLogin(sso, desk), { password: "geheim-123" });
    expect(html).toContain(`value="${person.username}"`);
    expect(html).not.toContain("geheim-123");
  });

  it("says which field is empty", async () => {
    const { status, html } = await submitLogin(await startLogin(sso, desk), { username: " ", password: "" });
    expect(status).toBe(400);
    expect(html).toContain('href="#username"');
    expect(html).toContain('href="#password"');
  });
});

describe("guessing", () => {
  // The waits are of seconds: on a busy machine one would be over before the next try. The machine's clock stands still.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("is slowed down for one account even with the right password in the end, and forgotten after the wait", async () => {
    const guesser = await startSso();
    try {
      const client = await discoverDesk(guesser);
      const login = await startLogin(guesser, client);
      for (let attempt = 0; attempt < 6; attempt += 1) await submitLogin(login, { password: "wrong" });
      const blocked = await submitLogin(login);
      expect(blocked.status).toBe(400);
      expect(blocked.html).toContain("用户名或密码不正确");
      guesser.clock.advance(3);
      expect(returnAddress(await submitLogin(login)).searchParams.get("code")).toMatch(/.+/);
    } finally {
      await guesser.close();
    }
  });

  it("cannot keep the owner out of a browser that the owner has logged in with before", async () => {
    const guessed = await startSso();
    try {
      const client = await discoverDesk(guessed);
      const before = await startLogin(guessed, client);
      await submitLogin(before);
      const guesser = await startLogin(guessed, client);
      for (let attempt = 0; attempt < 6; attempt += 1) await submitLogin(guesser, { password: "wrong" });
      const stranger = await startLogin(guessed, client);
      expect((await submitLogin(stranger)).status).toBe(400);
      const owner = await startLogin(guessed, client, { browser: before.browser, prompt: "login" });
      expect(returnAddress(await submitLogin(owner)).searchParams.get("code")).toMatch(/.+/);
      for (let attempt = 0; attempt < 6; attempt += 1) {
        const again = await startLogin(guessed, client, { browser: before.browser, prompt: "login" });
        await submitLogin(again, { password: "wrong" });
      }
      const slowed = await startLogin(guessed, client, { browser: before.browser, prompt: "login" });
      expect((await submitLogin(slowed)).status).toBe(400);
    } finally {
      await guessed.close();
    }
  });

  it("is let in however many others log in from the same address at the same moment", async () => {
    const office = await startSso();
    try {
      const client = await discoverDesk(office);
      const logins = await Promise.all(Array.from({ length: 12 }, () => startLogin(office, client)));
      await Promise.all(
        logins.map((login, index) => submitLogin(login, { username: `nobody${String(index)}` })),
      );
      const reasons = await failureReasons(office);
      expect(reasons).toEqual(Array.from({ length: 12 }, () => "unknown-user"));
    } finally {
      await office.close();
    }
  });

  it("at many moments at once counts every try", async () => {
    const guesser = await startSso();
    try {
      const login = await startLogin(guesser, await discoverDesk(guesser));
      await Promise.all(Array.from({ length: 12 }, () => submitLogin(login, { password: "wrong" })));
      const reasons = await failureReasons(guesser);
      expect(reasons).toHaveLength(12);
      expect(reasons.filter((reason) => reason === "wrong-password").length).toBeLessThanOrEqual(6);
    } finally {
      await guesser.close();
    }
  });
});

async function failureReasons({ database }: RunningSso): Promise<string[]> {
  const events = await database
    .selectFrom("audit_events" as never)
    .select("detail" as never)
    .where("action" as never, "=", "login.failed" as never)
    .execute();
  return events.map(
    (event) => (JSON.parse((event as { detail: string }).detail) as { reason: string }).reason,
  );
}

describe("a request that cannot be read", () => {
  it.each<[string, string, RequestInit, number]>([
    ["a percent sign that encodes nothing", "/interaction/%zz", {}, 400],
    ["an address that begins with two slashes", "//", {}, 200],
    [
      "a form in another character set",
      "/interaction/a/login",
      formOf("application/x-www-form-urlencoded; charset=koi8-r"),
      415,
    ],
    ["a compressed form", "/interaction/a/login", formOf("application/x-www-form-urlencoded", "gzip"), 415],
  ])("is not our fault: %s", async (_name, path, init, status) => {
    const answer = await fetch(`${sso.url}${path}`, init);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  });

  function formOf(contentType: string, contentEncoding = "identity"): RequestInit {
    const headers = { "content-type": contentType, "content-encoding": contentEncoding };
    return { method: "POST", headers, body: "a=b" };
  }
});

describe("the login form", () => {
  it("is refused without the token of its interaction, with another's, and from another origin", async () => {
    const login = await startLogin(sso, desk);
    const other = await startLogin(sso, desk);
    const action = formAction(login.page);
    const fields = { username: person.username, password: person.password };
    const token = hiddenField(login.page.html, "form_token");
    const stolen = hiddenField(other.page.html, "form_token");
    const answers = [
      await login.browser.send(action, { ...fields, form_token: "" }),
      await login.browser.send(action, { ...fields, form_token: stolen }),
      await login.browser.send(action, { ...fields, form_token: token }, { origin: "http://evil.example" }),
      await other.browser.send(action, { ...fields, form_token: token }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect(answer.html).toContain("登录页面已失效");
    }
  });

  it("is refused with a field twice, and when it is too large", async () => {
    const login = await startLogin(sso, desk);
    const fields: [string, string][] = [
      ["form_token", hiddenField(login.page.html, "form_token")],
      ["username", person.username],
      ["password", person.password],
      ["password", "second"],
    ];
    expect((await login.browser.send(formAction(login.page), fields)).status).toBe(400);
    const large = await login.browser.send(formAction(login.page), { username: "x".repeat(9000) });
    expect(large.status).toBe(413);
  });

  it("of an interaction that is over says so", async () => {
    const login = await startLogin(sso, desk);
    await submitLogin(login);
    const again = await login.browser.open(login.page.url);
    expect(again.status).toBe(400);
    expect(again.html).toContain("登录页面已失效");
  });
});

describe("the authorization endpoint", () => {
  const address = (parameters: Record<string, string>): string =>
    `${sso.url}/auth?${new URLSearchParams({
      client_id: "desk",
      response_type: "code",
      redirect_uri: sso.callback,
      scope: "openid seal:read",
      state: "s",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      ...parameters,
    }).toString()}`;

  it.each([
    ["with a slash more", (callback: string) => `${callback}/`],
    ["on another port", (callback: string) => callback.replace("7600", "7609")],
    ["with a query", (callback: string) => `${callback}?next=evil`],
    ["in other case", (callback: string) => callback.replace("login", "Login")],
    ["with a user part", (callback: string) => callback.replace("//", "//localhost:7600@evil.example/")],
    ["by number", (callback: string) => callback.replace("localhost", "127.0.0.1")],
  ])("shows an error and sends nobody away for a redirect address %s", async (_what, changed) => {
    const page = await browserFor(sso).open(address({ redirect_uri: changed(sso.callback) }));
    expect(page.status).toBe(400);
    expect(page.headers.get("location")).toBeNull();
    expect(page.html).toContain("<code>invalid_redirect_uri</code>");
  });

  it("wants PKCE with S256", async () => {
    for (const parameters of [
      { code_challenge_method: "plain" },
      { code_challenge: "", code_challenge_method: "" },
    ]) {
      const page = await browserFor(sso).open(address(parameters));
      expect(returnAddress(page).searchParams.get("error")).toBe("invalid_request");
    }
  });

  it("refuses a parameter that comes twice", async () => {
    const page = await browserFor(sso).open(`${address({})}&scope=openid`);
    expect(returnAddress(page).searchParams.get("error")).toBe("invalid_request");
  });

  it("refuses an unknown client, another response type, and a scope that the client is not registered for", async () => {
    const unknown = await browserFor(sso).open(address({ client_id: "nobody" }));
    expect(unknown.html).toContain("<code>invalid_client</code>");
    const implicit = await browserFor(sso).open(address({ response_type: "id_token" }));
    expect(implicit.html + (implicit.headers.get("location") ?? "")).toContain("unsupported_response_type");
    const scope = await browserFor(sso).open(address({ scope: "openid key:create" }));
    expect(returnAddress(scope).searchParams.get("error")).toBe("invalid_scope");
  });

  it("escapes what it shows", async () => {
    const page = await browserFor(sso).open(address({ client_id: "<script>alert(1)</script>" }));
    expect(page.html).not.toContain("<script");
  });
});

describe("an authorization code", () => {
  it("works once; used again it is refused, and what it gave before is withdrawn", async () => {
    const login = await startLogin(sso, desk, { scope: "openid profile" });
    const back = returnAddress(await submitLogin(login));
    const tokens = await exchange(login, back);
    await expect(exchange(login, back)).rejects.toMatchObject({ error: "invalid_grant" });
    const info = await fetch(`${sso.url}/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(info.status).toBe(401);
  });

  it("is given to one of many requests at the same moment", async () => {
    const login = await startLogin(sso, desk);
    const back = returnAddress(await submitLogin(login));
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => exchange(login, back)));
    expect(results.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(1);
  });

  it("is worth nothing without the verifier of its challenge", async () => {
    const login = await startLogin(sso, desk);
    const back = returnAddress(await submitLogin(login));
    const stolen = { ...login, verifier: openid.randomPKCECodeVerifier() };
    await expect(exchange(stolen, back)).rejects.toMatchObject({ error: "invalid_grant" });
  });
});

describe("a system that asks for a token", () => {
  const grant = { grant_type: "client_credentials", scope: "certificate:issue seal:make" };

  it("gets one that the kit's authenticator believes, with no more than it is entitled to", async () => {
    const { status, body } = await requestToken(sso, { id: "seal", signer: sso.clients.seal }, grant);
    expect(status).toBe(200);
    const jwks = createJwksCache({ url: `${sso.url}/jwks`, fetch, clock: systemClock });
    const authenticator = createTokenAuthenticator({
      issuer: sso.url,
      audience: "yinxin",
      jwks,
      clock: systemClock,
    });
    await expect(authenticator.authenticate(`Bearer ${String(body["access_token"])}`)).resolves.toEqual({
      subject: "seal",
      clientId: "seal",
      permissions: new Set(["certificate:issue"]),
    });
  });

  it("is refused with another key", async () => {
    const answer = await requestToken(sso, { id: "seal", signer: newKey() }, grant);
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  });

  it("is refused with an assertion that was used before, also at the same moment", async () => {
    const client = { id: "seal", signer: sso.clients.seal };
    expect((await requestToken(sso, { ...client, jwtId: "once" }, grant)).status).toBe(200);
    expect((await requestToken(sso, { ...client, jwtId: "once" }, grant)).status).toBe(401);
    const together = await Promise.all(
      Array.from({ length: 6 }, () => requestToken(sso, { ...client, jwtId: "together" }, grant)),
    );
    expect(together.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(together.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it("is refused a scope that it is not registered for, a grant that is not its own, and another resource", async () => {
    const client = { id: "seal", signer: sso.clients.seal };
    const scope = await requestToken(sso, client, { ...grant, scope: "seal:apply-any" });
    expect(scope).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
    const desksGrant = await requestToken(sso, { id: "desk", signer: sso.clients.desk }, grant);
    expect(desksGrant).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    const resource = await requestToken(sso, client, { ...grant, resource: "https://other.example/" });
    expect(resource).toMatchObject({ status: 400, body: { error: "invalid_target" } });
  });
});

describe("logging out", () => {
  it("asks first, then ends the session and goes back to a registered address only", async () => {
    const login = await startLogin(sso, desk);
    const tokens = await exchange(login, returnAddress(await submitLogin(login)));
    const address = openid.buildEndSessionUrl(desk, {
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: "http://localhost:7600/",
    });
    const page = await login.browser.open(address.href);
    expect(page.html).toContain("“印信工作台”请求退出");
    expect(page.headers.get("content-security-policy")).toContain(
      "form-action 'self' http://localhost:7600;",
    );
    const done = await login.browser.send(formAction(page), {
      xsrf: hiddenField(page.html, "xsrf"),
      logout: "yes",
    });
    expect(done.headers.get("location")).toBe("http://localhost:7600/");
    const next = await startLogin(sso, desk, { browser: login.browser });
    expect(next.page.html).toContain('name="password"');
  });

  it("refuses an address that is not registered, and a confirmation without its token", async () => {
    const login = await startLogin(sso, desk);
    await submitLogin(login);
    const foreign = await login.browser.open(
      `${sso.url}/session/end?client_id=desk&post_logout_redirect_uri=http%3A%2F%2Fevil.example%2F`,
    );
    expect(foreign.status).toBe(400);
    const page = await login.browser.open(`${sso.url}/session/end`);
    const forged = await login.browser.send(formAction(page), { xsrf: "wrong", logout: "yes" });
    expect(forged.status).toBe(400);
  });
});

describe("the service", () => {
  it("answers its own host only, so that no document of it names another", async () => {
    const { hostname, port } = new URL(sso.url);
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      const call = request(
        { hostname, port, path: "/.well-known/openid-configuration", headers: { host: "evil.example" } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      call.on("error", reject).end();
    });
    expect(status).toBe(421);
  });

  it("describes itself with its own addresses, ES256, S256 and private_key_jwt only", async () => {
    const document = (await (await fetch(`${sso.url}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >;
    expect(document).toMatchObject({
      issuer: sso.url,
      token_endpoint: `${sso.url}/token`,
      jwks_uri: `${sso.url}/jwks`,
      response_types_supported: ["code"],
      id_token_signing_alg_values_supported: ["ES256"],
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["private_key_jwt"],
    });
  });

  it("publishes only the public part of its key, under its thumbprint", async () => {
    const { keys } = (await (await fetch(`${sso.url}/jwks`)).json()) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  it("sets cookies with names of its own that script cannot read, signed with SHA-256", async () => {
    const login = await startLogin(sso, desk);
    await submitLogin(login);
    const { browser } = login;
    expect(browser.setCookies.length).toBeGreaterThan(0);
    for (const line of browser.setCookies) {
      expect(line).toMatch(/^yinxin_sso_/);
      expect(line).toMatch(/; samesite=lax/i);
      expect(line).toMatch(/; httponly/i);
    }
    expect(browser.cookie("yinxin_sso_browser")).toMatch(/.+/);
    const signatures = browser.setCookies.flatMap((line) => /^[a-z_]+\.sig=([^;]*)/.exec(line)?.[1] ?? []);
    expect(new Set(signatures.map(({ length }) => length))).toEqual(new Set([43]));
  });

  it("sends pages without script, in no frame, and kept by no cache", async () => {
    const { page } = await startLogin(sso, desk);
    expect(page.html).not.toMatch(/<script/i);
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self' http://localhost:7600;");
    expect(page.headers.get("cache-control")).toContain("no-store");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("has an audit trail of all this that verifies, with both names where somebody acts for a unit", async () => {
    const verification = await sso.governance.trail.verify();
    expect(verification.brokenAt).toBeUndefined();
    const rows = (await sso.database
      .selectFrom("audit_events" as never)
      .selectAll()
      .execute()) as { action: string; actor: string; on_behalf_of: string | null; detail: string }[];
    expect(verification.events).toBe(rows.length);
    expect(new Set(rows.map(({ action }) => action))).toEqual(
      new Set([
        "key.created",
        "key.moved",
        "organization.imported",
        "person.imported",
        "client.imported",
        "login.succeeded",
        "login.failed",
        "access-token.issued",
        "id-token.issued",
        "session.ended",
      ]),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({
        action: "access-token.issued",
        actor: person.id,
        on_behalf_of: organization.id,
      }),
    );
    expect(JSON.stringify(rows)).not.toContain(person.password);
    expect(JSON.stringify(rows)).not.toContain("lisi");
  });
});
