import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { base64Of, bytesOfBase64, pemOfDer } from "@yinxin/crypto/bytes";
import { parseDer } from "@yinxin/crypto/der";
import type { NameInput } from "@yinxin/crypto/issuing";
import type { Signer } from "@yinxin/crypto/signer";
import { parseCertificate, parseCertificatesPem, validatePath } from "@yinxin/crypto/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { now, ownerName, requestFor, softwareKey, startPki } from "./pki-for-tests.ts";
import type { PkiForTests } from "./pki-for-tests.ts";

const run = promisify(execFile);

let pki: PkiForTests;
beforeAll(async () => {
  pki = await startPki();
});
afterAll(async () => {
  await pki.close();
});

const issuedSchema = z.strictObject({
  serial_number: z.string(),
  certificate: z.string(),
  chain: z.array(z.string()),
});
const problemSchema = z.object({ code: z.string(), status: z.number(), detail: z.string().optional() });

async function post(
  body: unknown,
  permissions: readonly string[] = ["certificate:issue"],
): Promise<Response> {
  return fetch(`${pki.url}/v1/certificates`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: await pki.tokens.bearer({ subject: "seal", permissions }),
    },
    body: JSON.stringify(body),
  });
}

async function issue(
  profile: string,
  subject: NameInput,
  signer?: Signer,
): Promise<z.infer<typeof issuedSchema>> {
  const response = await post({ profile, request: await requestFor(subject, signer) });
  expect(response.status).toBe(201);
  return issuedSchema.parse(await response.json());
}

async function rootOf(algorithm: string): Promise<string> {
  const reply = z.object({
    authorities: z.array(
      z.object({ algorithm: z.string(), id: z.string(), root_pem: z.string(), chain_pem: z.string() }),
    ),
  });
  const response = await fetch(`${pki.url}/v1/authorities`);
  const { authorities } = reply.parse(await response.json());
  return authorities.find((authority) => authority.algorithm === algorithm)?.root_pem ?? "";
}

/** Rows that a refused request must not leave behind. */
async function rows(): Promise<{ certificates: number; events: number }> {
  const count = (table: "certificates") =>
    pki.db
      .selectFrom(table)
      .select((select) => select.fn.countAll<number>().as("rows"))
      .executeTakeFirstOrThrow();
  const audit = z.object({ events: z.number() }).parse(await pki.verifyAudit());
  return { certificates: (await count("certificates")).rows, events: audit.events };
}

/** With members replaced by type; undefined takes one away. */
function nameWith(changes: Readonly<Record<string, string | undefined>>): NameInput {
  return ownerName.flatMap(({ type, value }) => {
    const changed = type in changes ? changes[type] : value;
    return changed === undefined ? [] : [{ type, value: changed }];
  });
}

const personName: NameInput = [
  { type: "C", value: "CN" },
  { type: "O", value: "临溪市民政局" },
  { type: "CN", value: "临溪市民政局文件签名" },
];

describe("the authorities", () => {
  it("are one root and one issuing authority for SM2 and for P-256, whose chains hold", async () => {
    for (const algorithm of ["SM2", "ES256"]) {
      const [root] = parseCertificatesPem(await rootOf(algorithm));
      expect(root?.keyAlgorithm).toBe(algorithm);
      expect(root?.basicConstraints?.isCa).toBe(true);
      expect(root?.subject.text).toContain("测试");
    }
    const purposes = (await pki.governance.rings.rings()).map(({ purpose }) => purpose);
    expect(purposes).toEqual(["ca.issuing.es256", "ca.issuing.sm2", "ca.root.es256", "ca.root.sm2"]);
    expect(await pki.keyFiles()).toHaveLength(4);
  });

  it("stay the same when the service starts again", async () => {
    const first = await startPki();
    const before: unknown = await (await fetch(`${first.url}/v1/authorities`)).json();
    const events = await first.verifyAudit();
    const second = await first.restart({ makesTestAuthority: false });
    expect(await (await fetch(`${second.url}/v1/authorities`)).json()).toEqual(before);
    expect(await second.verifyAudit()).toEqual(events);
    await second.close();
  });

  it("are not made unless they are asked for, and then nothing is issued", async () => {
    const bare = await startPki({ makesTestAuthority: false });
    expect(await (await fetch(`${bare.url}/v1/authorities`)).json()).toEqual({ authorities: [] });
    const response = await fetch(`${bare.url}/v1/certificates`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: await bare.tokens.bearer({ permissions: ["certificate:issue"] }),
      },
      body: JSON.stringify({ profile: "seal-owner", request: await requestFor(ownerName) }),
    });
    expect(problemSchema.parse(await response.json())).toMatchObject({
      status: 503,
      code: "authority-not-ready",
    });
    expect(await bare.db.selectFrom("certificates").select("serial_number").execute()).toEqual([]);
    expect(await bare.keyFiles()).toEqual([]);
    await bare.close();
  });
});

describe("issuing a certificate", () => {
  it("certifies a seal owner's SM2 key with the seal's code and the organization, under the root", async () => {
    const signer = softwareKey("SM2");
    const issued = await issue("seal-owner", ownerName, signer);
    const certificate = parseCertificate(bytesOfBase64(issued.certificate));
    expect(certificate.serialNumber).toBe(issued.serial_number);
    expect(certificate.subject.text).toBe("CN=33010600000001, O=11330106000000001B临溪市民政局, C=CN");
    expect(certificate.publicKey).toEqual(signer.publicKey);
    expect(certificate.keyUsage).toEqual(new Set(["digitalSignature", "nonRepudiation"]));
    expect(certificate.basicConstraints?.isCa ?? false).toBe(false);
    const path = validatePath({
      certificate,
      intermediates: issued.chain.map((der) => parseCertificate(bytesOfBase64(der))),
      anchors: parseCertificatesPem(await rootOf("SM2")),
      at: new Date(now),
      policy: { algorithms: "default" },
    });
    expect(path).toMatchObject({ isValid: true, failures: [] });
    expect(path.chain).toHaveLength(3);
  });

  it("certifies a P-256 signer under the P-256 root", async () => {
    const issued = await issue("signer", personName, softwareKey("ES256"));
    const path = validatePath({
      certificate: parseCertificate(bytesOfBase64(issued.certificate)),
      intermediates: issued.chain.map((der) => parseCertificate(bytesOfBase64(der))),
      anchors: parseCertificatesPem(await rootOf("ES256")),
      at: new Date(now),
      policy: { algorithms: "default" },
    });
    expect(path).toMatchObject({ isValid: true, failures: [] });
  });

  it("gives every certificate a serial number of its own with at least 64 random bits", async () => {
    const serials = await Promise.all(
      Array.from({ length: 8 }, async () => (await issue("seal-maker", personName)).serial_number),
    );
    expect(new Set(serials).size).toBe(8);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
  });

  it("lets certificates begin a little in the past, for clocks that are slow", async () => {
    const issued = await issue("seal-owner", ownerName);
    const { notBefore } = parseCertificate(bytesOfBase64(issued.certificate));
    expect(notBefore.toISOString()).toBe("2026-11-22T07:55:00.000Z");
  });

  it("writes who asked into the audit trail, whose chain holds", async () => {
    const issued = await issue("seal-owner", ownerName);
    const event = await pki.db
      .selectFrom("audit_events" as never)
      .selectAll()
      .where("subject" as never, "=", issued.serial_number as never)
      .executeTakeFirst();
    expect(event).toMatchObject({ action: "certificate.issued", actor: "seal" });
    expect(await pki.verifyAudit()).not.toHaveProperty("brokenAt");
  });

  it("gives the certificate out again to anybody who knows its number", async () => {
    const issued = await issue("seal-owner", ownerName);
    const response = await fetch(`${pki.url}/v1/certificates/${issued.serial_number}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(issued);
  });

  it("answers certificate-not-found for a number that was never issued", async () => {
    const response = await fetch(`${pki.url}/v1/certificates/${"4f".repeat(16)}`);
    expect(problemSchema.parse(await response.json())).toMatchObject({
      status: 404,
      code: "certificate-not-found",
    });
  });

  it("leaves only a reserved number behind if the authority's key fails, which is never given out as a certificate", async () => {
    const broken = await startPki();
    const events = await broken.verifyAudit();
    await broken.closeKeys();
    const response = await fetch(`${broken.url}/v1/certificates`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: await broken.tokens.bearer({ permissions: ["certificate:issue"] }),
      },
      body: JSON.stringify({ profile: "seal-owner", request: await requestFor(ownerName) }),
    });
    expect(problemSchema.parse(await response.json())).toEqual({ status: 500, code: "internal" });
    const [left, ...more] = await broken.db
      .selectFrom("certificates")
      .selectAll()
      .where("profile", "=", "seal-owner")
      .execute();
    expect(more).toEqual([]);
    expect(left).toMatchObject({ certificate: null, issued_at: null });
    expect((await fetch(`${broken.url}/v1/certificates/${left?.serial_number ?? ""}`)).status).toBe(404);
    expect(await broken.verifyAudit(), "only the two authorities").toEqual(events);
    await broken.close();
  });
});

describe("a refused request for a certificate", () => {
  async function refused(body: unknown): Promise<z.infer<typeof problemSchema>> {
    const before = await rows();
    const response = await post(body);
    expect(await rows(), "rows left behind").toEqual(before);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    return problemSchema.parse(await response.json());
  }

  it.each([
    ["bytes that are no request", () => new TextEncoder().encode("no request")],
    ["a request with a byte too many", (good: Uint8Array) => Uint8Array.from([...good, 0])],
    ["a request that is cut short", (good: Uint8Array) => good.subarray(0, -1)],
    ["nothing", () => new Uint8Array()],
  ])("is request-malformed for %s", async (_what, damage) => {
    const request = base64Of(damage(bytesOfBase64(await requestFor(ownerName))));
    expect(await refused({ profile: "seal-owner", request })).toMatchObject({
      status: 400,
      code: "request-malformed",
    });
  });

  it("is possession-not-proven if the name was changed after signing", async () => {
    const request = bytesOfBase64(await requestFor(ownerName));
    const text = new TextEncoder().encode("33010600000001");
    const at = Buffer.from(request).indexOf(text);
    request[at + text.length - 1] = "2".charCodeAt(0);
    expect(() => parseDer(request)).not.toThrow();
    expect(await refused({ profile: "seal-owner", request: base64Of(request) })).toMatchObject({
      status: 422,
      code: "possession-not-proven",
    });
  });

  it("is possession-not-proven if the key in it is somebody else's", async () => {
    const [own, other] = [softwareKey("SM2"), softwareKey("SM2")];
    const request = bytesOfBase64(await requestFor(ownerName, own));
    request.set(other.publicKey, Buffer.from(request).indexOf(own.publicKey));
    expect(await refused({ profile: "seal-owner", request: base64Of(request) })).toMatchObject({
      code: "possession-not-proven",
    });
  });

  it.each(["seal-owner", "seal-maker"])(
    "is algorithm-not-acceptable for a P-256 key of a %s",
    async (profile) => {
      const request = await requestFor(ownerName, softwareKey("ES256"));
      expect(await refused({ profile, request })).toMatchObject({
        status: 422,
        code: "algorithm-not-acceptable",
      });
    },
  );

  it("is algorithm-not-acceptable for an Ed25519 key of a signer", async () => {
    const request = await requestFor(personName, softwareKey("Ed25519"));
    expect(await refused({ profile: "signer", request })).toMatchObject({ code: "algorithm-not-acceptable" });
  });

  it.each<[string, string, NameInput]>([
    ["a seal owner without a code", "seal-owner", nameWith({ CN: undefined })],
    ["a seal owner with a code of 13 digits", "seal-owner", nameWith({ CN: "3301060000000" })],
    ["a seal owner with letters in the code", "seal-owner", nameWith({ CN: "3301060000000A" })],
    ["a seal owner without organization", "seal-owner", nameWith({ O: undefined })],
    [
      "a seal owner whose credit code has a wrong check character",
      "seal-owner",
      nameWith({ O: "113301060000000019临溪市民政局" }),
    ],
    [
      "a seal owner without a name after the credit code",
      "seal-owner",
      nameWith({ O: "11330106000000001B" }),
    ],
    ["a seal owner of another country", "seal-owner", nameWith({ C: "XX" })],
    ["a seal owner without country", "seal-owner", nameWith({ C: undefined })],
    ["a seal maker without organization", "seal-maker", nameWith({ O: undefined })],
    ["a signer without a common name", "signer", nameWith({ CN: undefined })],
    ["a name with an attribute of no use", "signer", [...personName, { type: "E", value: "a@example.cn" }]],
    ["a name that shows nothing", "signer", nameWith({ O: "\u3164" })],
    ["a name that begins with a mark", "signer", nameWith({ CN: "\u0301a" })],
    [
      "the name of the authority itself",
      "signer",
      nameWith({ O: "印信测试机构(仅供测试)", CN: "印信测试签发机构 SM2" }),
    ],
    ["a name with two organizations", "signer", [...personName, { type: "O", value: "临溪市民政局" }]],
  ])("is subject-not-acceptable for %s", async (_what, profile, subject) => {
    expect(await refused({ profile, request: await requestFor(subject) })).toMatchObject({
      status: 422,
      code: "subject-not-acceptable",
    });
  });

  it.each([
    ["an unknown profile", { profile: "root-ca", request: "AAAA" }],
    ["a request that is not base64", { profile: "signer", request: "not base64!" }],
    ["a member too many", { profile: "signer", request: "AAAA", serial_number: "01" }],
  ])("is invalid-request for %s", async (_what, body) => {
    expect(await refused(body)).toMatchObject({ status: 400, code: "invalid-request" });
  });

  it("is payload-too-large beyond the limit", async () => {
    const request = Buffer.alloc(100_000).toString("base64");
    expect(await refused({ profile: "signer", request })).toMatchObject({
      status: 413,
      code: "payload-too-large",
    });
  });

  it("is not-permitted without the permission, and unauthenticated without a token", async () => {
    const before = await rows();
    const body = { profile: "seal-owner", request: await requestFor(ownerName) };
    const response = await post(body, ["seal:apply"]);
    expect(problemSchema.parse(await response.json())).toMatchObject({ status: 403, code: "not-permitted" });
    const bare = await fetch(`${pki.url}/v1/certificates`, { method: "POST", body: JSON.stringify(body) });
    expect(problemSchema.parse(await bare.json())).toMatchObject({ status: 401, code: "unauthenticated" });
    expect(await rows()).toEqual(before);
  });
});

describe("OpenSSL", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "yinxin-openssl-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function fileOf(name: string, certificate: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, pemOfDer(bytesOfBase64(certificate), "CERTIFICATE"));
    return path;
  }

  toolTest(["openssl"], "verifies the P-256 chain from the root to a signer", async () => {
    const issued = await issue("signer", personName, softwareKey("ES256"));
    const [leaf, issuing, root] = await Promise.all([
      fileOf("leaf.pem", issued.certificate),
      fileOf("issuing.pem", issued.chain[0] ?? ""),
      fileOf("root.pem", issued.chain[1] ?? ""),
    ]);
    const at = String(new Date(now).getTime() / 1000);
    const { stdout } = await run("openssl", [
      "verify",
      "-x509_strict",
      "-attime",
      at,
      "-CAfile",
      root,
      "-untrusted",
      issuing,
      leaf,
    ]);
    expect(stdout).toContain("OK");
  });

  toolTest(["openssl"], "verifies the SM2 chain link by link, with the default user id", async () => {
    const issued = await issue("seal-owner", ownerName);
    const [leaf, issuing, root] = await Promise.all([
      fileOf("sm2-leaf.pem", issued.certificate),
      fileOf("sm2-issuing.pem", issued.chain[0] ?? ""),
      fileOf("sm2-root.pem", issued.chain[1] ?? ""),
    ]);
    const at = String(new Date(now).getTime() / 1000);
    // The option reaches only the leaf, so each link is verified as a leaf of its own.
    for (const [certificate, issuer] of [
      [leaf, issuing],
      [issuing, root],
    ] as const) {
      const { stdout } = await run("openssl", [
        "verify",
        "-partial_chain",
        "-attime",
        at,
        "-vfyopt",
        "distid:1234567812345678",
        "-trusted",
        issuer,
        certificate,
      ]);
      expect(stdout).toContain("OK");
    }
  });

  toolTest(
    ["openssl"],
    "does not verify an SM2 link under a root of the same name with another key",
    async () => {
      const other = await startPki();
      const reply = z.object({
        authorities: z.array(z.object({ algorithm: z.string(), root_pem: z.string() })),
      });
      const { authorities } = reply.parse(await (await fetch(`${other.url}/v1/authorities`)).json());
      await other.close();
      const foreignRoot = join(folder, "foreign.pem");
      await writeFile(foreignRoot, authorities.find(({ algorithm }) => algorithm === "SM2")?.root_pem ?? "");
      const issued = await issue("seal-owner", ownerName);
      const issuing = await fileOf("own-issuing.pem", issued.chain[0] ?? "");
      const attempt = run("openssl", [
        "verify",
        "-partial_chain",
        "-vfyopt",
        "distid:1234567812345678",
        "-trusted",
        foreignRoot,
        issuing,
      ]);
      await expect(attempt).rejects.toThrow();
    },
  );
});
