import { createHash, createPublicKey } from "node:crypto";
import { createRequire } from "node:module";

import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { equalBytes, utf8Of } from "@yinxin/crypto/bytes";
import { issueCertificate } from "@yinxin/crypto/issuing";
import { createSoftwareSigner, derEcdsaSignature, generateKey, verifySignature } from "@yinxin/crypto/signer";
import { afterAll, beforeAll, describe, expect } from "vitest";

import { inToolFolder } from "../../../crypto/testing/in-tool-folder.ts";
import { findTool, toolTest } from "../../../scripts/testing/tools.ts";
import { createSoftHsm, softHsmTools } from "../../testing/softhsm.ts";
import type { SoftHsm } from "../../testing/softhsm.ts";
import { connectInProcess } from "../driver/index.ts";
import type { DeviceConnection, DeviceKey } from "../driver/index.ts";
import { unfinishedIdStart } from "./generation.ts";
import { driver } from "./index.ts";

const message = utf8Of("印信 pkcs11");

/** Signs in a session of its own, and gives the signature in the form that everybody reads. */
async function signWith(
  connection: DeviceConnection,
  key: DeviceKey,
  algorithm: SignatureAlgorithmName,
): Promise<Uint8Array> {
  const mechanism = key.mechanisms.find((each) => each.algorithm === algorithm);
  const { digest = "" } = signatureAlgorithms[algorithm];
  const input =
    mechanism?.takes === "digest"
      ? new Uint8Array(createHash(digest.replace("-", "")).update(message).digest())
      : message;
  const session = await connection.openSession();
  try {
    const signature = await connection.sign(session, { key: key.uri, algorithm, input });
    const curves = { ES256: "P-256", ES384: "P-384" } as const;
    if (algorithm !== "ES256" && algorithm !== "ES384") return signature;
    return derEcdsaSignature(curves[algorithm], signature) ?? signature;
  } finally {
    await connection.closeSession(session);
  }
}

/** What openssl says of a signature. */
function opensslSays(key: DeviceKey, signature: Uint8Array, options: readonly string[]): string {
  const pem = createPublicKey({ key: Buffer.from(key.publicKey), format: "der", type: "spki" }).export({
    type: "spki",
    format: "pem",
  });
  return inToolFolder({ "key.pem": pem, message, signature }, ({ run }) => run("openssl", ...options).output);
}

const dgst = (...options: readonly string[]): string[] => [
  ...["dgst", ...options, "-verify", "key.pem", "-signature", "signature", "message"],
];
const pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
const opensslArguments: Readonly<Partial<Record<SignatureAlgorithmName, readonly string[]>>> = {
  ES256: dgst("-sha256"),
  ES384: dgst("-sha384"),
  RS256: dgst("-sha256"),
  RS512: dgst("-sha512"),
  PS256: dgst("-sha256", ...pss),
  PS384: dgst("-sha384", ...pss),
  Ed25519: [
    ...["pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"],
    ...["-in", "message", "-sigfile", "signature"],
  ],
};

function selfSigned(
  algorithm: "ES256",
  name: string,
): { pkcs8: Uint8Array; certificate: Promise<Uint8Array> } {
  const { pkcs8, spki } = generateKey(algorithm);
  const certificate = issueCertificate({
    profile: "root-ca",
    subject: [{ type: "CN", value: name }],
    publicKey: spki,
    issuer: { signer: createSoftwareSigner(pkcs8) },
    serialNumber: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2045-12-31T00:00:00Z"),
  });
  return { pkcs8, certificate };
}

describe("the PKCS#11 driver on SoftHSM", () => {
  let softHsm: SoftHsm;
  let connection: DeviceConnection;
  const isThere = softHsmTools.every((tool) => findTool(tool) !== undefined);

  beforeAll(async () => {
    if (!isThere) return;
    softHsm = createSoftHsm("驱动");
    process.env["SOFTHSM2_CONF"] = softHsm.environment.SOFTHSM2_CONF;
    connection = await connectInProcess(driver, { library: softHsm.library, token: { label: "驱动" } });
    await connection.login(softHsm.pin());
  });
  afterAll(async () => {
    if (!isThere) return;
    await connection.close();
    softHsm.dispose();
  });

  toolTest(softHsmTools, "says which token it is, and what it can do", () => {
    expect(connection.device).toMatchObject({
      family: "pkcs11",
      model: "SoftHSM v2",
      serial: softHsm.serial,
      label: "驱动",
      profile: "pkcs11-standard",
      generates: ["ES256", "ES384", "RS256", "Ed25519"],
    });
    expect(connection.device).not.toHaveProperty("maximumSessions");
  });

  toolTest(
    [...softHsmTools, "openssl"],
    "makes keys for every row, which stay inside, and openssl verifies what they sign",
    async () => {
      for (const algorithm of connection.device.generates) {
        const key = await connection.generateKey({ label: `made-${algorithm.toLowerCase()}`, algorithm });
        expect(key.attributes).toEqual({
          local: true,
          extractable: false,
          neverExtractable: true,
          alwaysSensitive: true,
          alwaysAuthenticate: false,
        });
        expect(key.mechanisms[0]?.algorithm).toBe(algorithm);
        expect(key).toMatchObject({ decrypts: false });
        for (const mechanism of key.mechanisms) {
          const signature = await signWith(connection, key, mechanism.algorithm);
          const arguments_ = opensslArguments[mechanism.algorithm];
          const isRight = verifySignature({ ...mechanism, publicKey: key.publicKey, message, signature });
          expect(isRight, mechanism.algorithm).toBe(true);
          if (arguments_ !== undefined) {
            expect(opensslSays(key, signature, arguments_)).toMatch(/Verified OK|Verified Successfully/);
          }
        }
      }
    },
  );

  toolTest(softHsmTools, "names a key by the digest of its public key (RFC 7093 §2)", async () => {
    const key = await connection.generateKey({ label: "named", algorithm: "ES256" });
    const point = createHash("sha256").update(key.publicKey.subarray(-65)).digest();
    const id = [...point.subarray(0, 20)].map((octet) => `%${octet.toString(16).padStart(2, "0")}`).join("");
    expect(key.uri).toBe(`pkcs11:serial=${softHsm.serial};id=${id}`);
    expect(await connection.findKey(key.uri)).toEqual(key);
    expect(key.uri).not.toContain(encodeURIComponent(unfinishedIdStart));
    await expect(connection.generateKey({ label: "named", algorithm: "ES256" })).rejects.toMatchObject({
      code: "key-exists",
    });
  });

  toolTest(
    [...softHsmTools, "pkcs11-tool"],
    "uses a key that another process made, without a restart",
    async () => {
      const before = await connection.listKeys();
      softHsm.pkcs11Tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "别处", "--id", "a1");
      const [made, ...more] = (await connection.listKeys()).filter(
        ({ uri }) => !before.some((key) => key.uri === uri),
      );
      expect(more).toEqual([]);
      if (made === undefined) throw new Error("the key is not seen");
      expect(made).toMatchObject({ label: "别处", uri: `pkcs11:serial=${softHsm.serial};id=%a1` });
      const signature = await signWith(connection, made, "ES256");
      expect(verifySignature({ algorithm: "ES256", publicKey: made.publicKey, message, signature })).toBe(
        true,
      );
    },
  );

  toolTest(
    [...softHsmTools, "pkcs11-tool"],
    "finds the public key in the certificate where there is no public object, and leaves out a key without both",
    async () => {
      const { pkcs8, certificate } = selfSigned("ES256", "只有证书");
      const der = await certificate;
      const key = await connection.importKey({ label: "bare", algorithm: "ES256", pkcs8: pkcs8.slice() });
      const id = key.uri.slice(key.uri.indexOf(";id=") + 4).replaceAll("%", "");
      await connection.writeCertificate(key.uri, der);
      softHsm.pkcs11Tool("--delete-object", "--type", "pubkey", "--id", id);
      await connection.refresh();
      await connection.login(softHsm.pin());
      expect(await connection.findKey(key.uri)).toEqual(key);
      softHsm.pkcs11Tool("--delete-object", "--type", "cert", "--id", id);
      expect(await connection.findKey(key.uri)).toBeUndefined();
      expect((await connection.listKeys()).map(({ uri }) => uri)).not.toContain(key.uri);
    },
  );

  toolTest(softHsmTools, "brings keys in that sign rightly, and says that they were outside", async () => {
    for (const algorithm of ["ES256", "ES384", "RS256", "Ed25519"] as const) {
      const { pkcs8, spki } = generateKey(algorithm);
      const key = await connection.importKey({ label: `in-${algorithm.toLowerCase()}`, algorithm, pkcs8 });
      expect(key.publicKey).toEqual(spki);
      expect(key.attributes).toMatchObject({ local: false, extractable: false, neverExtractable: false });
      const signature = await signWith(connection, key, algorithm);
      expect(verifySignature({ algorithm, publicKey: spki, message, signature })).toBe(true);
      expect(key.decrypts).toBe(algorithm === "ES256" || algorithm === "RS256");
    }
  });

  toolTest(
    softHsmTools,
    "refuses to bring in what is no key, none for the row, or none that signs here",
    async () => {
      const bring = (algorithm: SignatureAlgorithmName, pkcs8: Uint8Array): Promise<DeviceKey> =>
        connection.importKey({ label: "odd", algorithm, pkcs8 });
      const refused = { code: "algorithm-not-supported" };
      await expect(bring("ES256", Uint8Array.of(1, 2, 3))).rejects.toMatchObject(refused);
      await expect(bring("ES256", generateKey("ES384").pkcs8)).rejects.toMatchObject(refused);
      await expect(bring("SM2", generateKey("SM2").pkcs8)).rejects.toMatchObject(refused);
      const twice = generateKey("ES256").pkcs8;
      await connection.importKey({ label: "once", algorithm: "ES256", pkcs8: twice.slice() });
      await expect(bring("ES256", twice)).rejects.toMatchObject({ code: "key-exists" });
    },
  );

  toolTest(softHsmTools, "agrees on secrets and decrypts with keys that were brought in", async () => {
    const { pkcs8 } = generateKey("ES256");
    const agreeing = await connection.importKey({ label: "agree", algorithm: "ES256", pkcs8: pkcs8.slice() });
    const peer = generateKey("ES256");
    const session = await connection.openSession();
    const secret = await connection.decrypt(session, {
      key: agreeing.uri,
      kind: "ecdh-p256",
      peer: peer.spki.subarray(-65),
    });
    const { createPrivateKey, diffieHellman } = await import("node:crypto");
    const expected = diffieHellman({
      privateKey: createPrivateKey({ key: Buffer.from(peer.pkcs8), format: "der", type: "pkcs8" }),
      publicKey: createPublicKey({ key: Buffer.from(agreeing.publicKey), format: "der", type: "spki" }),
    });
    expect(equalBytes(secret, new Uint8Array(expected))).toBe(true);

    const rsa = await connection.importKey({
      label: "open",
      algorithm: "RS256",
      pkcs8: generateKey("RS256").pkcs8,
    });
    const { publicEncrypt, constants } = await import("node:crypto");
    const publicKey = createPublicKey({ key: Buffer.from(rsa.publicKey), format: "der", type: "spki" });
    const sealed = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, message);
    const opened = connection.decrypt(session, {
      key: rsa.uri,
      kind: "rsa-oaep",
      ciphertext: new Uint8Array(sealed),
      digest: "SHA-1",
    });
    expect(await opened).toEqual(message);
    await connection.closeSession(session);
  });

  toolTest(softHsmTools, "keeps the certificate of a key beside it, and one only", async () => {
    const { pkcs8, certificate } = selfSigned("ES256", "甲");
    const key = await connection.importKey({ label: "certified", algorithm: "ES256", pkcs8: pkcs8.slice() });
    expect(await connection.readCertificate(key.uri)).toBeUndefined();
    await connection.writeCertificate(key.uri, await certificate);
    await connection.writeCertificate(key.uri, await certificate);
    expect(await connection.readCertificate(key.uri)).toEqual(await certificate);
    const foreign = await selfSigned("ES256", "乙").certificate;
    await expect(connection.writeCertificate(key.uri, foreign)).rejects.toMatchObject({
      code: "configuration-malformed",
    });
    await connection.destroyKey(key.uri);
    expect(await connection.readCertificate(key.uri)).toBeUndefined();
    await expect(connection.destroyKey(key.uri)).rejects.toMatchObject({ code: "key-not-found" });
  });

  toolTest(
    softHsmTools,
    "has no mechanism for a key on the SM2 curve, for ECDSA over it is no SM2",
    async () => {
      // As a profile that takes ECDSA for SM2 would have it: SoftHSM makes such keys, and signs by them.
      const profile = {
        name: "mistaken",
        about: "ECDSA under the name of SM2",
        sm2: {
          keyType: "0x3",
          keyGeneration: "0x1040",
          signing: [{ mechanism: "0x1041", takes: "digest", form: "raw" }],
        },
      };
      const token = { serial: softHsm.serial };
      const mistaken = await connectInProcess(driver, { library: softHsm.library, token, profile });
      expect(mistaken.device.generates).toContain("SM2");
      const key = await mistaken.generateKey({ label: "sm2-curve", algorithm: "SM2" });
      expect(key.mechanisms).toEqual([{ algorithm: "SM2", takes: "digest" }]);
      const session = await mistaken.openSession();
      const e = new Uint8Array(32).fill(7);
      const signature = await mistaken.sign(session, { key: key.uri, algorithm: "SM2", input: e });
      // What the token client's guard looks at: it is r ‖ s, and verifies as ECDSA only.
      expect(signature).toHaveLength(64);
      await mistaken.close();
      const seen = await connection.findKey(key.uri);
      expect(seen).toMatchObject({ publicKey: key.publicKey, mechanisms: [], decrypts: false });
      const own = await connection.openSession();
      await expect(connection.sign(own, { key: key.uri, algorithm: "SM2", input: e })).rejects.toMatchObject({
        code: "algorithm-not-supported",
      });
      await connection.closeSession(own);
    },
  );

  toolTest(
    softHsmTools,
    "refuses a wrong PIN with the library's number, once, and overwrites it",
    async () => {
      await connection.logout();
      const wrong = utf8Of("111222");
      await expect(connection.login(wrong)).rejects.toMatchObject({
        code: "pin-incorrect",
        facts: { vendor: { number: 0xa0, name: "CKR_PIN_INCORRECT", call: "C_Login" } },
      });
      expect(wrong).toEqual(new Uint8Array(6));
      await expect(connection.login(undefined)).rejects.toMatchObject({ code: "pin-required" });
      expect(await connection.pinStatus()).toMatchObject({
        isNeeded: true,
        isLoggedIn: false,
        hasPinPad: false,
      });
      const session = await connection.openSession();
      await expect(connection.validateSession(session)).rejects.toMatchObject({ code: "login-lost" });
      await connection.login(softHsm.pin());
      await connection.login(softHsm.pin());
      await connection.validateSession(session);
      expect(await connection.pinStatus()).toMatchObject({ isLoggedIn: true });
    },
  );

  toolTest(softHsmTools, "says what it saw where the token is not there, or is not one", async () => {
    const another = softHsm.addToken("另一个");
    const open = (token: object, library = softHsm.library) => connectInProcess(driver, { library, token });
    await connection.refresh();
    await connection.login(softHsm.pin());
    await expect(open({ label: "没有" })).rejects.toMatchObject({
      code: "token-not-found",
      message: expect.stringContaining(another.serial) as string,
      facts: { seen: expect.arrayContaining([expect.stringContaining("另一个")]) as string[] },
    });
    softHsm.addToken("另一个");
    await connection.refresh();
    await connection.login(softHsm.pin());
    await expect(open({ label: "另一个" })).rejects.toThrow(/more than one token/);
    const found = await open({ label: "另一个", serial: another.serial });
    expect(found.device.serial).toBe(another.serial);
    await found.close();
    await expect(open({ label: "驱动" }, "/nowhere/libnothing.so")).rejects.toMatchObject({
      code: "library-not-loadable",
      facts: {
        library: "/nowhere/libnothing.so",
        loaderSaid: expect.stringContaining("libnothing.so") as string,
      },
    });
    // A library that loads, and is of another kind.
    const addon = createRequire(import.meta.url).resolve("pkcs11js/build/Release/pkcs11.node");
    await expect(open({ label: "驱动" }, addon)).rejects.toMatchObject({
      code: "library-not-loadable",
      message: `the library ${addon} loads, but has no C_GetFunctionList: it is not a PKCS#11 library`,
    });
  });
});
