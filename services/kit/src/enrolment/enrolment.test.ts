import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { validatePath } from "@yinxin/crypto/x509";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { createServiceClient } from "../auth/index.ts";
import { createHealth } from "../health/index.ts";
import { refuse } from "../problems/index.ts";
import { createServiceApp, defineRoute } from "../routes/index.ts";
import {
  createTestCertificateAuthority,
  createTestTokens,
  fixedClock,
  silentLog,
  startTestService,
} from "../testing/index.ts";
import type { TestService } from "../testing/index.ts";
import { base64Bytes } from "../wire/index.ts";
import { createCertificateAuthorityClient, enrolCertificate } from "./index.ts";
import type { CertificateAuthority } from "./index.ts";

const clock = fixedClock("2026-11-22T08:00:00Z");
const authority = await createTestCertificateAuthority(clock);
const signer = createSoftwareSigner(generateKey("SM2").pkcs8);
const subject = [
  { type: "C", value: "CN" },
  { type: "O", value: "临溪市民政局" },
  { type: "CN", value: "印章制作系统" },
] as const;
const wanted = { profile: "seal-maker", subject, signer } as const;

/** The authority with its answer changed on the way. */
function answering(
  change: (issued: Awaited<ReturnType<CertificateAuthority["issue"]>>) => object,
): CertificateAuthority {
  return {
    revoke: (serialNumber, invalidFrom) => authority.revoke(serialNumber, invalidFrom),
    issue: async (profile, request) => {
      const issued = await authority.issue(profile, request);
      return { ...issued, ...change(issued) };
    },
  };
}

describe("enrolling a certificate", () => {
  it("gives a certificate of that key and name, with a chain to the authority's root", async () => {
    const { certificate, chain } = await enrolCertificate(authority, wanted);
    expect(certificate.publicKey).toEqual(signer.publicKey);
    expect(certificate.subject.text).toBe("CN=印章制作系统, O=临溪市民政局, C=CN");
    const path = validatePath({
      certificate,
      intermediates: chain,
      anchors: authority.roots,
      at: clock.now(),
      policy: { algorithms: "default" },
    });
    expect(path).toMatchObject({ isValid: true, failures: [] });
  });

  it("believes no certificate of another key", async () => {
    const other = createSoftwareSigner(generateKey("SM2").pkcs8);
    const { certificate } = await enrolCertificate(authority, { ...wanted, signer: other });
    const lying = answering(() => ({ certificate: certificate.raw }));
    await expect(enrolCertificate(lying, wanted)).rejects.toMatchObject({ code: "certificate-not-issued" });
  });

  it("believes no certificate of another name", async () => {
    const named = [...subject.slice(0, 2), { type: "CN", value: "另一个系统" }] as const;
    const { certificate } = await enrolCertificate(authority, { ...wanted, subject: named });
    const lying = answering(() => ({ certificate: certificate.raw }));
    await expect(enrolCertificate(lying, wanted)).rejects.toMatchObject({ code: "certificate-not-issued" });
  });

  it.each([
    ["without a chain", () => ({ chain: [] })],
    ["with a chain in the wrong order", ({ chain }) => ({ chain: [...chain].reverse() })],
    ["with a chain that ends below the root", ({ chain }) => ({ chain: chain.slice(0, 1) })],
    ["that is no certificate", () => ({ certificate: Uint8Array.of(0x30, 0x00) })],
  ] satisfies [string, Parameters<typeof answering>[0]][])("believes no answer %s", async (_how, change) => {
    await expect(enrolCertificate(answering(change), wanted)).rejects.toMatchObject({
      code: "certificate-not-issued",
    });
  });

  it("passes on that the authority refuses", async () => {
    authority.answer(false);
    await expect(enrolCertificate(authority, wanted)).rejects.toMatchObject({
      code: "certificate-not-issued",
    });
    authority.answer(true);
  });

  it("refuses a name that no certificate can have", async () => {
    const nameless = { ...wanted, subject: [{ type: "CN", value: "" }] } as const;
    await expect(enrolCertificate(authority, nameless)).rejects.toMatchObject({ code: "name-invalid" });
  });
});

describe("the certificate authority over HTTP", () => {
  const services: TestService[] = [];
  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
  });

  /** A service in the place of the certificate service, with the same interface. */
  async function startAuthority(refusal?: string): Promise<string> {
    const issued = z.object({ certificate: z.string(), chain: z.array(z.string()) });
    const route = defineRoute({
      method: "post",
      path: "/v1/certificates",
      summary: "Issue",
      permission: "certificate:issue",
      body: z.strictObject({ profile: z.literal("seal-maker"), request: base64Bytes(4096) }),
      reply: { status: 201, schema: issued },
      handle: async ({ body }) => {
        if (refusal !== undefined) throw refuse(refusal, "The subject has no O.");
        const { certificate, chain } = await authority.issue(body.profile, body.request);
        const text = (der: Uint8Array): string => Buffer.from(der).toString("base64");
        return { certificate: text(certificate), chain: chain.map(text) };
      },
    });
    const entry = { status: 422, title: { zh: "否", en: "No" }, hint: { zh: "改", en: "Change it" } };
    const service = await startTestService({
      at: (baseUrl) =>
        createServiceApp({
          name: "pki",
          version: "0.1.0",
          baseUrl,
          routes: [route],
          problems: { "subject-not-acceptable": entry },
          authenticator: tokens.authenticator,
          log: silentLog,
          health: createHealth({ checks: {}, log: silentLog, clock }),
          randomBytes: (size) => new Uint8Array(size),
        }),
    });
    services.push(service);
    return service.url;
  }

  const tokens = createTestTokens(clock);
  const clientOf = (baseUrl: string): CertificateAuthority =>
    createCertificateAuthorityClient(
      createServiceClient({
        baseUrl,
        fetch,
        tokens: { accessToken: () => tokens.token({ permissions: ["certificate:issue"] }) },
      }),
    );

  it("issues with this service's own token", async () => {
    const { certificate } = await enrolCertificate(clientOf(await startAuthority()), wanted);
    expect(certificate.publicKey).toEqual(signer.publicKey);
  });

  it("refuses as certificate-not-issued and says what the authority said", async () => {
    const client = clientOf(await startAuthority("subject-not-acceptable"));
    await expect(enrolCertificate(client, wanted)).rejects.toMatchObject({
      code: "certificate-not-issued",
      detail: "subject-not-acceptable: The subject has no O.",
    });
  });

  it("refuses as certificate-not-issued if the authority is not there", async () => {
    const url = await startAuthority();
    await services.pop()?.close();
    await expect(enrolCertificate(clientOf(url), wanted)).rejects.toMatchObject({
      code: "certificate-not-issued",
    });
  });

  it("leaves it a fault if the other side answers something else than agreed", async () => {
    const service = await startTestService((_request, response) => {
      response.writeHead(201, { "content-type": "application/json" }).end('{"certificate":"not base64!"}');
    });
    services.push(service);
    await expect(enrolCertificate(clientOf(service.url), wanted)).rejects.not.toHaveProperty("code");
  });
});
