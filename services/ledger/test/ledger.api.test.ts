import { base64Of, bytesOfBase64, textOfUtf8, utf8Of } from "@yinxin/crypto/bytes";
import { digest, digestText } from "@yinxin/crypto/digest";
import { openOfd } from "@yinxin/crypto/ofd";
import { leafHash, parseCheckpoint, parseNoteKey, verifyInclusion, verifyNote } from "@yinxin/crypto/tlog";
import { verifyDocument } from "@yinxin/crypto/verification";
import { fixedAuthorities } from "@yinxin/service-kit/known-authorities";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { fieldsRootOf } from "../src/domain/field-commitment.ts";
import { isLicenseIdentifier } from "../src/domain/license-identifier.ts";
import { issueLicense } from "../src/operations/issue-license.ts";
import { ledgerProblems } from "../src/http/index.ts";
import {
  attestationReply,
  issuedLicenseReply,
  licenseReadReply,
  logReply,
  proofReply,
} from "../src/http/license-schemas.ts";
import { approval, licenseRequest, market, now, origin, startLedger } from "./ledger-for-tests.ts";
import type { CallOptions, LedgerForTests } from "./ledger-for-tests.ts";
import { sealIdOf } from "./seal-service-for-tests.ts";

let ledger: LedgerForTests;
beforeAll(async () => {
  ledger = await startLedger();
});
afterAll(async () => {
  await ledger.close();
});
beforeEach(() => {
  ledger.seals.conduct = "honest";
});

let lastNumber = 0;

/** A good request with a number of its own, and members replaced. */
function request(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  lastNumber += 1;
  return { ...licenseRequest(`YL-PF-2026-${String(lastNumber).padStart(4, "0")}`), ...changes };
}

const issue = (body: unknown, token?: CallOptions["token"]) =>
  ledger.call("POST", "/v1/licenses", { body, ...(token !== undefined && { token }) });

async function issued(
  changes?: Readonly<Record<string, unknown>>,
): Promise<z.output<typeof issuedLicenseReply>> {
  const response = await issue(request(changes));
  expect(response.status).toBe(201);
  return issuedLicenseReply.parse(await response.json());
}

async function documentOf(id: string): Promise<Uint8Array> {
  const response = await ledger.call("GET", `/v1/licenses/${id}/document`);
  expect(response.headers.get("content-type")).toBe("application/ofd");
  return new Uint8Array(await response.arrayBuffer());
}

async function attest(document: Uint8Array): Promise<z.output<typeof attestationReply>> {
  const body = { document: { content: base64Of(document) } };
  const response = await ledger.call("POST", "/v1/attestations", { token: "none", body });
  expect(response.status).toBe(200);
  return attestationReply.parse(await response.json());
}

/** What a stranger does with a proof, knowing nothing but the log's key. */
async function holds(proof: z.output<typeof proofReply>): Promise<boolean> {
  const log = logReply.parse(await (await ledger.call("GET", "/v1/log", { token: "none" })).json());
  const verified = verifyNote(proof.checkpoint, [parseNoteKey(log.verifier_key)]);
  if (verified.result === "failed") return false;
  const checkpoint = parseCheckpoint(verified.text);
  return (
    checkpoint.origin === log.origin &&
    checkpoint.size === proof.tree_size &&
    verifyInclusion({
      leafHash: leafHash(utf8Of(proof.leaf)),
      index: proof.leaf_index,
      size: checkpoint.size,
      proof: proof.inclusion_proof.map(bytesOfBase64),
      root: checkpoint.root,
    })
  );
}

describe("issuing a license", () => {
  it("gives a sealed document and a leaf that commit to the same data, and a proof that a stranger can check", async () => {
    const license = await issued();
    expect(license).toMatchObject({ validity: "valid", recorded_at: now, name: "设立批复证书（测试）" });
    expect(isLicenseIdentifier(license.identifier)).toBe(true);
    expect(await holds(license.proof)).toBe(true);

    const document = await documentOf(license.id);
    const digests = {
      sha_256: digestText("SHA-256", digest("SHA-256", document)),
      sm3: digestText("SM3", digest("SM3", document)),
    };
    expect(license.document).toEqual({ name: `${license.identifier}.ofd`, digests });
    const leaf = z.record(z.string(), z.unknown()).parse(JSON.parse(license.proof.leaf));
    expect(leaf).toMatchObject({
      op: "issue",
      issuer: approval.code,
      fields: license.fields_root,
      file: [digests.sha_256, digests.sm3],
    });
    const main = textOfUtf8(openOfd(document).entries.get("OFD.xml")?.content() ?? new Uint8Array());
    expect(main).toContain(`<ofd:CustomData Name="YXSJZY">${license.fields_root}<`);
    expect(main).toContain(`<ofd:CustomData Name="ZZBS">${license.identifier}<`);
    const { anchors: trust } = ledger.seals.trust;
    const report = verifyDocument({ name: "license.ofd", bytes: document }, { trust, at: new Date(now) });
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.uncovered.filter(({ visible }) => visible)).toEqual([]);
    expect(report.signatures).toMatchObject([{ seal: { name: approval.name }, coverage: { whole: true } }]);
  });

  it("lets a reader open the commitment: the salted fields give the root that document and leaf have", async () => {
    const license = await issued();
    const response = await ledger.call("GET", `/v1/licenses/${license.id}`);
    const read = licenseReadReply.parse(await response.json());
    expect(read.fields.find(({ name }) => name === "CZZT")?.value).toBe("云岭市便民服务中心（测试）");
    expect(await fieldsRootOf(read.fields)).toBe(license.fields_root);
    expect(read.fields.every(({ salt }) => bytesOfBase64(salt).length === 16)).toBe(true);
    expect(new Set(read.fields.map(({ salt }) => salt)).size).toBe(read.fields.length);
  });

  it("puts each license at the end of the log, also when many are issued at once", async () => {
    const before = await ledger.rows();
    const licenses = await Promise.all(Array.from({ length: 5 }, () => issued()));
    const indexes = licenses.map(({ leaf_index }) => leaf_index).sort((left, right) => left - right);
    const first = before["log_leaves"] ?? 0;
    expect(indexes).toEqual([0, 1, 2, 3, 4].map((step) => first + step));
    for (const { proof } of licenses) expect(await holds(proof)).toBe(true);
  });

  it("is open to a person for a seal of their own organization, and records who acted for whom", async () => {
    const person = { subject: approval.id, actor: "psn_zhangmin", permissions: ["license:issue"] };
    const response = await issue(request(), person);
    const { id } = issuedLicenseReply.parse(await response.json());
    const events = await auditOf(id);
    expect(events).toMatchObject([
      { action: "license.issued", actor: "psn_zhangmin", on_behalf_of: approval.id },
    ]);
  });

  it("keeps personal data out of leaf and audit trail", async () => {
    const holder = { name: "张敏", code: "11010519491231002X", code_type: "111" };
    const { id, proof } = await issued({ holder });
    const kept = proof.leaf + JSON.stringify(await auditOf(id));
    for (const secret of [holder.name, holder.code]) expect(kept).not.toContain(secret);
  });
});

const auditRow = z.object({
  action: z.string(),
  actor: z.string(),
  on_behalf_of: z.string().nullable(),
  subject: z.string(),
  detail: z.string(),
});

async function auditOf(subject: string): Promise<z.output<typeof auditRow>[]> {
  const rows = await ledger.db
    .selectFrom("audit_events" as never)
    .selectAll()
    .where("subject" as never, "=", subject as never)
    .orderBy("leaf_index" as never)
    .execute();
  return z.array(auditRow).parse(rows);
}

describe("reading a license", () => {
  it("gives its proof under the newest checkpoint, however old the license is", async () => {
    const license = await issued();
    await issued();
    const response = await ledger.call("GET", `/v1/licenses/${license.id}/proof`);
    const proof = proofReply.parse(await response.json());
    expect(proof.leaf).toBe(license.proof.leaf);
    expect(proof.tree_size).toBeGreaterThan(license.proof.tree_size);
    expect(await holds(proof)).toBe(true);
  });

  it("is recorded: who read which part", async () => {
    const { id } = await issued();
    const reader = { subject: market.id, actor: "psn_liqiang", permissions: ["license:read"] };
    await ledger.call("GET", `/v1/licenses/${id}`, { token: reader });
    await ledger.call("GET", `/v1/licenses/${id}/document`, { token: reader });
    const events = (await auditOf(id)).slice(1);
    expect(events.map(({ detail }) => JSON.parse(detail) as unknown)).toEqual([
      { part: "metadata" },
      { part: "document" },
    ]);
    expect(events).toMatchObject(
      Array.from({ length: 2 }, () => ({ actor: "psn_liqiang", on_behalf_of: market.id })),
    );
    expect(await ledger.verifyAudit()).not.toHaveProperty("brokenAt");
  });

  it.each(["", "/document", "/proof"])("refuses an unknown license at …%s", async (part) => {
    const before = await ledger.rows();
    const response = await ledger.call("GET", `/v1/licenses/lic_000000000000000000000000${part}`);
    expect(await problemOf(response)).toMatchObject({ status: 404, code: "license-not-found" });
    expect(await ledger.rows()).toEqual(before);
  });
});

describe("the log", () => {
  it("shows its checkpoint and key to everybody", async () => {
    const response = await ledger.call("GET", "/checkpoint", { token: "none" });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    const log = logReply.parse(await (await ledger.call("GET", "/v1/log", { token: "none" })).json());
    const verified = verifyNote(await response.text(), [parseNoteKey(log.verifier_key)]);
    const { origin: named, size } = parseCheckpoint(verified.result === "passed" ? verified.text : "");
    expect({ named, size }).toEqual({ named: origin, size: (await ledger.rows())["log_leaves"] });
  });

  it("attests a document to anybody, and no document with another byte", async () => {
    const license = await issued({ valid_until: "2026-11-21" });
    const document = await documentOf(license.id);
    const attestation = await attest(document);
    expect(attestation).toMatchObject({
      attested: true,
      validity: "expired",
      digests: license.document.digests,
    });
    expect(attestation.proof?.leaf).toBe(license.proof.leaf);
    expect(attestation.proof !== undefined && (await holds(attestation.proof))).toBe(true);
    for (const place of [0, Math.floor(document.length / 2), document.length - 1]) {
      const changed = document.with(place, (document[place] ?? 0) ^ 1);
      const denied = await attest(changed);
      expect(denied).toEqual({ attested: false, digests: denied.digests });
    }
  });

  it("does not hand out a proof that does not hold", async () => {
    const other = await startLedger();
    const response = await other.call("POST", "/v1/licenses", { body: request() });
    const { id } = issuedLicenseReply.parse(await response.json());
    await other.db.updateTable("log_leaves").set({ leaf: "{}" }).execute();
    const refused = await other.call("GET", `/v1/licenses/${id}/proof`);
    expect(await problemOf(refused)).toMatchObject({ status: 500, code: "internal" });
    await other.close();
  });
});

const problemSchema = z.object({
  code: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string() })).optional(),
});

async function problemOf(response: Response): Promise<z.output<typeof problemSchema>> {
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  return problem;
}

/** The refusal, after which every table has the rows that it had before. */
async function refused(body: unknown, token?: CallOptions["token"]): Promise<z.output<typeof problemSchema>> {
  const before = await ledger.rows();
  const problem = await problemOf(await issue(body, token));
  expect(await ledger.rows()).toEqual(before);
  return problem;
}

describe("a license that is not issued", () => {
  it("has a number that is taken, and the problem names the license that has it", async () => {
    const body = request();
    const { id } = issuedLicenseReply.parse(await (await issue(body)).json());
    const { applications } = ledger.seals;
    expect(await refused(body)).toMatchObject({
      status: 409,
      code: "license-number-taken",
      detail: expect.stringContaining(id) as string,
    });
    expect(ledger.seals.applications).toBe(applications);
  });

  it("lost the race for its number while it was being sealed", async () => {
    const body = request();
    const before = await ledger.rows();
    const responses = await Promise.all([issue(body), issue(body), issue(body)]);
    expect(responses.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    for (const response of responses.filter(({ status }) => status === 409)) {
      expect(await problemOf(response)).toMatchObject({ code: "license-number-taken" });
    }
    expect(await ledger.rows()).toMatchObject({
      licenses: (before["licenses"] ?? 0) + 1,
      log_leaves: (before["log_leaves"] ?? 0) + 1,
    });
  });

  it("would carry the seal of another organization than the person's", async () => {
    const person = { subject: market.id, actor: "psn_liqiang", permissions: ["license:issue"] };
    expect(await refused(request(), person)).toMatchObject({ status: 403, code: "seal-not-of-organization" });
  });

  it("would carry the seal of another organization than its issuing authority, by name or by code", async () => {
    const expected = { status: 422, code: "seal-not-of-issuing-authority" };
    expect(await refused(request({ seal_id: sealIdOf(market) }))).toMatchObject(expected);
    const misnamed = { name: market.name, code: approval.code };
    expect(await refused(request({ issuing_authority: misnamed }))).toMatchObject(expected);
  });

  it("asks for a seal that does not exist or is suspended", async () => {
    expect(await refused(request({ seal_id: "seal_nobody" }))).toMatchObject({
      status: 422,
      code: "seal-not-found",
    });
    ledger.seals.conduct = "suspended";
    expect(await refused(request())).toMatchObject({ status: 409, code: "seal-not-active" });
  });

  it.each([
    ["unsealed", "document-not-sealed"],
    ["broken", "document-not-valid"],
    ["another-document", "document-not-of-license"],
  ] as const)("came back %s", async (conduct, code) => {
    ledger.seals.conduct = conduct;
    expect(await refused(request())).toMatchObject({ status: 502, code });
  });

  it("carries a seal that this deployment does not trust", async () => {
    const other = await startLedger();
    const before = await ledger.rows();
    const body = {
      name: "证书",
      typeCode: `${approval.code}001`,
      number: "1",
      holder: { name: "测试", code: "12330100MB0000003W", codeType: "001" },
      issuingAuthority: { name: approval.name, code: approval.code },
      issuedOn: "2026-11-21",
      validFrom: "2026-11-21",
    } as const;
    const deps = { ...ledger.deps, authorities: fixedAuthorities(other.seals.trust) };
    const attempt = issueLicense(deps, {
      content: body,
      sealId: sealIdOf(approval),
      actors: { actor: "seed" },
    });
    await expect(attempt).rejects.toMatchObject({ code: "document-not-valid" });
    expect(await ledger.rows()).toEqual(before);
    await other.close();
  });

  it("has a character that the font does not draw, which the problem names", async () => {
    const holder = { name: "龘龘中心", code: "12330100MB0000003W", code_type: "001" };
    expect(await refused(request({ holder }))).toMatchObject({
      status: 422,
      code: "glyph-missing",
      detail: expect.stringContaining("龘 (U+9F98)") as string,
    });
  });

  it("is asked for by nobody, or by somebody without the permission", async () => {
    expect(await refused(request(), "none")).toMatchObject({ status: 401, code: "unauthenticated" });
    const reader = { subject: "seed", permissions: ["license:read"] };
    expect(await refused(request(), reader)).toMatchObject({ status: 403, code: "not-permitted" });
    const elsewhere = { subject: "seed", scope: ["license:issue"], entitlements: ["license:read"] };
    expect(await refused(request(), elsewhere)).toMatchObject({ status: 403, code: "not-permitted" });
  });

  it.each([
    ["a type code with a wrong check character", { type_code: "11330100MB0000001A001" }, "/body/type_code"],
    [
      "an authority without a credit code",
      { issuing_authority: { name: "局", code: "330100" } },
      "/body/issuing_authority/code",
    ],
    [
      "a holder's code with a slip of the pen",
      { holder: { name: "中心", code: "12330100MB0000003A", code_type: "001" } },
      "/body/holder/code",
    ],
    ["a date that no calendar has", { issued_on: "2026-02-30" }, "/body/issued_on"],
    ["an end before its beginning", { valid_until: "2026-11-20" }, "/body/valid_until"],
    ["a name that shows nothing", { name: "\u3164" }, "/body/name"],
    ["a name with a turned writing direction", { name: "证\u202e书" }, "/body/name"],
    ["a number with a line break", { number: "1\n2" }, "/body/number"],
    ["a name longer than the page", { name: "证".repeat(61) }, "/body/name"],
    ["a member that nobody knows", { state: "valid" }, "/body/state"],
    ["a seal id that is a path", { seal_id: "seal_a/../b" }, "/body/seal_id"],
  ])("has %s", async (_, changes, pointer) => {
    expect(await refused(request(changes))).toMatchObject({
      status: 400,
      code: "invalid-request",
      errors: [{ pointer }],
    });
  });

  it("is larger than any request for one", async () => {
    expect(await refused(request({ name: "证".repeat(100_000) }))).toMatchObject({
      status: 413,
      code: "payload-too-large",
    });
  });
});

describe("an attestation that is not given", () => {
  it.each([
    ["is not base64", { content: "?" }],
    ["is base64 with stray bits", { content: "QUJ=" }],
    ["is not there", {}],
  ])("because the document %s", async (_, document) => {
    const response = await ledger.call("POST", "/v1/attestations", { token: "none", body: { document } });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: "invalid-request" });
  });

  it("because the document is larger than any license", async () => {
    const body = { document: { content: "A".repeat(28 * 1024 * 1024) } };
    const response = await ledger.call("POST", "/v1/attestations", { token: "none", body });
    expect(await problemOf(response)).toMatchObject({ status: 413, code: "payload-too-large" });
  });
});

describe("the service", () => {
  it("describes every route, and documents every problem that it answers with", async () => {
    const described = z
      .object({ paths: z.record(z.string(), z.unknown()), "x-problem-codes": z.record(z.string(), z.int()) })
      .parse(await (await ledger.call("GET", "/openapi.json", { token: "none" })).json());
    expect(Object.keys(described.paths).sort()).toEqual([
      "/checkpoint",
      "/v1/attestations",
      "/v1/licenses",
      "/v1/licenses/{license_id}",
      "/v1/licenses/{license_id}/document",
      "/v1/licenses/{license_id}/proof",
      "/v1/log",
    ]);
    for (const code of Object.keys(ledgerProblems)) {
      expect(described["x-problem-codes"]).toHaveProperty(code);
      expect((await ledger.call("GET", `/problems/${code}`, { token: "none" })).status, code).toBe(200);
    }
  });
});
