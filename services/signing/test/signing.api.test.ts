import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bytesOfBase64, base64Of, pemOfDer, utf8Of } from "@yinxin/crypto/bytes";
import { verifySignature } from "@yinxin/crypto/signer";
import { parseCertificate, parseTrustList, validatePath } from "@yinxin/crypto/x509";
import { openEncryptedFileKeyStore } from "@yinxin/hsm-adapters/encrypted-file";
import { createKey, parseKeyUri, ringKeysOf } from "@yinxin/hsm-adapters/key-store";
import { migrateToLatest, openDatabase, transact } from "@yinxin/service-kit/database";
import { createHealth } from "@yinxin/service-kit/health";
import {
  createTestCertificateAuthority,
  createTestGovernance,
  createTestRotations,
  createTestTokens,
  describeOnBothDatabases,
  fixedClock,
  silentLog,
  startTestService,
} from "@yinxin/service-kit/testing";
import type { TestGovernance } from "@yinxin/service-kit/testing";
import { beforeEach, describe, expect, it } from "vitest";

import { runTool } from "../../../crypto/testing/run-tool.ts";
import { toolTest } from "../../../scripts/testing/tools.ts";
import { migrations } from "../migrations/index.ts";
import { createSigningApp } from "../src/app.ts";
import { signingEvents } from "../src/domain/signing-events.ts";
import { ringOfPurpose } from "../src/domain/signing-ring.ts";
import { adoptPurposes } from "../src/operations/adopt-purposes.ts";
import { certifyPurposeKey } from "../src/operations/certify-purpose-key.ts";
import { signingKeyHooks } from "../src/operations/signing-key-hooks.ts";
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
  const governance = createTestGovernance({
    ...{ service: "signing", db, catalogue: signingEvents, clock, keys: ringKeysOf(keyStore) },
  });
  const { rings, trail, administration } = governance;
  const store = createSigningStore({ db, trail, rings });
  const trust = parseTrustList(await readFile(new URL("pki/root.pem", fixtures), "utf8"));
  const service = await startTestService({
    at: (baseUrl) =>
      createSigningApp({
        baseUrl,
        authenticator: tokens.authenticator,
        ...{ administration, store, rings, authority },
        trust: trust.anchors,
        intermediates: trust.intermediates,
        clock,
        randomBytes,
        log: silentLog,
        health: createHealth({ checks: {}, log: silentLog, clock }),
      }),
  });
  return {
    ...{ clock, authority, db, keyStore, governance, store },
    rows: async () => ({
      purposes: (await db.selectFrom("purposes").select("name").execute()).length,
      signatures: (await db.selectFrom("signatures").select("id").execute()).length,
    }),
    keyFiles: async () => (await readdir(keyFolder)).filter((name) => name.endsWith(".key.json")),
    verifyAudit: () => trail.verify(),
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
      // The key made and activated, the purpose, the signature.
      expect(await signing.verifyAudit()).toMatchObject({ events: 4 });
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

  describe("with a key that is suspended or frozen", () => {
    const use = { purpose: ringOfPurpose("document"), version: 1 };
    const at = () => signing.clock.now();

    it("does not sign from that moment on, with the ring's own code, and signs again after two resumed it", async () => {
      await createPurpose("document");
      const { rings } = signing.governance;
      const move = (to: "suspended" | "active", persons: readonly string[]) =>
        transact(signing.db, (tx) => rings.in(tx).move(use, to, { at: at(), reason: "a test", persons }));
      const sign = () => signing.call("/v1/signatures", { purpose: "document", message }, system);
      await move("suspended", ["psn_1"]);
      expect(await sign()).toMatchObject({ status: 503, body: { code: "key-suspended" } });
      expect((await signing.rows()).signatures).toBe(0);
      await expect(move("active", ["psn_1"])).rejects.toMatchObject({ code: "key-approval-missing" });
      await move("active", ["psn_1", "psn_2"]);
      expect((await sign()).status).toBe(201);
      await transact(signing.db, (tx) =>
        rings.in(tx).freeze("key:signing.document", { at: at(), reason: "a test", persons: ["psn_1"] }),
      );
      expect(await sign()).toMatchObject({ status: 503, body: { code: "key-frozen" } });
    });

    it("lets no signature out that was made while the key was being suspended", async () => {
      await createPurpose("document");
      const { rings } = signing.governance;
      const signed = await rings.withKey(use.purpose, async (key) => {
        await key.signer.sign({ message: utf8Of("印信") }).catch(() => undefined);
        await transact(signing.db, (tx) =>
          rings.in(tx).move(use, "suspended", { at: at(), reason: "a test", persons: ["psn_1"] }),
        );
        return transact(signing.db, (tx) => rings.in(tx).recordUse(key.use, at())).then(
          () => "left",
          (cause: unknown) => (cause as { code: string }).code,
        );
      });
      expect(signed).toBe("key-suspended");
    });
  });

  describe("with a purpose from before there were rings", () => {
    async function addFormer(algorithm: "SM2" | "ES256" = "SM2"): Promise<string> {
      const keyUri = "file:purpose-former-0a1b2c3d";
      const signer = await createKey(signing.keyStore, parseKeyUri(keyUri), algorithm);
      const enrolled = await certifyPurposeKey(signing.authority, "former", signer);
      const { raw: certificate } = enrolled.certificate;
      const chain = enrolled.chain.map(({ raw }) => raw);
      const createdAt = signing.clock.now();
      await signing.store.transact((unit) =>
        unit.addPurpose({ name: "former", algorithm, keyUri, certificate, chain, createdAt }),
      );
      return base64Of(certificate);
    }
    const adopt = () => adoptPurposes({ store: signing.store, rings: signing.governance.rings });

    it("takes its key and its certificate over once, and goes on signing with them", async () => {
      const certificate = await addFormer();
      for (const start of [1, 2])
        await adopt().catch((cause: unknown) => Promise.reject(new Error(String(start), { cause })));
      const versions = await signing.governance.rings.versions(ringOfPurpose("former"));
      expect(versions).toMatchObject([
        { version: 1, state: "active", keyUris: ["file:purpose-former-0a1b2c3d"] },
      ]);
      const { status, body } = await signing.call("/v1/signatures", { purpose: "former", message }, system);
      expect(status).toBe(201);
      expect(body).toMatchObject({ key_version: 1 });
      expect((body["certificate_chain"] as string[])[0]).toBe(certificate);
    });

    it("does not start with another key in the place of one that is gone", async () => {
      await addFormer();
      const { destruction } = signing.keyStore;
      await destruction?.destroy(parseKeyUri("file:purpose-former-0a1b2c3d"));
      await expect(adopt()).rejects.toThrow("the key of purpose former");
    });
  });

  describe("while the key of a purpose is rotated", () => {
    const ring = ringOfPurpose("document");
    const rotationsWith = (beforeTurn?: () => Promise<unknown>) =>
      createTestRotations({
        ...{ db: signing.db, governance: signing.governance, clock: signing.clock },
        hooks: signingKeyHooks({ authority: signing.authority, trail: signing.governance.trail }),
        ...(beforeTurn !== undefined && { beforeTurn }),
      });

    it("fails no call, and every signature verifies with the certificate that came along", async () => {
      await createPurpose("document");
      const seen = new Set<unknown>();
      const callAndCheck = async (): Promise<void> => {
        const answer = await signing.call("/v1/signatures", { purpose: "document", message }, system);
        expect(answer.status).toBe(201);
        const [certificate = ""] = answer.body["certificate_chain"] as string[];
        const { publicKey } = parseCertificate(bytesOfBase64(certificate));
        const signature = bytesOfBase64(answer.body["signature"] as string);
        expect(verifySignature({ algorithm: "SM2", publicKey, message: utf8Of("印信"), signature })).toBe(
          true,
        );
        seen.add(answer.body["key_version"]);
      };
      const calls: Promise<void>[] = [];
      // Calls go on while a turn of the engine changes the keys.
      const rotations = rotationsWith(() => {
        for (let count = 0; count < 3; count += 1) calls.push(callAndCheck());
        return Promise.resolve();
      });
      await callAndCheck();
      await rotations.begin("signing-key", ring);
      expect(await rotations.runUntil()).toMatchObject({ state: "done" });
      await callAndCheck();
      await Promise.all(calls);
      expect([...seen].sort()).toEqual([1, 2]);
      const versions = await signing.governance.rings.versions(ring);
      expect(versions.map(({ state }) => state)).toEqual(["deactivated", "active"]);
      // The old certificate stays, for what it signed.
      expect(versions.every(({ certificate }) => certificate !== undefined)).toBe(true);
    });

    it("revokes the certificate of a compromised key at the authority, and goes on with a new one", async () => {
      await createPurpose("document");
      const first = await signing.call("/v1/signatures", { purpose: "document", message }, system);
      const [old = ""] = first.body["certificate_chain"] as string[];
      const rotations = rotationsWith();
      await rotations.begin("compromise", ring, { since: signing.clock.now().toISOString() });
      expect(await rotations.runUntil()).toMatchObject({ state: "done" });
      expect([...signing.authority.revoked.keys()]).toEqual([
        parseCertificate(bytesOfBase64(old)).serialNumber,
      ]);
      const answer = await signing.call("/v1/signatures", { purpose: "document", message }, system);
      expect(answer).toMatchObject({ status: 201, body: { key_version: 2 } });
    });
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
  let governance: TestGovernance<typeof signingEvents>;
  beforeEach(async () => {
    db = await open();
    governance = createTestGovernance({
      ...{ service: "signing", db, catalogue: signingEvents, clock: fixedClock("2026-11-22T08:00:00Z") },
    });
    store = createSigningStore({ db, ...governance });
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
        keyVersion: 1,
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
    expect(await governance.trail.verify()).toMatchObject({ events: 0 });
  });
});
