import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";

import { bytesOfBase64, concatBytes, utf8Of } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { createCompactJws } from "@yinxin/crypto/tokens";
import { parseCertificatesPem } from "@yinxin/crypto/x509";
import type { Clock } from "@yinxin/service-kit/clock";
import { createHealth } from "@yinxin/service-kit/health";
import { refuse } from "@yinxin/service-kit/problems";
import type { ProblemTable } from "@yinxin/service-kit/problems";
import { createServiceApp, defineRoute } from "@yinxin/service-kit/routes";
import { createTestTokens, silentLog, startTestService } from "@yinxin/service-kit/testing";
import type { TestService, TestTokens } from "@yinxin/service-kit/testing";
import { verificationRoutes } from "@yinxin/service-kit/verifications";
import { base64Bytes } from "@yinxin/service-kit/wire";
import type { Express } from "express";
import { urlencoded } from "express";
import { z } from "zod";

/** A sign-on service that logs everybody in as the same person, with real signatures; it has no pages. */
export interface SignOnPeer extends TestService {
  readonly tokens: TestTokens;
  /** What the next ID token says; the nonce must be what the desk sent. */
  next: { nonce: string; lifetimeSeconds: number; name: string; sub: string };
  /** The bodies that the token endpoint received. */
  readonly requests: Record<string, string>[];
}

export async function startSignOnPeer(clock: Clock): Promise<SignOnPeer> {
  const state = { nonce: "", lifetimeSeconds: 1800, name: "张敏", sub: "psn_1" };
  const requests: Record<string, string>[] = [];
  let made: TestTokens | undefined;
  const service = await startTestService({
    at: (issuer) => {
      const tokens = createTestTokens(clock, issuer);
      made = tokens;
      return appOf(issuer, tokens, clock, (app) => {
        app.get("/.well-known/openid-configuration", (_request, response) => {
          response.json({
            issuer,
            authorization_endpoint: `${issuer}/auth`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/jwks`,
            end_session_endpoint: `${issuer}/session/end`,
            response_types_supported: ["code"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: ["ES256"],
          });
        });
        app.get("/jwks", (_request, response) => response.json(tokens.jwks));
        app.post("/token", urlencoded({ extended: false }), async (request, response) => {
          requests.push(request.body as Record<string, string>);
          response.json(await tokenAnswer(tokens, clock, state));
        });
      });
    },
  });
  if (made === undefined) throw new Error("no tokens were made");
  return { ...service, tokens: made, next: state, requests };
}

async function tokenAnswer(tokens: TestTokens, clock: Clock, next: SignOnPeer["next"]): Promise<object> {
  const now = Math.floor(clock.now().getTime() / 1000);
  const [key] = tokens.jwks.keys;
  return {
    access_token: await tokens.token({
      subject: "org_1",
      actor: next.sub,
      organization: "org_1",
      clientId: "desk",
      permissions: ["seal:read", "seal:apply"],
      lifetimeSeconds: next.lifetimeSeconds,
    }),
    token_type: "Bearer",
    expires_in: next.lifetimeSeconds,
    id_token: await createCompactJws(
      tokens.signer,
      { kid: key?.kid },
      {
        iss: tokens.issuer,
        aud: "desk",
        sub: next.sub,
        name: next.name,
        organization: { id: "org_1", name: "杭州市测试审批局" },
        nonce: next.nonce,
        iat: now,
        exp: now + 600,
      },
    ),
  };
}

/** A seal service with two seals; it "seals" by adding a line, and verifies for real. */
export interface SealPeer extends TestService {
  /** The next application is refused with this code. */
  refuseNext: string | undefined;
  readonly applications: unknown[];
}

const problems = {
  "placement-outside-page": problem(422, "位置超出", "outside"),
  "seal-under-repair": problem(409, "印章正在维修", "The seal is being repaired"),
} as const satisfies ProblemTable;

function problem(status: number, zh: string, en: string): ProblemTable[string] {
  return { status, title: { zh, en }, hint: { zh: `${zh}的办法`, en: `${en}, what to do` } };
}

export async function startSealPeer(tokens: TestTokens, clock: Clock): Promise<SealPeer> {
  const state: { refuseNext: string | undefined; readonly applications: unknown[] } = {
    refuseNext: undefined,
    applications: [],
  };
  const root = await readFile(new URL("../../../../fixtures/pki/root.pem", import.meta.url), "utf8");
  const picture = bytesOfBase64(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  );
  const routes = [
    defineRoute({
      method: "get",
      path: "/v1/seals",
      summary: "List seals",
      permission: "seal:read",
      reply: { status: 200, schema: z.strictObject({ seals: z.array(z.looseObject({})) }) },
      handle: () => ({
        seals: [sealOf("seal_1", "杭州市测试审批局", "active"), sealOf("seal_2", "财务专用章", "suspended")],
      }),
    }),
    defineRoute({
      method: "get",
      path: "/v1/seals/:seal_id/picture",
      summary: "The face",
      permission: "seal:read",
      params: z.strictObject({ seal_id: z.literal("seal_1") }),
      reply: { status: 200, contentType: "image/png" },
      handle: () => picture,
    }),
    defineRoute({
      method: "post",
      path: "/v1/seals/:seal_id/applications",
      summary: "Apply",
      permission: "seal:apply",
      params: z.strictObject({ seal_id: z.string() }),
      body: z.strictObject({
        document: z.strictObject({ name: z.string(), content: base64Bytes(21 * 1024 * 1024) }),
        placement: z.strictObject({ page: z.int(), x_mm: z.number(), y_mm: z.number() }),
        reason: z.string().optional(),
      }),
      bodyLimitBytes: 30 * 1024 * 1024,
      reply: { status: 201, schema: z.looseObject({}) },
      handle: ({ params, body, caller }) => {
        const { refuseNext } = state;
        state.refuseNext = undefined;
        if (refuseNext !== undefined) throw refuse(refuseNext, "A sentence for developers.");
        const { document, ...rest } = body;
        state.applications.push({
          ...params,
          ...rest,
          name: document.name,
          actor: caller.actor,
          subject: caller.subject,
        });
        const content = concatBytes(document.content, utf8Of("\n% sealed"));
        return {
          id: `app_${randomUUID()}`,
          seal_id: params.seal_id,
          document: {
            name: document.name.replace(".pdf", "-已盖章.pdf"),
            content: Buffer.from(content).toString("base64"),
            digest: digestText("SM3", digest("SM3", content)),
          },
          format: "pdf",
          signed_at: clock.now().toISOString(),
        };
      },
    }),
    ...verificationRoutes({ trust: parseCertificatesPem(root), clock }),
  ];
  const service = await startTestService({
    at: (baseUrl) =>
      createServiceApp({ ...sharedOptions(tokens, clock), name: "seal", baseUrl, routes, problems }),
  });
  return Object.assign(state, service);
}

function sealOf(id: string, name: string, status: string): Record<string, unknown> {
  return {
    id,
    code: "33010000000001",
    name,
    organization_id: "org_1",
    type: 1,
    status,
    valid_from: "2026-01-01T00:00:00+08:00",
    valid_until: "2028-12-31T00:00:00+08:00",
    size_mm: 42,
    certificate: "",
  };
}

function appOf(baseUrl: string, tokens: TestTokens, clock: Clock, mount: (app: Express) => void): Express {
  return createServiceApp({
    ...sharedOptions(tokens, clock),
    name: "sso",
    baseUrl,
    routes: [],
    problems: {},
    mount,
  });
}

function sharedOptions(tokens: TestTokens, clock: Clock) {
  return {
    version: "0.0.0",
    authenticator: tokens.authenticator,
    log: silentLog,
    health: createHealth({ checks: {}, log: silentLog, clock }),
    randomBytes,
  };
}
