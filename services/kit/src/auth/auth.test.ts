import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { randomBytes } from "node:crypto";

import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { publicJwkOfSpki } from "@yinxin/crypto/tokens";
import { importJWK, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { createTestTokens, fixedClock, startTestService } from "../testing/index.ts";
import type { TestService, TestTokens } from "../testing/index.ts";
import {
  actorsOf,
  createJwksCache,
  createOfficerAuthenticator,
  createServiceClient,
  createTokenAuthenticator,
  createTokenClient,
  FetchFailure,
  officersOnly,
  RemoteProblem,
} from "./index.ts";
import type { JwksCache, ServiceClientOptions, TokenClient } from "./index.ts";

const minute = 60_000;
const hour = 60 * minute;

let clock = fixedClock("2026-11-21T02:00:00Z");
let server: TestService;
let answer: RequestListener;
let requests: { method: string; url: string; headers: Record<string, unknown>; body: string }[];

beforeEach(async () => {
  clock = fixedClock("2026-11-21T02:00:00Z");
  requests = [];
  answer = (_request, response) => response.writeHead(500).end();
  server = await startTestService((request, response) => {
    void text(request).then((body) => {
      requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      answer(request, response);
    });
  });
});

afterEach(async () => {
  await server.close();
});

function answerJson(value: unknown, status = 200, type = "application/json"): void {
  answer = (_request, response) =>
    response.writeHead(status, { "content-type": type }).end(JSON.stringify(value));
}

describe("the cache of the issuer's keys", () => {
  let cache: JwksCache;
  const kids = async (unknownKey?: boolean): Promise<unknown[]> =>
    (await cache.keys(unknownKey)).keys.map(({ kid }) => kid);

  beforeEach(() => {
    cache = createJwksCache({ url: `${server.url}/jwks`, fetch, clock });
    answerJson({ keys: [{ kty: "EC", kid: "one" }] });
  });

  it("fetches once for callers at the same time, and again after five minutes", async () => {
    expect(await Promise.all([kids(), kids(), kids()])).toEqual([["one"], ["one"], ["one"]]);
    clock.advance(5 * minute - 1);
    await kids();
    expect(requests).toHaveLength(1);
    answerJson({ keys: [{ kid: "two" }] });
    clock.advance(1);
    expect(await kids()).toEqual(["two"]);
    expect(requests).toHaveLength(2);
  });

  it("fetches for an unknown key, but not more often than every thirty seconds", async () => {
    await kids();
    answerJson({ keys: [{ kid: "two" }] });
    expect(await kids(true)).toEqual(["one"]);
    clock.advance(30_000);
    expect(await kids(true)).toEqual(["two"]);
    for (let count = 0; count < 100; count += 1) await kids(true);
    expect(requests).toHaveLength(2);
  });

  it("serves the old keys for a day while the issuer is down, asking every thirty seconds", async () => {
    await kids();
    answer = (request) => request.socket.destroy();
    clock.advance(24 * hour);
    expect(await kids()).toEqual(["one"]);
    expect(await kids()).toEqual(["one"]);
    expect(requests).toHaveLength(2);
    clock.advance(1);
    await expect(kids()).rejects.toThrow(FetchFailure);
    answerJson({ keys: [{ kid: "two" }] });
    expect(await kids()).toEqual(["two"]);
  });

  it("fetches again as soon as the issuer's max-age says, but never for every request", async () => {
    const answerWith = (cacheControl: string): void => {
      answer = (_request, response) =>
        response
          .writeHead(200, { "cache-control": cacheControl })
          .end(JSON.stringify({ keys: [{ kid: "one" }] }));
    };
    for (const [cacheControl, seconds] of [
      ["public, max-age=60", 60],
      ["max-age=0", 30],
      ["max-age=86400", 300],
    ] as const) {
      answerWith(cacheControl);
      cache = createJwksCache({ url: `${server.url}/jwks`, fetch, clock });
      requests = [];
      await kids();
      clock.advance(seconds * 1000 - 1);
      await kids();
      expect(requests, cacheControl).toHaveLength(1);
      clock.advance(1);
      await kids();
      expect(requests, cacheControl).toHaveLength(2);
    }
  });

  it("never gives a key again that the issuer has denied, even from an older document", async () => {
    await kids();
    answerJson({ keys: [{ kid: "two" }], denied_kids: ["one"] });
    clock.advance(5 * minute);
    expect(await kids()).toEqual(["two"]);
    answerJson({ keys: [{ kid: "one" }, { kid: "two" }] });
    clock.advance(5 * minute);
    expect(await kids()).toEqual(["two"]);
  });

  it.each([
    [
      "another status",
      () => {
        answerJson({ keys: [] }, 404);
      },
    ],
    [
      "something else than keys",
      () => {
        answerJson({ error: "no" });
      },
    ],
    [
      "something else than JSON",
      () => {
        answer = (_request, response) => response.end("<html>");
      },
    ],
    [
      "more than any set of keys",
      () => {
        answerJson({ keys: [{ kid: "a".repeat(70_000) }] });
      },
    ],
    [
      "a redirect",
      () => {
        answer = (_request, response) => response.writeHead(302, { location: "/other" }).end();
      },
    ],
  ])("does not take %s for keys", async (_name, prepare) => {
    prepare();
    await expect(kids()).rejects.toThrow(FetchFailure);
    expect(requests.map(({ url }) => url)).toEqual(["/jwks"]);
  });
});

describe("the authenticator", () => {
  let tokens: TestTokens;
  const authenticate = async (
    authorization: string,
  ): ReturnType<TestTokens["authenticator"]["authenticate"]> => {
    const jwks = createJwksCache({ url: `${server.url}/jwks`, fetch, clock });
    return await createTokenAuthenticator({
      issuer: tokens.issuer,
      audience: "yinxin",
      jwks,
      clock,
    }).authenticate(authorization);
  };

  beforeEach(() => {
    tokens = createTestTokens(clock);
    answerJson(tokens.jwks);
  });

  it("gives a caller the permissions that scope and entitlements both have", async () => {
    const bearer = await tokens.bearer({
      scope: ["openid", "seal:apply", "seal:read"],
      entitlements: ["seal:apply", "key:rotate"],
      actor: "person_agent",
      organization: "organization_1",
    });
    expect(await authenticate(bearer)).toEqual({
      subject: "person_test",
      actor: "person_agent",
      clientId: "client_test",
      organization: "organization_1",
      permissions: new Set(["seal:apply"]),
    });
  });

  it("says why a token is not believed, without repeating it", async () => {
    const bearer = await tokens.bearer({ lifetimeSeconds: -60 });
    await expect(authenticate(bearer)).rejects.toMatchObject({
      code: "unauthenticated",
      detail: { en: "The access token has expired." },
    });
    await expect(authenticate(await tokens.bearer({ header: { typ: "JWT" } }))).rejects.toMatchObject({
      code: "unauthenticated",
      detail: { en: "The access token is not valid (token-type)." },
    });
  });

  it("believes a token of a key that the issuer has only begun to use", async () => {
    const next = createTestTokens(clock);
    answerJson(next.jwks);
    const jwks = createJwksCache({ url: `${server.url}/jwks`, fetch, clock });
    const authenticator = createTokenAuthenticator({
      issuer: tokens.issuer,
      audience: "yinxin",
      jwks,
      clock,
    });
    await authenticator.authenticate(await next.bearer());
    answerJson({ keys: [...next.jwks.keys, ...tokens.jwks.keys] });
    clock.advance(minute);
    await expect(authenticator.authenticate(await tokens.bearer())).resolves.toMatchObject({
      clientId: "client_test",
    });
  });

  it("says that it cannot know, if there are no keys to check with", async () => {
    answer = (request) => request.socket.destroy();
    await expect(authenticate(await tokens.bearer())).rejects.toMatchObject({ code: "service-unreachable" });
  });
});

describe("what only officers do", () => {
  it("is in no token, however the sign-on service filled it: above all reading and exporting the audit log", async () => {
    const permissions = new Set(["seal:read", "key:read", "alarm:read", "change:read", ...officersOnly]);
    const caller = { subject: "sun-li", clientId: "officer", permissions };
    const authenticator = createOfficerAuthenticator({
      inner: { authenticate: () => Promise.resolve(caller) },
      policy: () => Promise.reject(new Error("not asked for")),
      nonces: { time: () => Promise.resolve(clock.now()), take: () => Promise.resolve(false) },
    });
    const request = { method: "GET", targetUri: "http://seal.test/v1/audit/events", headers: [] };
    const body = () => Promise.resolve(new Uint8Array());
    const believed = await authenticator.authenticate("Bearer token", { ...request, body });
    expect([...believed.permissions]).toEqual(["seal:read", "key:read", "alarm:read", "change:read"]);
    expect([...officersOnly]).toEqual(expect.arrayContaining(["audit:read", "evidence:export"]));
  });
});

describe("who did it and for whom", () => {
  const caller = { subject: "citizen", clientId: "c", permissions: new Set<string>() };
  it("is the subject alone, or the actor on behalf of the subject", () => {
    expect(actorsOf(caller)).toEqual({ actor: "citizen" });
    expect(actorsOf({ ...caller, actor: "clerk" })).toEqual({ actor: "clerk", onBehalfOf: "citizen" });
  });
});

describe("this service's own token", () => {
  const signer = createSoftwareSigner(generateKey("ES256").pkcs8);
  const jwk = publicJwkOfSpki(signer.publicKey);
  let client: TokenClient;

  beforeEach(() => {
    client = createTokenClient({
      tokenEndpoint: `${server.url}/token`,
      audience: "http://sso.test",
      clientId: "seal",
      signer,
      keyId: jwk.kid,
      scope: "ledger:write pki:issue",
      clock,
      fetch,
      randomBytes,
    });
    answerJson({ access_token: "token_1", token_type: "Bearer", expires_in: 300 });
  });

  it("is asked for with private_key_jwt (RFC 7523 §2.2)", async () => {
    expect(await client.accessToken()).toBe("token_1");
    const [request] = requests;
    expect(request).toMatchObject({
      method: "POST",
      url: "/token",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    const form = Object.fromEntries(new URLSearchParams(request?.body));
    expect(form).toMatchObject({
      grant_type: "client_credentials",
      scope: "ledger:write pki:issue",
      client_id: "seal",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
    const { payload } = await jwtVerify(form["client_assertion"] ?? "", await importJWK(jwk), {
      audience: "http://sso.test",
      issuer: "seal",
      subject: "seal",
      currentDate: clock.now(),
    });
    expect(payload.jti).toMatch(/^[\w-]{22}$/);
  });

  it("is kept until half a minute before its end, and shared by callers at the same time", async () => {
    await Promise.all([client.accessToken(), client.accessToken()]);
    clock.advance(269_999);
    await client.accessToken();
    expect(requests).toHaveLength(1);
    answerJson({ access_token: "token_2", token_type: "bearer", expires_in: 300 });
    clock.advance(1);
    expect(await client.accessToken()).toBe("token_2");
    const ids = requests.map(({ body }) => new URLSearchParams(body).get("client_assertion"));
    expect(new Set(ids).size).toBe(2);
  });

  it("is asked for again after a failure", async () => {
    answerJson({ error: "invalid_client", error_description: "secret" }, 401);
    await expect(client.accessToken()).rejects.toThrow(
      /^the sign-on service gave no token: 401 invalid_client$/,
    );
    answerJson({ access_token: "token_1", token_type: "Bearer", expires_in: 300 });
    expect(await client.accessToken()).toBe("token_1");
  });

  it.each([
    ["no token", { token_type: "Bearer", expires_in: 300 }],
    ["another type of token", { access_token: "a", token_type: "DPoP", expires_in: 300 }],
    ["a token without an end", { access_token: "a", token_type: "Bearer" }],
  ])("is not taken from an answer with %s", async (_name, body) => {
    answerJson(body);
    await expect(client.accessToken()).rejects.toThrow(FetchFailure);
  });
});

describe("a client of another service", () => {
  const problem = {
    type: "http://seal.test/problems/seal-not-found",
    title: "No such seal",
    status: 404,
    detail: "There is no seal_x.",
    code: "seal-not-found",
    hint: "Check the id.",
    request_id: "req_1",
  };
  const reply = z.object({ name: z.string() });
  const client = (more: Partial<ServiceClientOptions> = {}) =>
    createServiceClient({ baseUrl: server.url, fetch, ...more });
  const get = (more: Partial<ServiceClientOptions> = {}) =>
    client(more).send({ method: "GET", path: "/v1/a", reply });

  it("sends JSON with a token and gives the answer that was agreed", async () => {
    answerJson({ name: "印", more: 1 }, 201);
    const tokens = { accessToken: () => Promise.resolve("own") };
    const sent = client({ tokens }).send({ method: "POST", path: "/v1/a", body: { b: "印" }, reply });
    expect(await sent).toEqual({ name: "印" });
    expect(requests).toMatchObject([
      {
        method: "POST",
        body: '{"b":"印"}',
        headers: { authorization: "Bearer own", "content-type": "application/json" },
      },
    ]);
  });

  it("carries the person's token and language instead of its own where they are given", async () => {
    answerJson({ name: "a" });
    const tokens = { accessToken: () => Promise.reject(new Error("not asked for")) };
    await client({ tokens }).send({
      method: "GET",
      path: "/",
      accessToken: "theirs",
      acceptLanguage: "en",
      reply,
    });
    expect(requests[0]?.headers).toMatchObject({ authorization: "Bearer theirs", "accept-language": "en" });
  });

  it("gives bytes as they are", async () => {
    answer = (_request, response) =>
      response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF");
    const { content, headers } = await client().sendForBytes({ method: "GET", path: "/v1/file" });
    expect(Buffer.from(content).toString()).toBe("%PDF");
    expect(headers.get("content-type")).toBe("application/pdf");
  });

  it("turns a problem that is passed on into a refusal, any other into a RemoteProblem", async () => {
    answerJson(problem, 404, "application/problem+json");
    await expect(get({ passOn: ["seal-not-found"] })).rejects.toMatchObject({
      name: "Refusal",
      code: "seal-not-found",
      detail: "There is no seal_x.",
    });
    const error: unknown = await get().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(RemoteProblem);
    expect(error).toMatchObject({ problem, message: `GET ${server.url}/v1/a answered 404 seal-not-found` });
  });

  it.each([
    [
      "a problem that is none",
      () => {
        answerJson({ oops: 1 }, 400, "application/problem+json");
      },
    ],
    [
      "an error page",
      () => {
        answer = (_request, response) => response.writeHead(502).end("<html>");
      },
    ],
    [
      "an answer of another form",
      () => {
        answerJson({ name: 7 });
      },
    ],
    [
      "no JSON",
      () => {
        answer = (_request, response) => response.end("{");
      },
    ],
  ])("fails on %s", async (_name, prepare) => {
    prepare();
    await expect(get()).rejects.toThrow(FetchFailure);
  });

  it.each([
    [
      "hangs up",
      10_000,
      () => {
        answer = (request) => request.socket.destroy();
      },
    ],
    [
      "redirects",
      10_000,
      () => {
        answer = (_request, response) => response.writeHead(307, { location: "/v1/b" }).end();
      },
    ],
    [
      "never answers",
      1_500,
      () => {
        answer = () => undefined;
      },
    ],
    [
      "answers more than the limit",
      10_000,
      () => {
        answerJson({ name: "a".repeat(3000) });
      },
    ],
  ])("says that the service is unreachable if it %s", async (_name, timeoutMilliseconds, prepare) => {
    prepare();
    const sent = get({ timeoutMilliseconds, responseBytesMax: 2000 });
    await expect(sent).rejects.toMatchObject({ code: "service-unreachable" });
    expect(requests).toHaveLength(1);
  });

  it("never tells the query in an error, since secrets stand there", async () => {
    answer = (_request, response) => response.writeHead(500).end();
    const sent = client().send({ method: "GET", path: "/v1/a?code=secret", reply });
    await expect(sent).rejects.toThrow(/^GET \S+\/v1\/a answered 500 without a problem$/);
  });
});
