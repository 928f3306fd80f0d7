import { createJwksCache, createTokenAuthenticator } from "@yinxin/service-kit/auth";
import type { Authenticator } from "@yinxin/service-kit/auth";
import { transact } from "@yinxin/service-kit/database";
import * as openid from "openid-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { tokenPurpose, tokenSkewSeconds } from "../src/domain/token-ring.ts";
import { longestTokenSeconds } from "../src/domain/lifetimes.ts";
import { headerOf, payloadOf } from "./support/jwt.ts";
import { browserFor, discoverDesk, returnAddress, startLogin, submitLogin } from "./support/login.ts";
import { officers, tokenRotations } from "./support/rotation.ts";
import type { TokenRotations } from "./support/rotation.ts";
import { caching, requestToken, startSso } from "./support/sso-for-tests.ts";
import type { RunningSso } from "./support/sso-for-tests.ts";

let sso: RunningSso;
let tokens: TokenRotations;

beforeEach(async () => {
  // The libraries on both sides read the machine's clock; only it is moved, timers and sockets are real.
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-22T02:00:00Z") });
  sso = await startSso();
  tokens = tokenRotations(sso);
});

afterEach(async () => {
  await sso.close();
  vi.useRealTimers();
});

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

interface JwksDocument {
  readonly keys: readonly { readonly kid: string }[];
  readonly denied_kids?: readonly string[];
}

async function readJwks(): Promise<{
  readonly document: JwksDocument;
  readonly cacheControl: string | null;
}> {
  const response = await fetch(`${sso.url}/jwks`);
  return {
    document: (await response.json()) as JwksDocument,
    cacheControl: response.headers.get("cache-control"),
  };
}

async function shownKeys(): Promise<readonly string[]> {
  return (await readJwks()).document.keys.map(({ kid }) => kid);
}

async function move(version: number, to: "suspended" | "compromised"): Promise<void> {
  const { rings } = sso.governance;
  const facts = { at: sso.clock.now(), reason: "a test", persons: officers };
  await transact(sso.database, (tx) => rings.in(tx).move({ purpose: tokenPurpose, version }, to, facts));
}

const sealToken = { grant_type: "client_credentials", scope: "seal:make" };

async function systemToken(
  at: Pick<RunningSso, "url"> = sso,
): Promise<{ status: number; body: Record<string, unknown> }> {
  return await requestToken(at, { id: "seal", signer: sso.clients.seal, audience: at.url }, sealToken);
}

function authenticatorWith(jwks: {
  keys(unknownKey?: boolean): Promise<{ keys: Record<string, unknown>[] }>;
}): Authenticator {
  return createTokenAuthenticator({ issuer: sso.url, audience: "yinxin", jwks, clock: sso.clock });
}

/** Copies of the document, as clients that keep it for as long as they may still have it. */
function createCopies() {
  const copies: { readonly at: number; readonly document: JwksDocument }[] = [];
  return {
    take: async () => copies.push({ at: Date.now(), document: (await readJwks()).document }),
    /** The oldest that anybody may still hold. */
    oldest: (): { keys: Record<string, unknown>[] } => {
      const copy = copies.find(({ at }) => Date.now() - at <= caching.clientCacheSeconds * 1000);
      if (copy === undefined) throw new Error("no copy was taken");
      return { keys: copy.document.keys.map((key) => ({ ...key })) };
    },
  };
}

describe("a rotation of the token key under traffic", () => {
  it("fails no call: a stock client, one that never looks again while its copy may live, and the kit", async () => {
    const copies = createCopies();
    const desk = await discoverDesk(sso);
    openid.enableNonRepudiationChecks(desk);
    const first = await startLogin(sso, desk);
    await submitLogin(first);
    const browser = first.browser;
    const kit = authenticatorWith(createJwksCache({ url: `${sso.url}/jwks`, fetch, clock: sso.clock }));
    const slow = authenticatorWith({ keys: () => Promise.resolve(copies.oldest()) });
    let live: { readonly token: string; readonly expiresAt: number }[] = [];
    const kids = new Set<unknown>();
    let calls = 0;

    const signOn = async (client: openid.Configuration): Promise<void> => {
      const login = await startLogin(sso, client, { browser });
      const granted = await openid.authorizationCodeGrant(client, returnAddress(login.page), {
        pkceCodeVerifier: login.verifier,
        expectedState: login.state,
        idTokenExpected: true,
      });
      keep(granted.access_token);
      kids.add(headerOf(granted.id_token ?? "")["kid"]);
      calls += 1;
    };
    const keep = (token: string): void => {
      kids.add(headerOf(token)["kid"]);
      live.push({ token, expiresAt: Number(payloadOf(token)["exp"]) * 1000 });
    };
    const ask = async (): Promise<void> => {
      const { status, body } = await systemToken();
      expect(status).toBe(200);
      keep(String(body["access_token"]));
      calls += 1;
    };

    // The last copy without the next key, as old as a copy may be when that key begins to sign.
    await copies.take();
    await tokens.begin("token-key");
    for (let tick = 0; tick < 20; tick += 1) {
      await copies.take();
      // A stock client that holds the oldest copy anybody may have and believes it to be new: it never looks again.
      const holding = await discoverDesk(sso);
      openid.enableNonRepudiationChecks(holding);
      const jwks = copies.oldest() as Parameters<typeof openid.setJwksCache>[1]["jwks"];
      openid.setJwksCache(holding, { jwks, uat: Math.floor(Date.now() / 1000) });
      await Promise.all([
        tokens.rotations.advance(),
        ...Array.from({ length: 3 }, ask),
        signOn(desk),
        signOn(holding),
      ]);
      live = live.filter(({ expiresAt }) => expiresAt > Date.now());
      for (const { token } of live) {
        await kit.authenticate(`Bearer ${token}`);
        await slow.authenticate(`Bearer ${token}`);
        calls += 2;
      }
      pass(330);
    }
    expect(await tokens.plan()).toMatchObject({ state: "done" });
    // Two keys signed, each under its own thumbprint, and only the newer one is left.
    expect(kids.size).toBe(2);
    expect(await shownKeys()).toEqual([[...kids][1]]);
    expect(calls).toBeGreaterThan(250);
  });
});

describe("the document of the token keys", () => {
  const versions = () => sso.governance.rings.versions(tokenPurpose);

  async function untilRetired(): Promise<readonly string[]> {
    await tokens.begin("token-key");
    pass(caching.clientCacheSeconds + tokenSkewSeconds);
    await tokens.rotations.advance();
    expect((await versions()).map(({ state }) => state)).toEqual(["retiring", "active"]);
    return await shownKeys();
  }

  it("says how long it may be kept, and shows the next key that long and longer before it signs", async () => {
    expect((await readJwks()).cacheControl).toBe(`public, max-age=${String(caching.jwksMaxAgeSeconds)}`);
    const [only] = await shownKeys();
    await tokens.begin("token-key");
    expect(await shownKeys()).toHaveLength(2);
    pass(caching.clientCacheSeconds + tokenSkewSeconds - 1);
    await tokens.rotations.advance();
    expect(headerOf(String((await systemToken()).body["access_token"]))["kid"]).toBe(only);
    pass(1);
    await tokens.rotations.advance();
    expect(headerOf(String((await systemToken()).body["access_token"]))["kid"]).not.toBe(only);
  });

  it("drops the old key at its time by itself, though nobody moves the plan on, and not a second before", async () => {
    const [old, next] = await untilRetired();
    pass(longestTokenSeconds + tokenSkewSeconds - 1);
    expect(await shownKeys()).toEqual([old, next]);
    // The plan stands still from here on, as with a process that is down: a key that stayed would stay for ever.
    pass(1);
    expect(await shownKeys()).toEqual([next]);
    expect((await versions()).map(({ state }) => state)).toEqual(["retiring", "active"]);
  });

  it("still lets a person log out with an ID token of a key that it shows no more", async () => {
    const desk = await discoverDesk(sso);
    const login = await startLogin(sso, desk);
    const back = returnAddress(await submitLogin(login));
    const granted = await openid.authorizationCodeGrant(desk, back, {
      pkceCodeVerifier: login.verifier,
      expectedState: login.state,
    });
    await untilRetired();
    pass(longestTokenSeconds + tokenSkewSeconds);
    const address = openid.buildEndSessionUrl(desk, {
      id_token_hint: granted.id_token ?? "",
      post_logout_redirect_uri: "http://localhost:7600/",
    });
    const known = await browserFor(sso).open(address.href);
    expect(known.status).toBe(200);
    expect(known.html).toContain("/session/end/confirm");
    await move(1, "compromised");
    const denied = await browserFor(sso).open(address.href);
    expect(denied.status).toBe(400);
  });
});

describe("a token key that is stopped", () => {
  it("signs nothing from that moment on in any process, and is still shown for what it signed before", async () => {
    const second = await startSso(sso);
    try {
      for (const process of [sso, second]) expect((await systemToken(process)).status).toBe(200);
      await move(1, "suspended");
      for (const process of [sso, second]) {
        expect(await systemToken(process)).toEqual({
          status: 503,
          body: { error: "temporarily_unavailable", error_description: "key-suspended" },
        });
      }
      expect(await shownKeys()).toHaveLength(1);
    } finally {
      await second.close();
    }
  });

  it("is taken out and denied at once when somebody else may have it, and copies are to be thrown away soon", async () => {
    const token = String((await systemToken()).body["access_token"]);
    const [kid] = await shownKeys();
    const kit = authenticatorWith(createJwksCache({ url: `${sso.url}/jwks`, fetch, clock: sso.clock }));
    await kit.authenticate(`Bearer ${token}`);
    await move(1, "compromised");
    const { document, cacheControl } = await readJwks();
    expect(document).toEqual({ keys: [], denied_kids: [kid] });
    expect(cacheControl).toBe("public, max-age=60");
    pass(caching.jwksMaxAgeSeconds);
    await expect(kit.authenticate(`Bearer ${token}`)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
