import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { Writable } from "node:stream";

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { createHealth, createMetrics } from "../health/index.ts";
import { createLog } from "../log/index.ts";
import { kitProblems, refuse } from "../problems/index.ts";
import type { ProblemTable } from "../problems/index.ts";
import { createTestTokens, fixedClock, startTestService } from "../testing/index.ts";
import type { TestService, TestTokens } from "../testing/index.ts";
import { createServiceApp, defineRoute, requestContextOf } from "./index.ts";
import type { Route, ServiceAppOptions } from "./index.ts";

const clock = fixedClock("2026-11-21T02:00:00Z");
const limitBytes = 2000;
const secret = "s3cr3t-value-of-the-caller";

const thingProblems = {
  "thing-not-found": {
    status: 404,
    title: { zh: "没有这个东西", en: "No such thing" },
    hint: { zh: "检查编号。", en: "Check the id." },
  },
} as const satisfies ProblemTable;

let tokens: TestTokens;
let service: TestService;
let logged: string[];
let handled: unknown[];
let metrics: ReturnType<typeof createMetrics>;

function thingRoutes(): Route[] {
  return [
    defineRoute({
      method: "post",
      path: "/v1/things/:thingId",
      summary: "Change a thing",
      permission: "thing:change",
      params: z.strictObject({ thingId: z.string().regex(/^thing_[a-z]+$/) }),
      query: z.strictObject({
        dry_run: z.enum(["true", "false"]).optional(),
        tag: z.array(z.string()).optional(),
      }),
      body: z.strictObject({
        name: z.string().max(10),
        size: z.int().positive().optional(),
        kind: z.enum(["big", "small"]).optional(),
        nested: z.array(z.strictObject({ x: z.number() })).optional(),
      }),
      bodyLimitBytes: limitBytes,
      reply: {
        status: 201,
        schema: z.strictObject({ thing_id: z.string(), name: z.string(), by: z.string() }),
      },
      handle: ({ params, body, query, caller }) => {
        handled.push({ params, body, query });
        if (params.thingId === "thing_missing")
          throw refuse("thing-not-found", `There is no ${params.thingId}.`);
        if (params.thingId === "thing_broken") throw new Error(`database password is ${secret}`);
        if (params.thingId === "thing_unlisted") throw refuse("code-without-a-row", secret);
        return { thing_id: params.thingId, name: body.name, by: caller.subject };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/open",
      summary: "Say in which language",
      permission: "public",
      reply: { status: 200, schema: z.strictObject({ language: z.string() }) },
      handle: ({ language, caller }) => {
        expect(caller).toBeUndefined();
        return { language };
      },
    }),
    defineRoute({
      method: "get",
      path: "/v1/file",
      summary: "Give a file",
      permission: "public",
      reply: { status: 200, contentType: ["application/pdf", "application/ofd"] },
      handle: () => ({
        content: Uint8Array.of(1, 2, 3),
        contentType: "application/ofd",
        fileName: '批复"〔2026〕18号.ofd',
      }),
    }),
    defineRoute({
      method: "delete",
      path: "/v1/open",
      summary: "Answer nothing",
      permission: "public",
      reply: { status: 204 },
      handle: () => undefined,
    }),
    defineRoute({
      method: "get",
      path: "/v1/wrong",
      summary: "Answer with more than promised",
      permission: "public",
      reply: { status: 200, schema: z.strictObject({ a: z.string() }) },
      handle: () => ({ a: "a", secret }) as { a: string },
    }),
  ];
}

function options(baseUrl: string): ServiceAppOptions {
  const log = createLog({
    service: "thing",
    level: "debug",
    clock,
    destination: new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged.push(chunk.toString());
        done();
      },
    }),
  });
  return {
    name: "thing",
    version: "0.1.0",
    baseUrl,
    routes: thingRoutes(),
    problems: thingProblems,
    authenticator: tokens.authenticator,
    log,
    health: createHealth({ checks: { always: () => Promise.resolve() }, log, clock }),
    metrics,
    randomBytes,
    mount: (app) => {
      app.get("/page", (_request, response) => {
        response.type("html").send(`<p>${requestContextOf(response).requestId}</p>`);
      });
    },
  };
}

beforeEach(async () => {
  tokens = createTestTokens(clock);
  logged = [];
  handled = [];
  metrics = createMetrics("thing");
  service = await startTestService({ at: (baseUrl) => createServiceApp(options(baseUrl)) });
});

afterEach(async () => {
  await service.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

interface Ask {
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** By node:http, since fetch decides about Host and some methods by itself. */
function ask(method: string, path: string, { headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${service.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = (response.headers["content-type"] ?? "").includes("json") && text !== "";
        const json = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function post(path: string, body: unknown, more: Record<string, string> = {}): Promise<Answer> {
  const authorization = await tokens.bearer({ permissions: ["thing:change"] });
  return await ask("POST", path, {
    headers: { authorization, "content-type": "application/json", ...more },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("a route", () => {
  it("answers what its operation gave, in the form that it promises", async () => {
    const answer = await post("/v1/things/thing_a?dry_run=true", { name: "印" });
    expect(answer).toMatchObject({
      status: 201,
      json: { thing_id: "thing_a", name: "印", by: "person_test" },
    });
    expect(answer.headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
    expect(handled).toEqual([
      { params: { thingId: "thing_a" }, body: { name: "印" }, query: { dry_run: "true" } },
    ]);
  });

  it("gives bytes with a type that it names and a file name in any script (RFC 6266 §4.3)", async () => {
    const answer = await ask("GET", "/v1/file");
    expect(answer.headers).toMatchObject({ "content-type": "application/ofd", "content-length": "3" });
    const disposition = answer.headers["content-disposition"] ?? "";
    expect(disposition).toMatch(/^attachment; /);
    const encoded = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1] ?? "";
    expect(decodeURIComponent(encoded)).toBe('批复"〔2026〕18号.ofd');
  });

  it("can answer with nothing but a status", async () => {
    expect(await ask("DELETE", "/v1/open")).toMatchObject({ status: 204, text: "" });
  });

  it("fails, and shows nothing, if the operation's answer does not fit the promised form", async () => {
    const answer = await ask("GET", "/v1/wrong");
    expect(answer).toMatchObject({ status: 500, json: { code: "internal" } });
    expect(answer.text).not.toContain(secret);
  });

  it("answers HEAD like GET without the body, and OPTIONS with the methods", async () => {
    expect(await ask("HEAD", "/v1/open")).toMatchObject({ status: 200, text: "" });
    const options = await ask("OPTIONS", "/v1/open");
    expect(options).toMatchObject({ status: 204, headers: { allow: "GET, DELETE, HEAD, OPTIONS" } });
  });
});

describe("a request without the right to it", () => {
  it("is unauthenticated without a token, and is told how to authenticate (RFC 6750 §3)", async () => {
    const answer = await ask("POST", "/v1/things/thing_a");
    expect(answer).toMatchObject({ status: 401, json: { code: "unauthenticated" } });
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="yinxin"');
  });

  it.each([
    ["another scheme", "Basic YTpi"],
    ["no token", "Bearer "],
    ["not a token", "Bearer abc"],
    ["a token in the query's place", "Bearer a b"],
  ])("is unauthenticated with %s", async (_name, authorization) => {
    const answer = await ask("POST", "/v1/things/thing_a", { headers: { authorization } });
    expect(answer).toMatchObject({ status: 401, json: { code: "unauthenticated" } });
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="yinxin", error="invalid_token"');
  });

  it("is not permitted without the permission, and the answer names it", async () => {
    const authorization = await tokens.bearer({ permissions: ["thing:read"] });
    const answer = await ask("POST", "/v1/things/thing_a", {
      headers: { authorization, "accept-language": "en" },
    });
    expect(answer).toMatchObject({
      status: 403,
      json: { code: "not-permitted", detail: "The permission thing:change is needed." },
    });
    expect(answer.headers["www-authenticate"]).toContain('error="insufficient_scope", scope="thing:change"');
  });

  it.each([
    ["the scope alone", { scope: ["thing:change"], entitlements: [] }],
    ["the entitlement alone", { scope: [], entitlements: ["thing:change"] }],
  ])("is not permitted by %s", async (_name, request) => {
    const authorization = await tokens.bearer(request);
    expect(await ask("POST", "/v1/things/thing_a", { headers: { authorization } })).toMatchObject({
      status: 403,
    });
  });

  it("is refused before a byte of its body has come, however large it says that is", async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(
      `POST /v1/things/thing_a HTTP/1.1\r\nHost: localhost:${port}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n",
    );
    let text = "";
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1.1 401 /);
    expect(text).toMatch(/\r\nConnection: close\r\n/i);
  });
});

describe("a request that does not fit", () => {
  it("is told every place and never a value", async () => {
    const answer = await post(
      `/v1/things/thing_a`,
      { name: secret, size: secret, kind: secret, nested: [{ x: 1 }, { x: secret }], other: secret },
      { "accept-language": "en" },
    );
    expect(answer.status).toBe(400);
    expect(answer.json["code"]).toBe("invalid-request");
    expect(answer.text).not.toContain(secret);
    const errors = answer.json["errors"] as { pointer: string; code: string }[];
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`).sort()).toEqual([
      "/body/kind invalid-value",
      "/body/name too-big",
      "/body/nested/1/x invalid-type",
      "/body/other unrecognized-keys",
      "/body/size invalid-type",
    ]);
  });

  it("lists a bounded number of places", async () => {
    const nested = Array.from({ length: 100 }, () => ({ x: "" }));
    const answer = await post("/v1/things/thing_a", { name: "a", nested });
    expect(answer.json["errors"]).toHaveLength(20);
  });

  it("is not sent back its own names in a multiple, however many and long they are", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `n${String(index)}`);
    const many = await post(
      "/v1/things/thing_a",
      Object.fromEntries([["name", "a"], ...names.map((name) => [name, 0])]),
    );
    expect(many.json["errors"]).toHaveLength(20);
    expect(many.text).not.toContain("n150");
    const long = await post("/v1/things/thing_a", { name: "a", ["x".repeat(1500)]: 0 });
    expect(long.status).toBe(400);
    expect(long.text.match(/x+/g)?.every((run) => run.length < 200)).toBe(true);
  });

  it.each([
    ["a path parameter", "/v1/things/Thing", "/path/thingId"],
    ["an unknown query parameter", "/v1/things/thing_a?x=1", "/query/x"],
    ["a parameter that is there twice", "/v1/things/thing_a?dry_run=true&dry_run=false", "/query/dry_run"],
  ])("is refused for %s", async (_name, path, pointer) => {
    const answer = await post(path, { name: "a" });
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer }] } });
    expect(handled).toEqual([]);
  });

  it("takes no query where the route has none", async () => {
    expect(await ask("GET", "/v1/open?debug=1")).toMatchObject({
      status: 400,
      json: { code: "invalid-request" },
    });
  });

  it.each([
    ["text that is not JSON", '{"name":'],
    ["nothing", ""],
    ["UTF-8 that is not", Buffer.from([0x22, 0xff, 0x22])],
  ])("is refused for a body of %s", async (_name, body) => {
    const authorization = await tokens.bearer({ permissions: ["thing:change"] });
    const answer = await ask("POST", "/v1/things/thing_a", {
      headers: { authorization, "content-type": "application/json" },
      body,
    });
    expect(answer).toMatchObject({ status: 400, json: { code: "invalid-request" } });
  });

  it("is refused for a member called __proto__", async () => {
    const answer = await post("/v1/things/thing_a", '{"name":"a","__proto__":{"size":1}}');
    expect(answer.status).toBe(400);
    expect(handled).toEqual([]);
  });

  it.each([
    ["text/plain"],
    ["application/x-www-form-urlencoded"],
    ["application/json; charset=gbk"],
    ["multipart/form-data; boundary=a"],
  ])("is refused for the content type %s", async (contentType) => {
    const answer = await post("/v1/things/thing_a", { name: "a" }, { "content-type": contentType });
    expect(answer).toMatchObject({ status: 415, json: { code: "unsupported-media-type" } });
  });

  it("is refused when compressed, since a small body could then become a large one", async () => {
    const answer = await post("/v1/things/thing_a", { name: "a" }, { "content-encoding": "gzip" });
    expect(answer.status).toBe(415);
  });

  it("is refused for a percent sign that encodes nothing", async () => {
    expect(await post("/v1/things/%E0%A4%A", { name: "a" })).toMatchObject({
      status: 400,
      json: { code: "invalid-request" },
    });
  });
});

describe("an upload", () => {
  const bodyOf = (length: number): string =>
    `${JSON.stringify({ name: "a" })}${" ".repeat(length)}`.slice(0, length);

  it("is taken up to the limit to the byte", async () => {
    expect(await post("/v1/things/thing_a", bodyOf(limitBytes))).toMatchObject({ status: 201 });
  });

  it("is too large one byte later, and the connection goes on", async () => {
    const answer = await post("/v1/things/thing_a", bodyOf(limitBytes + 1), { "accept-language": "en" });
    expect(answer).toMatchObject({
      status: 413,
      json: { code: "payload-too-large", detail: "The request body is larger than 2000 bytes." },
    });
    expect(handled).toEqual([]);
  });

  it("that its caller breaks off is nobody's fault", async () => {
    const { port } = new URL(service.url);
    const socket = connect(Number(port), "127.0.0.1");
    const authorization = await tokens.bearer({ permissions: ["thing:change"] });
    socket.write(
      `POST /v1/things/thing_a HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: ${authorization}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name":',
      () => socket.destroy(),
    );
    await expect.poll(() => logged.join("")).toContain("the caller hung up");
    expect(logged.join("")).not.toContain("a request failed");
    expect(handled).toEqual([]);
  });

  it("is refused while the service holds as much as it may, and taken again once that is answered", async () => {
    const half = 60 * 1024;
    await service.close();
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = defineRoute({
      method: "post",
      path: "/v1/slow",
      summary: "Hold a document",
      permission: "public",
      body: z.strictObject({ content: z.string() }),
      bodyLimitBytes: 2 * half,
      reply: { status: 204 },
      handle: async () => {
        handled.push("slow");
        await finished;
        return undefined;
      },
    });
    service = await startTestService({
      at: (baseUrl) =>
        createServiceApp({ ...options(baseUrl), routes: [slow], heldBodyBytesMax: half + half / 2 }),
    });
    const send = (): Promise<Answer> =>
      ask("POST", "/v1/slow", {
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ content: "x".repeat(half) }),
      });
    const first = send();
    await expect.poll(() => handled).toEqual(["slow"]);
    expect(await send()).toMatchObject({ status: 503, json: { code: "too-busy" } });
    finish();
    expect((await first).status).toBe(204);
    expect((await send()).status).toBe(204);
  });

  it("is too large when it comes in chunks without saying its length", async () => {
    const answer = await post("/v1/things/thing_a", bodyOf(limitBytes + 1), {
      "transfer-encoding": "chunked",
    });
    expect(answer).toMatchObject({ status: 413, json: { code: "payload-too-large" } });
  });
});

describe("a problem", () => {
  it("is what the service's table says of a refusal (RFC 9457 §3)", async () => {
    const answer = await post("/v1/things/thing_missing", { name: "a" });
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json).toEqual({
      type: `${service.url}/problems/thing-not-found`,
      title: "没有这个东西",
      status: 404,
      detail: "There is no thing_missing.",
      code: "thing-not-found",
      hint: "检查编号。",
      request_id: answer.headers["request-id"],
    });
  });

  it("speaks English to who prefers it", async () => {
    const answer = await post(
      "/v1/things/thing_missing",
      { name: "a" },
      { "accept-language": "fr, en;q=0.9, zh;q=0.1" },
    );
    expect(answer.json["title"]).toBe("No such thing");
    expect(answer.headers).toMatchObject({ "content-language": "en", vary: "Accept-Language" });
  });

  it("of a fault says nothing, while the log has its cause under the same id", async () => {
    const answer = await post("/v1/things/thing_broken", { name: "a" });
    expect(answer).toMatchObject({ status: 500, json: { code: "internal" } });
    expect(answer.json).not.toHaveProperty("detail");
    expect(answer.text).not.toContain(secret);
    const line = logged.find((text) => text.includes("a request failed")) ?? "";
    expect(line).toContain(secret);
    expect(line).toContain(String(answer.json["request_id"]));
  });

  it("of a refusal without a row in the table is a fault", async () => {
    const answer = await post("/v1/things/thing_unlisted", { name: "a" });
    expect(answer).toMatchObject({ status: 500, json: { code: "internal" } });
    expect(answer.text).not.toContain(secret);
  });

  it("of an unknown address is 404, of an unknown method 405 with those that there are", async () => {
    expect(await ask("GET", "/v1/nothing")).toMatchObject({ status: 404, json: { code: "not-found" } });
    expect(await ask("PUT", "/v1/open")).toMatchObject({
      status: 405,
      json: { code: "method-not-allowed" },
      headers: { allow: "GET, DELETE, HEAD, OPTIONS" },
    });
  });

  it.each(Object.entries({ ...kitProblems, ...thingProblems }))(
    "%s has a page at its type, in both languages",
    async (code, { title, hint, status }) => {
      const zh = await ask("GET", `/problems/${code}`);
      expect(zh.status).toBe(200);
      for (const part of [code, String(status), title.zh, hint.zh]) expect(zh.text).toContain(part);
      const en = await ask("GET", `/problems/${code}`, { headers: { "accept-language": "en" } });
      for (const part of [code, title.en, hint.en]) expect(en.text).toContain(part);
    },
  );

  it("that does not exist has no page", async () => {
    for (const code of ["nothing", "constructor", "__proto__"]) {
      expect(await ask("GET", `/problems/${code}`)).toMatchObject({
        status: 404,
        json: { code: "not-found" },
      });
    }
    expect((await ask("GET", "/problems")).text).toContain("thing-not-found");
  });
});

describe("every answer", () => {
  it("carries a request id made here, whatever the caller sends", async () => {
    const answer = await ask("GET", "/v1/open", {
      headers: { "request-id": "req_mine", "x-request-id": "mine" },
    });
    expect(answer.headers["request-id"]).toMatch(/^req_[0-9a-f]{24}$/);
  });

  it.each(["/v1/open", "/v1/nothing", "/page", "/livez"])(
    "carries the security headers: %s",
    async (path) => {
      const { headers } = await ask("GET", path);
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
      });
      expect(String(headers["content-security-policy"]).split(";")).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "frame-ancestors 'none'",
          "base-uri 'none'",
          "form-action 'self'",
        ]),
      );
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(headers).not.toHaveProperty("x-powered-by");
      expect(headers).not.toHaveProperty("strict-transport-security");
    },
  );

  it("is logged and counted by route, never by address", async () => {
    await post("/v1/things/thing_missing?dry_run=true", { name: "a" });
    const text = await metrics.registry.metrics();
    expect(text).toContain('route="/v1/things/:thingId",method="POST",status="404"');
    expect(text).not.toContain("thing_missing");
    expect(logged.join("")).toContain('"route":"/v1/things/:thingId"');
  });
});

describe("the host check", () => {
  it.each([
    "evil.example",
    "localhost.evil.example",
    "localhost:1",
    "127.0.0.1",
    "evil.example:80@localhost",
  ])("refuses a request for %s", async (host) => {
    expect(await ask("GET", "/v1/open", { headers: { host } })).toMatchObject({
      status: 421,
      json: { code: "misdirected-request" },
    });
    expect(await ask("GET", "/page", { headers: { host } })).toMatchObject({ status: 421 });
  });

  it("refuses before it asks who calls", async () => {
    const answer = await ask("POST", "/v1/things/thing_a", { headers: { host: "evil.example" } });
    expect(answer.status).toBe(421);
  });

  it("never writes a host of the request into an answer", async () => {
    const answer = await ask("GET", "/v1/nothing", { headers: { "x-forwarded-host": "evil.example" } });
    expect(answer.text).not.toContain("evil.example");
    expect(answer.json["type"]).toBe(`${service.url}/problems/not-found`);
  });

  it("lets probes through by the machine's address", async () => {
    expect(await ask("GET", "/livez", { headers: { host: "10.0.0.7" } })).toMatchObject({ status: 200 });
    expect(await ask("GET", "/readyz", { headers: { host: "10.0.0.7" } })).toMatchObject({
      status: 200,
      json: { status: "ready", checks: [{ name: "always", status: "passed" }] },
    });
  });
});

describe("an application", () => {
  it("does not start with two routes for one method and path", () => {
    const twice = { ...options("http://localhost"), routes: [...thingRoutes(), ...thingRoutes()] };
    expect(() => createServiceApp(twice)).toThrow(RangeError);
  });

  it("describes itself at /openapi.json", async () => {
    expect(await ask("GET", "/openapi.json")).toMatchObject({
      status: 200,
      json: {
        openapi: "3.1.0",
        components: { securitySchemes: { access_token: {}, officer_signature: { name: "Signature" } } },
      },
    });
  });

  it("gives mounted handlers the request's context", async () => {
    const { text, headers } = await ask("GET", "/page");
    expect(text).toBe(`<p>${String(headers["request-id"])}</p>`);
  });

  it("asks browsers for https when it is reached by https", async () => {
    const app = createServiceApp({ ...options("https://seal.example"), allowedHosts: ["localhost"] });
    const secure = await startTestService(app);
    const response = await fetch(`${secure.url}/v1/open`);
    await secure.close();
    expect(response.headers.get("strict-transport-security")).toContain("max-age=31536000");
  });
});
