import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

import { verificationReportSchema } from "@yinxin/crypto/verification";
import type { VerificationReport } from "@yinxin/crypto/verification";
import { parseTrustList } from "@yinxin/crypto/x509";
import type { Certificate } from "@yinxin/crypto/x509";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterEach, describe, expect, it } from "vitest";

import { createHealth } from "../health/index.ts";
import { createServiceApp, openApiOf } from "../routes/index.ts";
import { createTestTokens, fixedClock, silentLog as log, startTestService } from "../testing/index.ts";
import type { TestService } from "../testing/index.ts";
import { documentBytesMax, verificationRoutes } from "./index.ts";

const clock = fixedClock("2026-11-21T02:00:00Z");
const fixture = (path: string): Promise<Buffer> =>
  readFile(new URL(`../../../../fixtures/${path}`, import.meta.url));
const rootPem = (await fixture("pki/root.pem")).toString();
const { anchors: trust, intermediates } = parseTrustList(rootPem);
const services: TestService[] = [];

async function start(anchors: readonly Certificate[]): Promise<string> {
  const service = await startTestService({
    at: (baseUrl) =>
      createServiceApp({
        name: "test",
        version: "0.1.0",
        baseUrl,
        routes: verificationRoutes({ trust: anchors, intermediates, clock }),
        problems: {},
        authenticator: createTestTokens(clock).authenticator,
        log,
        health: createHealth({ checks: {}, log, clock }),
        randomBytes,
      }),
  });
  services.push(service);
  return service.url;
}

afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});

async function verify(
  body: unknown,
  anchors: readonly Certificate[] = trust,
): Promise<{ status: number; body: VerificationReport & { code?: string } }> {
  const response = await fetch(`${await start(anchors)}/v1/verifications`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as VerificationReport & { code?: string } };
}

const fileOf = (name: string, bytes: Buffer): object => ({
  file: { name, content: bytes.toString("base64") },
});

const isReport = addFormats.default(new Ajv2020()).compile(verificationReportSchema);

describe("POST /v1/verifications", () => {
  it("does not parse a body that is large by its members: nobody else would be served meanwhile", async () => {
    const members = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`member${String(index)}`, 0]),
    );
    const answer = await verify({ ...fileOf("a.pdf", Buffer.from("%PDF-")), ...members });
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid-request" } });
    expect(answer.body).not.toHaveProperty("errors");
  });

  it.each([
    ["reply-sealed.pdf", "VALID_WITH_WARNINGS"],
    ["reply-sealed.ofd", "VALID_WITH_WARNINGS"],
    ["reply-tampered.pdf", "INVALID"],
    ["reply-tampered.ofd", "INVALID"],
    ["reply.pdf", "UNSIGNED"],
    ["reply.ofd", "UNSIGNED"],
  ])("answers anybody about %s: %s", async (name, verdict) => {
    const answer = await verify(fileOf(name, await fixture(`documents/${name}`)));
    expect(answer).toMatchObject({ status: 200, body: { file: name, verdict } });
    expect(isReport(answer.body), JSON.stringify(isReport.errors)).toBe(true);
  });

  it("trusts nobody but the deployment's anchors", async () => {
    const sealed = await fixture("documents/reply-sealed.pdf");
    expect(await verify(fileOf("a.pdf", sealed), [])).toMatchObject({
      status: 200,
      body: { verdict: "INDETERMINATE" },
    });
    const own = { ...fileOf("a.pdf", sealed), trust: rootPem };
    expect(await verify(own, [])).toMatchObject({ status: 400, body: { code: "invalid-request" } });
  });

  it("judges as of the time that is asked for", async () => {
    const sealed = await fixture("documents/reply-sealed.ofd");
    const answer = await verify({ ...fileOf("a.ofd", sealed), at: "1990-01-01T00:00:00+08:00" });
    expect(answer.status).toBe(200);
    expect(answer.body.verdict).not.toBe("VALID_WITH_WARNINGS");
  });

  it.each([
    ["no document at all", ""],
    ["a text", "hello"],
    ["the beginning of a zip archive", "PK\u0003\u0004"],
    ["the beginning of a PDF", "%PDF-1.7"],
  ])("is a successful call about %s", async (_name, text) => {
    const answer = await verify(fileOf("a", Buffer.from(text)));
    expect(answer.status).toBe(200);
    expect(["INVALID", "INDETERMINATE"]).toContain(answer.body.verdict);
    expect(isReport(answer.body)).toBe(true);
  });

  it.each([
    ["a document that is not base64", { file: { name: "a", content: "not base64" } }],
    ["no name", { file: { name: "", content: "" } }],
    ["a time that is none", { file: { name: "a", content: "" }, at: "yesterday" }],
    ["no file", {}],
  ])("refuses %s", async (_name, body) => {
    expect(await verify(body)).toMatchObject({ status: 400, body: { code: "invalid-request" } });
  });

  it("refuses a document above the limit", async () => {
    const tooLarge = "A".repeat(4 * Math.ceil(documentBytesMax / 3) + 10_000);
    expect(await verify({ file: { name: "a", content: tooLarge } })).toMatchObject({
      status: 413,
      body: { code: "payload-too-large" },
    });
  });

  it("is described", () => {
    const document = openApiOf({
      title: "t",
      version: "1",
      routes: verificationRoutes({ trust, clock }),
      problems: {},
    });
    expect(document).toMatchObject({
      paths: { "/v1/verifications": { post: { "x-permission": "public" } } },
    });
  });
});
