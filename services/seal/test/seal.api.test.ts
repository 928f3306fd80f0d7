import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { base64Of, bytesOfBase64, utf8Of } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { openPdf } from "@yinxin/crypto/pdf";
import { parseSeal } from "@yinxin/crypto/seal";
import { verifyDocument } from "@yinxin/crypto/verification";
import type { VerificationReport } from "@yinxin/crypto/verification";
import { parseCertificate, parseTrustList, verifyCertificateSignature } from "@yinxin/crypto/x509";
import { createTestCertificateAuthority, fixedClock } from "@yinxin/service-kit/testing";
import type { TestTokenRequest } from "@yinxin/service-kit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { blankPage } from "../src/domain/blank-page.ts";
import { documentBytesMax } from "../src/http/index.ts";
import { withEncryptedEntries, withEntryRenamed, withPart } from "./documents-for-tests.ts";
import { approval, clerk, fixture, ledger, maker, market, now, startSealService } from "./seal-for-tests.ts";
import type { SealServiceForTests } from "./seal-for-tests.ts";

const run = promisify(execFile);
const replyPdf = fixture("documents/reply.pdf");
const replyOfd = fixture("documents/reply.ofd");

const sealSchema = z.strictObject({
  id: z.string(),
  code: z.string(),
  name: z.string(),
  organization_id: z.string(),
  type: z.number(),
  status: z.string(),
  version: z.number(),
  valid_from: z.string(),
  valid_until: z.string(),
  size_mm: z.number(),
  certificate: z.string(),
});
const applicationSchema = z.strictObject({
  id: z.string(),
  seal_id: z.string(),
  document: z.strictObject({ name: z.string(), content: z.string(), digest: z.string() }),
  format: z.enum(["pdf", "ofd"]),
  signed_at: z.string(),
});
const problemSchema = z.object({ code: z.string(), status: z.number(), detail: z.string().optional() });

type SealReply = z.infer<typeof sealSchema>;

async function makeSeal(
  service: SealServiceForTests,
  organization: object = approval,
  more: object = {},
): Promise<SealReply> {
  const response = await service.send("POST", "/v1/seals", maker, {
    organization,
    type: 1,
    division_code: "330100",
    ...more,
  });
  expect(response.status, await response.clone().text()).toBe(201);
  return sealSchema.parse(await response.json());
}

const place = { page: 1, x_mm: 118, y_mm: 186 };

function apply(
  service: SealServiceForTests,
  sealId: string,
  content: Uint8Array,
  more: { name?: string; placement?: object; caller?: TestTokenRequest; reason?: string } = {},
): Promise<Response> {
  const { name = "批复.pdf", placement = place, caller = clerk, reason } = more;
  return service.send("POST", `/v1/seals/${sealId}/applications`, caller, {
    document: { name, content: Buffer.from(content).toString("base64") },
    placement,
    ...(reason !== undefined && { reason }),
  });
}

async function sealed(
  response: Response,
): Promise<z.infer<typeof applicationSchema> & { bytes: Uint8Array }> {
  expect(
    response.status,
    await response
      .clone()
      .text()
      .then((text) => text.slice(0, 500)),
  ).toBe(201);
  const application = applicationSchema.parse(await response.json());
  return { ...application, bytes: bytesOfBase64(application.document.content) };
}

/** The verdict of somebody who has only the trust list. */
function verdictOf(service: SealServiceForTests, bytes: Uint8Array): VerificationReport {
  const { anchors, intermediates } = parseTrustList(service.authority.trustListPem);
  return verifyDocument({ name: "file", bytes }, { trust: anchors, intermediates, at: new Date(now) });
}

async function problemOf(response: Response): Promise<z.infer<typeof problemSchema>> {
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  return problemSchema.parse(await response.json());
}

describe("making a seal", () => {
  let service: SealServiceForTests;
  let seal: SealReply;
  beforeAll(async () => {
    service = await startSealService();
    seal = await makeSeal(service);
  });
  afterAll(async () => {
    await service.close();
  });

  it("gives it the division's next code, the organization's name, three years, and 42 mm; it is active", () => {
    expect(seal).toMatchObject({
      code: "33010000000001",
      name: approval.name,
      organization_id: approval.id,
      type: 1,
      status: "active",
      valid_from: "2026-11-22T08:00:00.000Z",
      valid_until: "2029-11-22T08:00:00.000Z",
      size_mm: 42,
    });
  });

  it("certifies the owner with the code and the credit code", () => {
    const certificate = parseCertificate(bytesOfBase64(seal.certificate));
    expect(certificate.subject.text).toBe(`CN=${seal.code}, O=${approval.uscc}${approval.name}, C=CN`);
    expect(certificate.keyAlgorithm).toBe("SM2");
  });

  it("is a SESeal that the maker signed over all of it, and its owner alone may use", async () => {
    const response = await service.send("GET", `/v1/seals/${seal.id}/seal`, clerk);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(response.headers.get("content-disposition")).toContain(`${seal.code}.esl`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const { info, makerCertificate } = parseSeal(bytes);
    expect(info).toMatchObject({
      code: seal.code,
      header: { version: 4 },
      property: { type: 1, name: seal.name },
    });
    expect(info.property.signers).toEqual({ listType: 1, certificates: [bytesOfBase64(seal.certificate)] });
    expect(parseCertificate(makerCertificate).subject.text).toContain("统一电子印章制作系统");
    expect(verdictOf(service, bytes)).toMatchObject({ format: "ses-seal", verdict: "VALID_WITH_WARNINGS" });
  });

  it("shows the face as a PNG, the same that is in the seal", async () => {
    const response = await service.send("GET", `/v1/seals/${seal.id}/picture`, clerk);
    expect(response.headers.get("content-type")).toBe("image/png");
    const picture = new Uint8Array(await response.arrayBuffer());
    const bytes = await (await service.send("GET", `/v1/seals/${seal.id}/seal`, clerk)).arrayBuffer();
    expect(parseSeal(new Uint8Array(bytes)).info.picture).toEqual({
      type: "PNG",
      data: picture,
      widthMm: 42,
      heightMm: 42,
    });
  });

  it("enrols the maker once, and writes both into the audit trail", async () => {
    const events = z.array(z.object({ action: z.string(), actor: z.string() }));
    const written = events.parse(
      await service.db
        .selectFrom("audit_events" as never)
        .selectAll()
        .where("action" as never, "not like", "key.%" as never)
        .where("action" as never, "<>", "record.read" as never)
        .execute(),
    );
    expect(written.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      "seal maker-certificate.enrolled",
      "seed owner-certificate.enrolled",
      "seed seal.made",
    ]);
    await makeSeal(service, market);
    expect(await service.remains()).toMatchObject({ seals: 2, events: 5, keyFiles: 3 });
  });

  it("names and draws the seals of other types for what they are", async () => {
    const contract = await makeSeal(service, approval, { type: 4 });
    expect(contract.name).toBe(`${approval.name}合同专用章`);
    const named = await makeSeal(service, approval, { type: 6, name: "云岭市行政审批局业务专用章" });
    expect(named.name).toBe("云岭市行政审批局业务专用章");
    const pictures = await Promise.all(
      [seal, contract].map(async ({ id }) =>
        (await service.send("GET", `/v1/seals/${id}/picture`, clerk)).text(),
      ),
    );
    expect(pictures[0]).not.toBe(pictures[1]);
  });

  it("ends with the owner's certificate where that ends sooner", async () => {
    const issuedUntil = (reply: SealReply): Date =>
      parseCertificate(bytesOfBase64(reply.certificate)).notAfter;
    const late = await startSealService();
    // The issuing authority has ten years; a seal made in the ninth cannot have three more.
    late.clock.advance(9 * 365 * 86_400_000);
    const made = await makeSeal(late);
    expect(new Date(made.valid_until)).toEqual(issuedUntil(made));
    expect(new Date(made.valid_until).getTime()).toBeLessThan(
      new Date(made.valid_from).getTime() + 2 * 365 * 86_400_000,
    );
    await late.close();
  });
});

describe("reading seals", () => {
  let service: SealServiceForTests;
  let own: SealReply;
  let other: SealReply;
  beforeAll(async () => {
    service = await startSealService();
    own = await makeSeal(service, approval);
    other = await makeSeal(service, market);
  });
  afterAll(async () => {
    await service.close();
  });

  async function codesFor(caller: TestTokenRequest, query = ""): Promise<string[]> {
    const response = await service.send("GET", `/v1/seals${query}`, caller);
    return z
      .object({ seals: z.array(sealSchema) })
      .parse(await response.json())
      .seals.map(({ code }) => code);
  }

  it("lists an organization its own, and all of them to those who make them or may apply any", async () => {
    expect(await codesFor(clerk)).toEqual([own.code]);
    expect(await codesFor(maker)).toEqual([own.code, other.code]);
    expect(await codesFor(ledger)).toEqual([own.code, other.code]);
    expect(await codesFor(maker, "?limit=1")).toEqual([own.code]);
    expect(await codesFor(maker, `?limit=1&after=${own.code}`)).toEqual([other.code]);
  });

  it("gives one seal to its organization, and seal-not-permitted to another one's people", async () => {
    const response = await service.send("GET", `/v1/seals/${own.id}`, clerk);
    expect(await response.json()).toEqual(own);
    for (const path of ["", "/picture", "/seal"]) {
      const refused = await service.send("GET", `/v1/seals/${other.id}${path}`, clerk);
      expect(await problemOf(refused)).toMatchObject({ status: 403, code: "seal-not-permitted" });
    }
  });

  it("answers seal-not-found for a seal that does not exist", async () => {
    for (const path of ["", "/picture", "/seal"]) {
      const response = await service.send("GET", `/v1/seals/seal_${"0".repeat(32)}${path}`, maker);
      expect(await problemOf(response)).toMatchObject({ status: 404, code: "seal-not-found" });
    }
  });
});

describe("a refused request to make a seal", () => {
  let service: SealServiceForTests;
  beforeAll(async () => {
    service = await startSealService();
    await makeSeal(service, approval);
  });
  afterAll(async () => {
    await service.close();
  });

  async function refused(body: object, caller: TestTokenRequest | undefined = maker) {
    const before = await service.remains();
    const whole = { organization: market, type: 1, division_code: "330100", ...body };
    const response = await service.send("POST", "/v1/seals", caller, whole);
    expect(await service.remains(), "left behind").toEqual(before);
    return problemOf(response);
  }

  it("is seal-exists for a second seal of the legal name", async () => {
    expect(await refused({ organization: approval })).toMatchObject({ status: 409, code: "seal-exists" });
  });

  it("is glyph-missing for a character that the font does not draw, and names it", async () => {
    const problem = await refused({ organization: { ...market, name: "龘城市民政局" } });
    expect(problem).toMatchObject({ status: 422, code: "glyph-missing" });
    expect(problem.detail).toContain("龘 (U+9F98)");
  });

  it.each([
    [
      "a credit code with a wrong check character",
      { organization: { ...market, uscc: "11330100MB00000020" } },
    ],
    ["a credit code that is too short", { organization: { ...market, uscc: "11330100MB000000" } }],
    ["a name with white space", { organization: { ...market, name: "云岭市 民政局" } }],
    ["a name that turns the writing direction", { organization: { ...market, name: "云岭市\u202e民政局" } }],
    ["a name that shows nothing", { organization: { ...market, name: "\u3164" } }],
    ["a name that no face has room for", { organization: { ...market, name: "云".repeat(41) } }],
    ["no name", { organization: { ...market, name: "" } }],
    ["an id that is no organization's", { organization: { ...market, id: "psn_1" } }],
    ["a personal seal", { type: 0 }],
    ["a type that is not known", { type: 15 }],
    ["a division of five digits", { division_code: "33010" }],
    ["a member too many", { status: "active" }],
  ])("is invalid-request for %s", async (_what, body) => {
    expect(await refused(body)).toMatchObject({ status: 400, code: "invalid-request" });
  });

  it("is not-permitted without seal:make", async () => {
    expect(await refused({}, clerk)).toMatchObject({ status: 403, code: "not-permitted" });
  });

  it("is payload-too-large beyond the limit", async () => {
    expect(await refused({ name: "云".repeat(100_000) })).toMatchObject({
      status: 413,
      code: "payload-too-large",
    });
  });

  it("is certificate-not-issued if the authority does not answer, and leaves no seal; later it succeeds", async () => {
    const before = await service.remains();
    service.authority.answer(false);
    const body = { organization: market, type: 1, division_code: "330100" };
    const response = await service.send("POST", "/v1/seals", maker, body);
    expect(await problemOf(response)).toMatchObject({ status: 502, code: "certificate-not-issued" });
    // A serial number that is never used again, and a key that no row names.
    expect(await service.remains()).toEqual({
      ...before,
      numbers: before.numbers + 1,
      keyFiles: before.keyFiles + 1,
    });
    service.authority.answer(true);
    const made = await makeSeal(service, market);
    expect(made.code).toBe("33010000000003");
  });

  it("is seal-numbers-used-up when the division has none left", async () => {
    const last = { division_code: "330300", last_serial: 99_999_999 };
    await service.db.insertInto("seal_numbers").values(last).execute();
    const body = { organization: market, type: 4, division_code: "330300" };
    const before = await service.remains();
    const response = await service.send("POST", "/v1/seals", maker, body);
    expect(await problemOf(response)).toMatchObject({ status: 409, code: "seal-numbers-used-up" });
    expect(await service.remains()).toMatchObject({ seals: before.seals, keyFiles: before.keyFiles });
  });

  it("is seal-exists for all but one of those who ask at the same moment", async () => {
    const fresh = await startSealService();
    const body = { organization: market, type: 1, division_code: "330100" };
    const responses = await Promise.all([1, 2, 3].map(() => fresh.send("POST", "/v1/seals", maker, body)));
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(await fresh.remains()).toMatchObject({ seals: 1, events: 3 });
    await fresh.close();
  });
});

describe("applying a seal", () => {
  let service: SealServiceForTests;
  let seal: SealReply;
  let other: SealReply;
  beforeAll(async () => {
    service = await startSealService();
    seal = await makeSeal(service, approval);
    other = await makeSeal(service, market);
  });
  afterAll(async () => {
    await service.close();
  });

  it.each([
    ["pdf", replyPdf],
    ["ofd", replyOfd],
  ] as const)(
    "to a %s gives a document that anybody can verify with the deployment's roots",
    async (format, document) => {
      const application = await sealed(
        await apply(service, seal.id, document, { name: `批复.${format}`, reason: "批复盖章" }),
      );
      expect(application).toMatchObject({
        seal_id: seal.id,
        format,
        signed_at: "2026-11-22T08:00:00.000Z",
        document: {
          name: `批复-sealed.${format}`,
          digest: digestText("SM3", digest("SM3", application.bytes)),
        },
      });
      const report = verdictOf(service, application.bytes);
      expect(report).toMatchObject({ format, verdict: "VALID_WITH_WARNINGS" });
      expect(report.signatures).toHaveLength(1);
      expect(report.signatures[0]).toMatchObject({
        seal: { code: seal.code, name: seal.name, type: 1, version: 4 },
        coverage: { whole: true },
      });
    },
  );

  it("tells the same in /v1/verifications, to anybody", async () => {
    const { bytes } = await sealed(await apply(service, seal.id, replyOfd));
    const ask = async (content: Uint8Array): Promise<unknown> => {
      const file = { name: "批复.ofd", content: base64Of(content) };
      return (await service.send("POST", "/v1/verifications", undefined, { file })).json();
    };
    expect(await ask(bytes)).toMatchObject({ verdict: "VALID_WITH_WARNINGS" });
    expect(await ask(replyOfd)).toMatchObject({ verdict: "UNSIGNED" });
  });

  it("puts the seal at the page and the millimetres that were asked for", async () => {
    const { bytes } = await sealed(
      await apply(service, seal.id, replyOfd, { placement: { page: 1, x_mm: 10.5, y_mm: 20.25 } }),
    );
    const text = Buffer.from(bytes).toString("latin1");
    expect(text).toContain('Boundary="10.5 20.25 42 42"');
  });

  it("records digests, place, person and reason in one row and one event, and not the document", async () => {
    const before = await service.remains();
    const application = await sealed(await apply(service, seal.id, replyPdf, { reason: "设立批复" }));
    expect(await service.remains()).toEqual({
      ...before,
      applications: before.applications + 1,
      events: before.events + 1,
    });
    const row = await service.db
      .selectFrom("applications")
      .selectAll()
      .where("id", "=", application.id)
      .executeTakeFirst();
    expect(row).toEqual({
      id: application.id,
      seal_id: seal.id,
      document_name: "批复.pdf",
      format: "pdf",
      digest_before: digestText("SM3", digest("SM3", replyPdf)),
      digest_after: application.document.digest,
      page: 1,
      x_um: 118_000,
      y_um: 186_000,
      signed_at: "2026-11-22T08:00:00.000Z",
      actor: "psn_zhangmin",
      on_behalf_of: approval.id,
      reason: "设立批复",
    });
  });

  it("lets a system with seal:apply-any use any organization's seal", async () => {
    const application = await sealed(await apply(service, other.id, replyOfd, { caller: ledger }));
    expect(verdictOf(service, application.bytes).signatures[0]?.seal?.name).toBe(market.name);
  });

  it.each([
    ["pdf", replyPdf],
    ["ofd", replyOfd],
  ] as const)("puts a second seal on a %s without harm to the first", async (_format, document) => {
    const first = await sealed(await apply(service, seal.id, document));
    const placement = { page: 1, x_mm: 20, y_mm: 20 };
    const second = await sealed(await apply(service, other.id, first.bytes, { caller: ledger, placement }));
    const report = verdictOf(service, second.bytes);
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.signatures.map((signature) => signature.seal?.code)).toEqual([seal.code, other.code]);
  });

  it.each(["pdf", "ofd"])(
    "puts a seal on a %s that has one of an authority not known here",
    async (format) => {
      const foreign = fixture(`documents/reply-sealed.${format}`);
      const placement = { page: 1, x_mm: 20, y_mm: 20 };
      const { bytes } = await sealed(await apply(service, seal.id, foreign, { placement }));
      const verdicts = verdictOf(service, bytes).signatures.map(({ verdict }) => verdict);
      expect(verdicts).toEqual(["INDETERMINATE", "VALID_WITH_WARNINGS"]);
    },
  );

  it("leaves the original of a PDF as it was, byte for byte", async () => {
    const { bytes } = await sealed(await apply(service, seal.id, replyPdf));
    expect(bytes.subarray(0, replyPdf.length)).toEqual(replyPdf);
    expect(openPdf(bytes).signatures).toHaveLength(1);
  });
});

describe("a refused request to apply a seal", () => {
  let service: SealServiceForTests;
  let seal: SealReply;
  let other: SealReply;
  beforeAll(async () => {
    service = await startSealService();
    seal = await makeSeal(service, approval);
    other = await makeSeal(service, market);
  });
  afterAll(async () => {
    await service.close();
  });

  async function refused(content: Uint8Array, more: Parameters<typeof apply>[3] & { sealId?: string } = {}) {
    const before = await service.remains();
    const response = await apply(service, more.sealId ?? seal.id, content, more);
    expect(await service.remains(), "left behind").toEqual(before);
    return problemOf(response);
  }

  it("is seal-not-found for a seal that does not exist", async () => {
    const sealId = `seal_${"0".repeat(32)}`;
    expect(await refused(replyPdf, { sealId })).toMatchObject({ status: 404, code: "seal-not-found" });
  });

  it("is seal-not-permitted for another organization's seal", async () => {
    expect(await refused(replyPdf, { sealId: other.id })).toMatchObject({
      status: 403,
      code: "seal-not-permitted",
    });
  });

  it("is seal-not-permitted for one who makes seals but owns none", async () => {
    const caller = { ...maker, permissions: ["seal:make", "seal:apply"] };
    expect(await refused(replyPdf, { caller })).toMatchObject({ code: "seal-not-permitted" });
  });

  it("is not-permitted without seal:apply, in scope and in entitlements", async () => {
    for (const missing of [{ scope: ["seal:read"] }, { entitlements: ["seal:read"] }]) {
      const caller = { ...clerk, ...missing };
      expect(await refused(replyPdf, { caller })).toMatchObject({ status: 403, code: "not-permitted" });
    }
  });

  it.each(["suspended", "revoked"])("is seal-not-active for a seal that is %s", async (status) => {
    await service.db.updateTable("seals").set({ status }).where("id", "=", seal.id).execute();
    expect(await refused(replyPdf)).toMatchObject({ status: 409, code: "seal-not-active" });
    await service.db.updateTable("seals").set({ status: "active" }).where("id", "=", seal.id).execute();
  });

  it("is seal-not-active if the seal is suspended while it is being applied", async () => {
    service.beforeSigning(() =>
      service.db.updateTable("seals").set({ status: "suspended" }).where("id", "=", seal.id).execute(),
    );
    expect(await refused(replyPdf)).toMatchObject({ status: 409, code: "seal-not-active" });
    await service.db.updateTable("seals").set({ status: "active" }).where("id", "=", seal.id).execute();
  });

  it("is seal-not-active after the seal expired", async () => {
    const fourYears = 4 * 365 * 86_400_000;
    service.clock.advance(fourYears);
    expect(await refused(replyPdf)).toMatchObject({ status: 409, code: "seal-not-active" });
    service.clock.advance(-fourYears);
  });

  it.each<[string, Uint8Array]>([
    ["nothing at all", new Uint8Array()],
    ["text", utf8Of("本市政府关于……的批复")],
    ["a picture", fixture("seals/approval.png")],
    ["a seal", fixture("seals/approval.esl")],
    ["a zip that is no OFD", withEntryRenamed(replyOfd, "OFD.xml", "XXX.xml")],
  ])("is document-not-supported for %s", async (_what, content) => {
    expect(await refused(content)).toMatchObject({ status: 415, code: "document-not-supported" });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["a PDF that is cut short", replyPdf.subarray(0, 50_000), /pdf-truncated/],
    ["a PDF whose cross-references lead nowhere", blankPage("/Prev 999999"), /pdf-malformed/],
    ["an OFD that is cut short", replyOfd.subarray(0, -30), /zip-truncated/],
    [
      "an OFD with an entry that climbs out of it",
      withEntryRenamed(replyOfd, "Doc_0/PublicRes.xml", "../_0/PublicRes.xml".slice(0, 19)),
      /zip-entry-path/,
    ],
  ])("is document-malformed for %s, with the reader's code", async (_what, content, code) => {
    const problem = await refused(content);
    expect(problem).toMatchObject({ status: 422, code: "document-malformed" });
    expect(problem.detail).toMatch(code);
  });

  it.each<[string, Uint8Array]>([
    ["a PDF", blankPage("/Encrypt << /Filter /Standard /V 4 /R 4 /P -4 >> /ID [<00> <00>]")],
    ["an OFD", withEncryptedEntries(replyOfd)],
  ])("is document-encrypted for %s with a password", async (_what, content) => {
    expect(await refused(content)).toMatchObject({ status: 422, code: "document-encrypted" });
  });

  it.each(["pdf", "ofd"])("is document-tampered for a %s whose seal is broken", async (format) => {
    const content = fixture(`documents/reply-tampered.${format}`);
    expect(await refused(content)).toMatchObject({ status: 409, code: "document-tampered" });
  });

  it.each(["pdf", "ofd"])("is page-not-found for a page that a %s does not have", async (format) => {
    const placement = { ...place, page: 2 };
    expect(await refused(fixture(`documents/reply.${format}`), { placement })).toMatchObject({
      status: 422,
      code: "page-not-found",
    });
  });

  it.each(["pdf", "ofd"])(
    "is placement-outside-page where a %s has no room for the whole seal",
    async (format) => {
      for (const corner of [
        { x_mm: 170, y_mm: 20 },
        { x_mm: 20, y_mm: 260 },
        { x_mm: -1, y_mm: 20 },
        { x_mm: 20, y_mm: -1 },
      ]) {
        const placement = { page: 1, ...corner };
        expect(await refused(fixture(`documents/reply.${format}`), { placement })).toMatchObject({
          status: 422,
          code: "placement-outside-page",
        });
      }
    },
  );

  it("is signing-closed for an OFD with a list that fixes its files", async () => {
    const closed = withPart(replyOfd, "OFDEntries.xml", utf8Of("<OFDEntries/>"));
    expect(await refused(closed)).toMatchObject({ status: 409, code: "signing-closed" });
  });

  it("is payload-too-large for a document beyond the limit", async () => {
    const content = new Uint8Array(documentBytesMax + 16 * 1024);
    expect(await refused(content)).toMatchObject({ status: 413, code: "payload-too-large" });
  });

  it.each([
    ["a path as a name", { name: "../批复.pdf" }],
    ["a name with a line break", { name: "批复\n.pdf" }],
    ["page 0", { placement: { ...place, page: 0 } }],
    ["half a page", { placement: { ...place, page: 1.5 } }],
    ["no position", { placement: { page: 1 } }],
    ["a position in text", { placement: { ...place, x_mm: "10" } }],
    ["a reason with control characters", { reason: "批复\u0007" }],
  ])("is invalid-request for %s", async (_what, more) => {
    expect(await refused(replyPdf, more)).toMatchObject({ status: 400, code: "invalid-request" });
  });

  it("is unauthenticated without a token", async () => {
    const response = await service.send("POST", `/v1/seals/${seal.id}/applications`, undefined, {});
    expect(await problemOf(response)).toMatchObject({ status: 401, code: "unauthenticated" });
  });

  it("is a fault without detail, and leaves nothing, if what was sealed does not verify with the deployment's roots", async () => {
    const stranger = await createTestCertificateAuthority(fixedClock(now));
    const strange = await startSealService({ trustPem: stranger.trustListPem });
    const unknown = await makeSeal(strange, approval);
    const before = await strange.remains();
    const response = await apply(strange, unknown.id, replyPdf);
    expect(await problemOf(response)).toEqual({ status: 500, code: "internal" });
    expect(await strange.remains()).toEqual(before);
    await strange.close();
  });
});

describe("what other programs say of a sealed document", () => {
  let service: SealServiceForTests;
  let folder: string;
  beforeAll(async () => {
    service = await startSealService();
    folder = await mkdtemp(join(tmpdir(), "yinxin-sealed-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await service.close();
  });

  async function sealedFile(format: "pdf" | "ofd"): Promise<string> {
    const [existing] = z
      .object({ seals: z.array(sealSchema) })
      .parse(await (await service.send("GET", "/v1/seals", maker)).json()).seals;
    const seal = existing ?? (await makeSeal(service));
    const { bytes } = await sealed(await apply(service, seal.id, fixture(`documents/reply.${format}`)));
    const path = join(folder, `sealed.${format}`);
    await writeFile(path, bytes);
    return path;
  }

  toolTest(["qpdf"], "qpdf finds nothing wrong with the PDF", async () => {
    const { stdout } = await run("qpdf", ["--check", await sealedFile("pdf")]);
    expect(stdout).toContain("No syntax or stream encoding errors found");
  });

  toolTest(["unzip"], "unzip finds nothing wrong with the OFD", async () => {
    const { stdout } = await run("unzip", ["-t", await sealedFile("ofd")]);
    expect(stdout).toContain("No errors detected");
  });

  it("the maker's and the owner's certificates were issued by the same authority", async () => {
    const seal = await makeSeal(service, market);
    const bytes = await (await service.send("GET", `/v1/seals/${seal.id}/seal`, maker)).arrayBuffer();
    const { makerCertificate } = parseSeal(new Uint8Array(bytes));
    const [issuing] = parseTrustList(service.authority.trustListPem).intermediates;
    for (const der of [makerCertificate, bytesOfBase64(seal.certificate)]) {
      expect(verifyCertificateSignature(parseCertificate(der), issuing?.publicKey ?? new Uint8Array())).toBe(
        true,
      );
    }
  });
});
