import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bytesOfBase64, base64Of, pemOfDer, utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { parseCertificate, parseTrustList, validatePath } from "@yinxin/crypto/x509";
import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { createKey, parseKeyUri } from "@yinxin/hsm-adapters/key-store";
import { createAuditTrail } from "@yinxin/service-kit/audit";
import { migrateToLatest, openDatabase } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import {
  createTestCertificateAuthority,
  createTestTokens,
  describeOnBothDatabases,
  fixedClock,
  silentLog,
  startTestService,
} from "@yinxin/service-kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { runTool } from "../../../crypto/testing/run-tool.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { migrations } from "../migrations/index.ts";
import { createSigningApp } from "../src/app.ts";
import { signingEvents } from "../src/domain/signing-events.ts";
import type { PurposeKeys } from "../src/operations/purpose-keys.ts";
import type { SigningSchema } from "../src/store/signing-schema.ts";
import { createSigningStore } from "../src/store/signing-store.ts";

const fixtures = new URL("../../../fixtures/", import.meta.url);

async function startSigning() {
  const folder = await mkdtemp(join(tmpdir(), "yinxin-signing-"));
  const keyFolder = join(folder, "keys");
  const clock = fixedClock("2026-11-22T08:00:00.000Z");
  const tokens = createTestTokens(clock);
  const authority = await createTestCertificateAuthority(clock);
  const db = await openDatabase<SigningSchema>({
    url: `sqlite:${join(folder, "db.sqlite")}`,
    schema: "signing",
  });
  await migrateToLatest(db, migrations);
  const keyStore = await openEncryptedFileKeyStore({
    folder: keyFolder,
    passphrase: utf8Of("only for tests"),
    randomBytes,
  });
  const keys: PurposeKeys = {
    open: (uri) => keyStore.signer(parseKeyUri(uri)),
    create: (uri, algorithm) => createKey(keyStore, parseKeyUri(uri), algorithm),
  };
  const trust = parseTrustList(await readFile(new URL("pki/root.pem", fixtures), "utf8"));
  const service = await startTestService({
    at: (baseUrl) =>
      createSigningApp({
        baseUrl,
        authenticator: tokens.authenticator,
        store: createSigningStore(db),
        keys,
        authority,
        trust: trust.anchors,
        intermediates: trust.intermediates,
        clock,
        randomBytes,
        log: silentLog,
        health: createHealth({ checks: {}, log: silentLog, clock }),
      }),
  });
  return {
    ...{ clock, authority, db },
    rows: async () => ({
      purposes: (await db.selectFrom("purposes").select("name").execute()).length,
      signatures: (await db.selectFrom("signatures").select("id").execute()).length,
    }),
    keyFiles: async () => (await readdir(keyFolder)).filter((name) => name.endsWith(".key.json")),
    verifyAudit: () => createAuditTrail(db, signingEvents).verify(),
    call: async (path: string, body: unknown, permissions: readonly string[] | "no token") => {
      const headers: Record<string, string> = { "content-type": "application/json", "accept-language": "en" };
      if (permissions !== "no token") {
        headers["authorization"] = `Bearer ${await tokens.token({ subject: "demo-system", permissions })}`;
      }
      const response = await fetch(`${service.url}${path}`, {
        headers,
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    close: async () => {
      await service.close();
      await keyStore.close();
      await db.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const officer = ["key:create"];
const system = ["signature:create"];
const message = base64Of(utf8Of("印信"));

describe("the signing service", () => {
  let signing: Awaited<ReturnType<typeof startSigning>>;
  beforeEach(async () => {
    signing = await startSigning();
    return () => signing.close();
  });

  const createPurpose = (name: string, algorithm = "SM2") =>
    signing.call("/v1/purposes", { name, algorithm }, officer);

  it.each(["SM2", "ES256"] as const)(
    "signs with a %s key whose chain leads to the authority's root",
    async (algorithm) => {
      expect((await createPurpose("document", algorithm)).status).toBe(201);
      const { status, body } = await signing.call("/v1/signatures", { purpose: "document", message }, system);
      expect(status).toBe(201);
      expect(body["algorithm"]).toBe(algorithm);
      const chain = (body["certificate_chain"] as string[]).map((der) =>
        parseCertificate(bytesOfBase64(der)),
      );
      const [certificate, ...intermediates] = chain;
      if (certificate === undefined) throw new Error("no certificate came along");
      expect(
        verifySignature({
          algorithm,
          publicKey: certificate.publicKey,
          message: utf8Of("印信"),
          signature: bytesOfBase64(body["signature"] as string),
        }),
      ).toBe(true);
      const at = signing.clock.now();
      const path = validatePath({
        certificate,
        intermediates,
        anchors: signing.authority.roots,
        at,
        policy: { algorithms: "default" },
      });
      expect(path).toMatchObject({ isValid: true, failures: [] });
      expect(await signing.rows()).toEqual({ purposes: 1, signatures: 1 });
      expect(await signing.verifyAudit()).toMatchObject({ events: 2 });
    },
  );

  toolTest(["openssl"], "makes SM2 signatures that openssl verifies", async () => {
    await createPurpose("document");
    const { body } = await signing.call("/v1/signatures", { purpose: "document", message }, system);
    const [leaf = ""] = body["certificate_chain"] as string[];
    const folder = await mkdtemp(join(tmpdir(), "yinxin-signing-openssl-"));
    try {
      const file = (name: string): string => join(folder, name);
      await writeFile(
        file("key.pem"),
        pemOfDer(parseCertificate(bytesOfBase64(leaf)).publicKey, "PUBLIC KEY"),
      );
      await writeFile(file("sig"), bytesOfBase64(body["signature"] as string));
      await writeFile(file("message"), "印信");
      const { output } = runTool("openssl", [
        ...["dgst", "-sm3", "-verify", file("key.pem"), "-sigopt", "distid:1234567812345678"],
        ...["-signature", file("sig"), file("message")],
      ]);
      expect(output).toContain("Verified OK");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("lists its purposes", async () => {
    await createPurpose("document");
    await createPurpose("archive", "ES256");
    const { body } = await signing.call("/v1/purposes", undefined, system);
    expect((body["purposes"] as { name: string }[]).map(({ name }) => name)).toEqual(["archive", "document"]);
  });

  it("refuses a purpose that exists and makes no key for it", async () => {
    await createPurpose("document");
    expect(await createPurpose("document", "ES256")).toMatchObject({
      status: 409,
      body: { code: "purpose-exists" },
    });
    expect(await signing.keyFiles()).toHaveLength(1);
    expect(await signing.rows()).toEqual({ purposes: 1, signatures: 0 });
  });

  it("refuses a purpose that does not exist", async () => {
    const answer = await signing.call("/v1/signatures", { purpose: "nothing", message }, system);
    expect(answer).toMatchObject({ status: 404, body: { code: "purpose-not-found" } });
    expect(await signing.rows()).toEqual({ purposes: 0, signatures: 0 });
  });

  it("stores no purpose when no certificate is issued, and the next try works", async () => {
    signing.authority.answer(false);
    expect(await createPurpose("document")).toMatchObject({
      status: 502,
      body: { code: "certificate-not-issued" },
    });
    expect(await signing.rows()).toEqual({ purposes: 0, signatures: 0 });
    signing.authority.answer(true);
    expect((await createPurpose("document")).status).toBe(201);
  });

  it("does not sign when the certificate is no longer valid", async () => {
    await createPurpose("document");
    signing.clock.advance(20 * 365 * 24 * 3_600_000);
    const answer = await signing.call("/v1/signatures", { purpose: "document", message }, system);
    expect(answer).toMatchObject({ status: 409, body: { code: "purpose-expired" } });
    expect((await signing.rows()).signatures).toBe(0);
  });

  it.each([
    ["without a token", "no token" as const, 401, "unauthenticated"],
    ["without the permission", officer, 403, "not-permitted"],
  ])("does not sign %s", async (_, permissions, status, code) => {
    await createPurpose("document");
    const answer = await signing.call("/v1/signatures", { purpose: "document", message }, permissions);
    expect(answer).toMatchObject({ status, body: { code } });
    expect((await signing.rows()).signatures).toBe(0);
  });

  it("refuses a message that is not base64, and one that is too large", async () => {
    await createPurpose("document");
    const malformed = await signing.call(
      "/v1/signatures",
      { purpose: "document", message: "not base64!" },
      system,
    );
    expect(malformed).toMatchObject({ status: 400, body: { code: "invalid-request" } });
    const large = base64Of(new Uint8Array(2 * 1024 * 1024));
    const oversized = await signing.call("/v1/signatures", { purpose: "document", message: large }, system);
    expect(oversized).toMatchObject({ status: 413, body: { code: "payload-too-large" } });
    expect((await signing.rows()).signatures).toBe(0);
  });

  it("verifies documents for anybody, by the deployment's trust list", async () => {
    const verify = async (name: string) => {
      const content = base64Of(await readFile(new URL(`documents/${name}`, fixtures)));
      return signing.call("/v1/verifications", { file: { name, content } }, "no token");
    };
    expect((await verify("reply-sealed.ofd")).body).toMatchObject({ verdict: "VALID_WITH_WARNINGS" });
    expect((await verify("reply-tampered.pdf")).body).toMatchObject({ verdict: "INVALID" });
  });
});

describeOnBothDatabases<SigningSchema>("the signing store", migrations, (open) => {
  const purpose = {
    name: "document",
    algorithm: "SM2",
    keyUri: "file:purpose-document",
    certificate: Uint8Array.of(0x30, 0x01, 0x05),
    chain: [Uint8Array.of(0x30, 0x00), Uint8Array.of(0x30, 0x02, 0x05, 0x00)],
    createdAt: new Date("2026-11-22T08:00:00Z"),
  } as const;
  let db: Awaited<ReturnType<typeof open>>;
  let store: ReturnType<typeof createSigningStore>;
  beforeEach(async () => {
    db = await open();
    store = createSigningStore(db);
    await store.transact((unit) => unit.addPurpose(purpose));
  });

  it("gives a purpose back as it was, its chain part by part", async () => {
    expect(await store.findPurpose("document")).toEqual(purpose);
    expect(await store.findPurpose("other")).toBeUndefined();
  });

  it("adds no purpose under a name that is taken", async () => {
    const second = { ...purpose, keyUri: "file:purpose-second" };
    expect(await store.transact((unit) => unit.addPurpose(second))).toBe(false);
    expect((await store.listPurposes()).map(({ keyUri }) => keyUri)).toEqual([purpose.keyUri]);
  });

  it("keeps neither the signature nor the event of a change that fails", async () => {
    const failing = store.transact(async (unit) => {
      await unit.addSignature({
        id: "sig_1",
        purpose: "document",
        messageDigest: "sm3:00",
        signedAt: purpose.createdAt,
        actor: "demo-system",
      });
      await unit.audit.append({
        action: "message.signed",
        actor: "demo-system",
        subject: "sig_1",
        occurredAt: purpose.createdAt,
        detail: { purpose: "document", message_digest: "sm3:00" },
      });
      throw new Error("the machine stops here");
    });
    await expect(failing).rejects.toThrow("the machine stops here");
    expect(await db.selectFrom("signatures").select("id").execute()).toEqual([]);
    expect(await createAuditTrail(db, signingEvents).verify()).toMatchObject({ events: 0 });
  });
});
