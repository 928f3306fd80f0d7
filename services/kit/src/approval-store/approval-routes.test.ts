import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";

import { base64Of } from "@yinxin/crypto/bytes";
import { parseCertificateList } from "@yinxin/crypto/revocation";
import type { CertificateList } from "@yinxin/crypto/revocation";
import type { Kysely } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { certificateDigestOf, documentDigest, verifyChangeExport } from "../approvals/index.ts";
import { auditLogMigrations, auditMigration, createAuditTrail } from "../audit/index.ts";
import { createOfficerAuthenticator } from "../auth/index.ts";
import { migrateToLatest, openDatabase } from "../database/index.ts";
import { createHealth } from "../health/index.ts";
import { signRequest } from "../message-signatures/index.ts";
import { createServiceApp, defineRoute, openApiOf } from "../routes/index.ts";
import {
  createTestOfficers,
  createTestTokens,
  describeOnBothDatabases,
  fixedClock,
  silentLog as log,
  startTestService,
} from "../testing/index.ts";
import type { TestOfficers, TestService, TestTokens } from "../testing/index.ts";
import {
  approvalProblems,
  approvalRoutes,
  approvalsMigration,
  createApprovals,
  createRequestNonces,
} from "./index.ts";
import type { Approvals, ApprovalTables } from "./index.ts";

const clock = fixedClock("2026-11-22T08:00:00.000Z");
const migrations = {
  "0000-audit": auditMigration,
  ...auditLogMigrations,
  "0011-approvals": approvalsMigration,
};

let officers: TestOfficers;
let tokens: TestTokens;
let service: TestService;
let revocationLists: readonly CertificateList[] = [];
let db: Kysely<ApprovalTables>;

beforeAll(async () => {
  officers = await createTestOfficers(clock);
  tokens = createTestTokens(clock);
  db = await openDatabase<ApprovalTables>({ url: "sqlite::memory:", schema: "test" });
  await migrateToLatest(db, migrations);
  const { trust } = officers;
  const approvals = createApprovals({
    db,
    trail: createAuditTrail(db, {}).kit,
    trust,
    operations: [],
    clock,
    service: "test",
  });
  await approvals.importPolicy(officers.chain);
  const authenticator = createOfficerAuthenticator({
    inner: tokens.authenticator,
    policy: () => approvals.policy(),
    nonces: createRequestNonces(db, clock),
    crls: () => Promise.resolve(revocationLists),
    onRefused: (attempt) => Promise.resolve(refused.push(attempt)).then(() => undefined),
  });
  const whoami = defineRoute({
    method: "post",
    path: "/v1/whoami",
    summary: "Who calls",
    permission: "key:read",
    query: z.strictObject({ a: z.string().optional() }),
    body: z.strictObject({ text: z.string() }),
    reply: { status: 200, schema: z.object({ subject: z.string(), client: z.string(), text: z.string() }) },
    handle: ({ caller, body }) => ({ subject: caller.subject, client: caller.clientId, text: body.text }),
  });
  service = await startTestService({
    at: (baseUrl) =>
      createServiceApp({
        name: "test",
        version: "0.1.0",
        baseUrl,
        routes: [whoami, ...approvalRoutes(approvals)],
        problems: approvalProblems,
        authenticator,
        allowedHosts: ["127.0.0.1"],
        log,
        health: createHealth({ checks: {}, log, clock }),
        randomBytes,
      }),
  });
});

afterAll(async () => {
  await service.close();
  await db.destroy();
});

interface Sent {
  readonly method: string;
  /** Where it is sent. */
  readonly url: string;
  /** Name, value, name, value, …: so a header can be there twice. */
  readonly headers: readonly string[];
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly json: Record<string, unknown>;
}

function send({ method, url, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(url);
    const options = { method, headers: ["Host", host, "Content-Type", "application/json", ...headers] };
    const outgoing = httpRequest(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const json = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, json });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function signed(
  officer: string,
  request: { readonly method: string; readonly path: string; readonly json?: unknown },
  at = clock.now(),
): Promise<Sent> {
  return await signedText(
    officer,
    { ...request, body: request.json === undefined ? "" : JSON.stringify(request.json) },
    at,
  );
}

async function signedText(
  officer: string,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: string },
  at = clock.now(),
): Promise<Sent> {
  const { signer, certificate } = officers.identity(officer);
  const url = `${service.url}${path}`;
  const headers = await signRequest(
    { signer, keyId: certificateDigestOf(certificate) },
    { method, url, body: new TextEncoder().encode(body) },
    { now: at, randomBytes },
  );
  const length = body === "" ? [] : ["Content-Length", String(Buffer.byteLength(body))];
  return { method, url, headers: [...length, ...Object.entries(headers).flat()], body };
}

async function call(officer: string, method: string, path: string, json?: unknown): Promise<Answer> {
  return await send(await signed(officer, { method, path, json }));
}

function greeting(at?: Date): Promise<Sent> {
  return signed("sun-li", { method: "POST", path: "/v1/whoami?a=1", json: { text: "印" } }, at);
}

/** The headers with one of them replaced; undefined leaves it out. */
function withHeader({ headers }: Sent, name: string, value: (old: string) => string | undefined): string[] {
  return headers.flatMap((header, index) => {
    if (index % 2 === 1) return [];
    const old = headers[index + 1] ?? "";
    const next = header === name ? value(old) : old;
    return next === undefined ? [] : [header, next];
  });
}

/** Told of requests that were not believed. */
let refused: object[] = [];

describe("a request that an officer signed", () => {
  beforeEach(() => {
    refused = [];
  });

  it("is believed, with the officer's role, and once", async () => {
    const request = await greeting();
    expect(await send(request)).toEqual({
      status: 200,
      json: { subject: "sun-li", client: "officer", text: "印" },
    });
    const replayed = await send(request);
    expect(replayed).toMatchObject({ status: 401, json: { code: "request-signature-not-valid" } });
    const code = "request-signature-not-valid";
    expect(refused).toEqual([
      { code, why: expect.stringContaining("made already") as string, officer: "sun-li" },
    ]);
    expect(replayed.json["detail"]).toContain("已经用过");
  });

  it("has the permissions of its officer's role and no others", async () => {
    expect(await call("sun-li", "POST", "/v1/changes", { request: "AA==", signature: "AA==" })).toMatchObject(
      {
        status: 403,
        json: { code: "not-permitted" },
      },
    );
    expect(await call("zhao-min", "GET", "/v1/changes")).toMatchObject({
      status: 200,
      json: { changes: [] },
    });
  });

  it("is refused where a revocation list has its officer, and only then", async () => {
    const { certificate } = officers.identity("sun-li");
    const [from, until] = [-1, 1].map((days) => new Date(clock.now().getTime() + days * 86_400_000));
    if (from === undefined || until === undefined) throw new Error("there are two times");
    const listOf = async (at: Date) =>
      (await officers.crls([{ certificate, at }], { from, until })).map(parseCertificateList);
    revocationLists = await listOf(from);
    expect(await send(await greeting())).toMatchObject({
      status: 403,
      json: { code: "officer-certificate-revoked" },
    });
    revocationLists = [];
    expect(await send(await greeting())).toMatchObject({ status: 200 });
  });

  it("leaves requests with a token as they were", async () => {
    const body = JSON.stringify({ text: "x" });
    const token = await tokens.token({ subject: "usr_1", permissions: ["key:read"] });
    const headers = ["Authorization", `Bearer ${token}`, "Content-Length", String(body.length)];
    const url = `${service.url}/v1/whoami`;
    expect(await send({ method: "POST", url, headers, body })).toMatchObject({
      status: 200,
      json: { subject: "usr_1" },
    });
    expect(await send({ method: "POST", url, headers: headers.slice(2), body })).toMatchObject({
      status: 401,
    });
    const both = await greeting();
    expect(await send({ ...both, headers: [...both.headers, ...headers.slice(0, 2)] })).toMatchObject({
      status: 401,
    });
  });

  const attacks: readonly (readonly [string, (sent: Sent) => Sent])[] = [
    ["another body of the same length", (sent) => ({ ...sent, body: sent.body.replace("印", "章") })],
    ["another path", (sent) => ({ ...sent, url: sent.url.replace("whoami", "WHOAMI") })],
    ["a path with a slash more", (sent) => ({ ...sent, url: sent.url.replace("whoami", "whoami/") })],
    ["another query", (sent) => ({ ...sent, url: sent.url.replace("a=1", "a=2") })],
    ["no query", (sent) => ({ ...sent, url: sent.url.replace("?a=1", "") })],
    [
      "a digest of another body",
      (sent) => ({
        ...sent,
        body: "{}  ".padEnd(Buffer.byteLength(sent.body)),
        headers: withHeader(
          sent,
          "content-digest",
          () => "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        ),
      }),
    ],
    ["no digest", (sent) => ({ ...sent, headers: withHeader(sent, "content-digest", () => undefined) })],
    ["no signature", (sent) => ({ ...sent, headers: withHeader(sent, "signature", () => undefined) })],
    ["no input", (sent) => ({ ...sent, headers: withHeader(sent, "signature-input", () => undefined) })],
    [
      "another label",
      (sent) => ({
        ...sent,
        headers: withHeader(withSame(sent, "signature-input"), "signature", (old) =>
          old.replace("yinxin", "sig1"),
        ),
      }),
    ],
    [
      "another nonce",
      (sent) => ({
        ...sent,
        headers: withHeader(sent, "signature-input", (old) =>
          old.replace(/nonce="\w+"/, `nonce="${"0".repeat(32)}"`),
        ),
      }),
    ],
    [
      "a later time",
      (sent) => ({
        ...sent,
        headers: withHeader(sent, "signature-input", (old) =>
          old.replace(/created=\d+/, "created=1795334401"),
        ),
      }),
    ],
    [
      "another officer's key",
      (sent) => ({
        ...sent,
        headers: withHeader(sent, "signature-input", (old) =>
          old.replace(/sm3:\w+/, certificateDigestOf(officers.identity("wang-lei").certificate)),
        ),
      }),
    ],
    ["a second signature", (sent) => ({ ...sent, headers: [...sent.headers, ...sent.headers.slice(-2)] })],
    [
      "a second digest",
      (sent) => ({
        ...sent,
        headers: [
          ...sent.headers,
          "Content-Digest",
          "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
        ],
      }),
    ],
    [
      "a huge signature",
      (sent) => ({
        ...sent,
        headers: withHeader(sent, "signature", (old) =>
          old.replace("yinxin=:", `yinxin=:${"A".repeat(8_000)}`),
        ),
      }),
    ],
  ];

  function withSame(sent: Sent, name: string): Sent {
    return { ...sent, headers: withHeader(sent, name, (old) => old.replace("yinxin=", "sig1=")) };
  }

  it.each(attacks)("is refused with %s", async (_what, attack) => {
    expect((await send(attack(await greeting()))).json["code"]).toMatch(
      /^(request-signature-not-valid|not-found)$/,
    );
  });

  it("is refused by another method, and at another name of the service", async () => {
    const read = await signed("sun-li", { method: "GET", path: "/v1/officer-policy" });
    expect(await send({ ...read, method: "HEAD" })).toMatchObject({ status: 401 });
    const { url } = read;
    const elsewhere = await signed("sun-li", { method: "GET", path: "/v1/changes" });
    expect(await send({ ...elsewhere, url })).toMatchObject({ status: 401 });
    const { signer, certificate } = officers.identity("sun-li");
    const other = await signRequest(
      { signer, keyId: certificateDigestOf(certificate) },
      { method: "GET", url: "http://other.test/v1/officer-policy" },
      { now: clock.now(), randomBytes },
    );
    expect(await send({ ...read, headers: Object.entries(other).flat() })).toMatchObject({ status: 401 });
    expect(await send(read)).toMatchObject({ status: 200 });
  });

  it("is refused before its time, after it, and with an answer that says why", async () => {
    for (const seconds of [-61, 61]) {
      const at = new Date(clock.now().getTime() + seconds * 1000);
      expect((await send(await greeting(at))).json["detail"], String(seconds)).toContain("不是这一分钟内的");
    }
    const waiting = await greeting();
    clock.advance(61_000);
    expect(await send(waiting)).toMatchObject({ status: 401 });
  });

  it("is refused from a key of no officer, and from a large head", async () => {
    const { signer, certificate } = await officers.enrol("stranger");
    const headers = await signRequest(
      { signer, keyId: certificateDigestOf(certificate) },
      { method: "GET", url: `${service.url}/v1/changes` },
      { now: clock.now(), randomBytes },
    );
    const sent = { method: "GET", url: `${service.url}/v1/changes`, body: "" };
    expect((await send({ ...sent, headers: Object.entries(headers).flat() })).json["detail"]).toContain(
      "任何人员",
    );
    await expect(send({ ...sent, headers: ["Signature-Input", "x".repeat(20_000)] })).resolves.toMatchObject({
      status: 431,
    });
  });
});

describe("changes over HTTP", () => {
  it("are refused, and nothing breaks, in a body that is nested deeper than calls may be", async () => {
    const depth = 30_000;
    const nests = [
      `{"policy":${"[".repeat(depth)}${"]".repeat(depth)}}`,
      `{"policy":${'{"a":'.repeat(depth / 3)}1${"}".repeat(depth / 3)}}`,
    ];
    for (const parameters of nests) {
      const body = `{"operation":"policy.change","target":"officer-policy","parameters":${parameters}}`;
      const asked = { method: "POST", path: "/v1/change-previews", body };
      expect(await send(await signedText("wang-lei", asked))).toMatchObject({
        status: 400,
        json: { code: "invalid-request" },
      });
    }
  });

  it("are previewed, asked for, approved, done, shown, and exported", async () => {
    const next = { ...officers.policy, version: 2, previous: officers.trust.policy_genesis };
    const asked = { operation: "policy.change", target: "officer-policy", parameters: { policy: next } };
    const preview = await call("wang-lei", "POST", "/v1/change-previews", asked);
    expect(preview).toMatchObject({ status: 200, json: { numbers: { joining: 0, leaving: 0, rules: 0 } } });

    const { request, signature, value } = await officers.propose({
      ...asked,
      parameters: asked.parameters as never,
      created_at: clock.now().toISOString(),
    });
    const sent = { request: base64Of(request), signature: base64Of(signature) };
    const waiting = await call("wang-lei", "POST", "/v1/changes", sent);
    expect(waiting).toMatchObject({
      status: 201,
      json: {
        id: value.id,
        state: "waiting",
        persons: { counted: 1, needed: 2 },
        policy_version: 1,
        problems: [],
      },
    });
    const early = await call("zhao-min", "POST", `/v1/changes/${value.id}/execution`, {});
    expect(early).toMatchObject({ status: 409, json: { code: "change-waiting" } });
    expect(early.json["hint"]).toContain("yinxin approvals approve");

    const own = await officers.decide(request, "wang-lei", { at: clock.now() });
    const path = `/v1/changes/${value.id}/approvals`;
    const ownAnswer = await call("wang-lei", "POST", path, {
      statement: base64Of(own.statement),
      signature: base64Of(own.signature),
    });
    expect(ownAnswer).toMatchObject({ status: 403, json: { code: "approval-own-request" } });
    const other = await officers.decide(request, "li-qiang", { at: clock.now() });
    const ready = await call("li-qiang", "POST", path, {
      statement: base64Of(other.statement),
      signature: base64Of(other.signature),
    });
    expect(ready).toMatchObject({
      status: 201,
      json: { state: "ready", persons: { counted: 2, needed: 2 } },
    });

    const done = await call("zhao-min", "POST", `/v1/changes/${value.id}/execution`, {});
    expect(done).toMatchObject({
      status: 200,
      json: { result: { version: 2 }, change: { state: "executed" } },
    });
    const shown = await call("sun-li", "GET", `/v1/changes/${value.id}`);
    expect(verifyChangeExport(shown.json["export"], officers.trust)).toMatchObject({ verdict: "authorized" });
    const policy = await call("sun-li", "GET", "/v1/officer-policy");
    expect(policy).toMatchObject({ status: 200, json: { version: 2, deployment: officers.deployment } });
    // As another service gets it: a chain that proves itself, and no other.
    const { chain } = policy.json as { chain: { genesis: string; changes: readonly unknown[] } };
    const taken = await call("wang-lei", "POST", "/v1/officer-policy", { chain });
    expect(taken).toMatchObject({ status: 200, json: { version: 2 } });
    const forged = { ...chain, genesis: base64Of(Buffer.from("{}")) };
    const refused = await call("wang-lei", "POST", "/v1/officer-policy", { chain: forged });
    expect(refused).toMatchObject({ json: { code: "policy-not-accepted" } });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const watching = await call("sun-li", "POST", "/v1/officer-policy", { chain });
    expect(watching).toMatchObject({ status: 403 });
    const listed = await call("sun-li", "GET", "/v1/changes?state=executed");
    expect(listed.json["changes"]).toMatchObject([{ id: value.id, uses: 1 }]);
  });

  it("are described without references that lead nowhere", () => {
    const routes = approvalRoutes({} as Approvals);
    const description = JSON.stringify(
      openApiOf({ title: "t", version: "1", routes, problems: approvalProblems }),
    );
    const references = description.match(/"\$ref":"[^"]*"/g) ?? [];
    expect(references.filter((reference) => !reference.includes("#/components/"))).toEqual([]);
  });

  it("are not done by a client with a token, whatever it may do", async () => {
    const permissions = ["change:propose", "change:approve", "change:execute", "key:read"];
    // A client may be called as it likes, also as officers' requests are marked, and its subject as an officer is.
    for (const clientId of ["desk", "officer"]) {
      const token = await tokens.token({ subject: "zhao-min", clientId, permissions });
      const headers = ["Authorization", `Bearer ${token}`, "Content-Length", "2"];
      for (const path of ["/v1/changes/chg_1/execution", "/v1/changes/chg_1/approvals", "/v1/changes"]) {
        const sent = { method: "POST", url: `${service.url}${path}`, headers, body: "{}" };
        expect(await send(sent), path).toMatchObject({ status: 403 });
      }
    }
  });

  it("are taken back by the administrator who asked, who approves nothing", async () => {
    const policy = String((await call("sun-li", "GET", "/v1/officer-policy")).json["digest"]);
    const { request, signature, value } = await officers.propose({
      policy,
      operation: "break-glass.review",
      target: "chg_0000000000000000",
      proposer: "zhao-min",
    });
    const now = clock.now().toISOString();
    const { id, operation, target, proposer, nonce, not_after } = value;
    const digest = documentDigest(request);
    const row = { id, digest, operation, target, proposer, nonce, not_after, request, signature };
    await db
      .insertInto("changes")
      .values({
        ...row,
        state: "waiting",
        created_at: now,
        uses: 0,
        revision: 0,
        review_before: null,
        reviewed_by: null,
      })
      .execute();
    const decision = async (kind: "approve" | "reject", as = "zhao-min"): Promise<Answer> => {
      const made = await officers.decide(request, as, { decision: kind });
      const body = { statement: base64Of(made.statement), signature: base64Of(made.signature) };
      return await call(as, "POST", `/v1/changes/${id}/approvals`, body);
    };
    expect(await decision("approve")).toMatchObject({ status: 403 });
    expect(await decision("reject", "sun-li")).toMatchObject({ status: 403 });
    expect(await decision("reject")).toMatchObject({ status: 201, json: { state: "rejected" } });
  });

  it.each(Object.entries(approvalProblems))(
    "say %s in both languages, with a next step",
    (code, { title, hint }) => {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(title.zh + hint.zh).toMatch(/\p{Script=Han}/u);
      expect(hint.en).toMatch(/yinxin |timedatectl/);
      expect(hint.zh).toMatch(/yinxin |timedatectl/);
      expect(title.en).toMatch(/^[A-Z][ -~]+$/);
    },
  );
});

describeOnBothDatabases<ApprovalTables>("the nonces of officers' requests", migrations, (open) => {
  const keyId = `sm3:${"0".repeat(64)}`;

  it("are taken once by a key, also by two processes at once", async () => {
    const tables = await open();
    const at = clock.now();
    const until = new Date(at.getTime() + 60_000);
    const take = (key: string, nonce: string): Promise<boolean> =>
      createRequestNonces(tables, clock).take({ keyId: key, nonce, until, at });
    const taken = await Promise.all(Array.from({ length: 5 }, () => take(keyId, "a")));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await take(keyId, "b")).toBe(true);
    expect(await take(`sm3:${"1".repeat(64)}`, "a")).toBe(true);
  });

  it("are forgotten only when their time is over, which setting the clock back does not undo", async () => {
    const tables = await open();
    const moving = fixedClock("2026-11-22T08:00:00.000Z");
    const nonces = createRequestNonces(tables, moving);
    const until = new Date("2026-11-22T08:01:00.000Z");
    expect(await nonces.take({ keyId, nonce: "a", until, at: await nonces.time() })).toBe(true);
    moving.advance(61_000);
    expect(await nonces.take({ keyId, nonce: "b", until: moving.now(), at: await nonces.time() })).toBe(true);
    expect(await tables.selectFrom("request_nonces").select("nonce").execute()).toEqual([{ nonce: "b" }]);
    const late = { keyId, nonce: "a", until, at: new Date("2026-11-22T08:00:59.000Z") };
    expect(await nonces.take(late), "by a process that looked at the time before").toBe(false);
    moving.advance(-61_000);
    expect(await nonces.time()).toEqual(new Date("2026-11-22T08:01:01.000Z"));
    moving.advance(-10 * 60_000);
    await expect(nonces.time()).rejects.toMatchObject({ code: "clock-set-back" });
  });
});
