import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { newOpensslPair, pairKinds } from "../../testing/openssl-pair.ts";
import type { KeyPair, PairKind } from "../../testing/openssl-pair.ts";
import { runTool, withFolder } from "../../testing/run-tool.ts";
import { derOfPem, hexOf, latin1Of, pemOfDer } from "../bytes/index.ts";
import { decryptPrivateKey } from "../pkcs8/index.ts";
import { pkcs12Schemes, readPkcs12, writePkcs12 } from "./index.ts";
import type { Pkcs12ProtectionName } from "./index.ts";

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const password = "secret 口令";
const asciiPassword = "secret";
const iterations = 2000;
const pairs = new Map<PairKind, KeyPair>();

/** Made by openssl when the first test asks for it. */
function pairOf(kind: PairKind): KeyPair {
  const pair = pairs.get(kind) ?? newOpensslPair(kind);
  pairs.set(kind, pair);
  return pair;
}

function fileOf(kind: PairKind, protection: Pkcs12ProtectionName, secret = password): Uint8Array {
  const { privateKey, certificate } = pairOf(kind);
  const entry = { privateKey, chain: [certificate], friendlyName: `key ${kind}` };
  return writePkcs12([entry], secret, { random, protection, iterations });
}

function expectPair(file: Uint8Array, kind: PairKind, secret: string) {
  const contents = readPkcs12(file, secret);
  const [key] = contents.keys;
  const { privateKey, certificate } = pairOf(kind);
  expect(contents.keys).toHaveLength(1);
  expect(hexOf(key?.privateKey ?? new Uint8Array())).toBe(hexOf(privateKey));
  expect(key?.chain.map(({ raw }) => hexOf(raw))).toEqual([hexOf(certificate)]);
  return contents;
}

describe("PKCS #12 beside OpenSSL", () => {
  const legacy = ["-legacy"];
  const withPassword = ["-passin", `pass:${password}`];

  for (const kind of pairKinds) {
    toolTest(["openssl"], `files with ${kind} keys are read by openssl, in every protection`, () => {
      for (const protection of ["modern", "national", "old"] as const) {
        inOpensslFolder({ "in.p12": fileOf(kind, protection) }, ({ run, read }) => {
          const more = protection === "old" ? legacy : [];
          const args = ["-in", "in.p12", ...withPassword, "-nodes", "-out", "out.pem", ...more];
          const { status, output } = run("pkcs12", ...args);
          expect(status, output).toBe(0);
          const pem = latin1Of(read("out.pem"));
          expect(derOfPem(pem, "PRIVATE KEY").map(hexOf)).toEqual([hexOf(pairOf(kind).privateKey)]);
          expect(derOfPem(pem, "CERTIFICATE").map(hexOf)).toEqual([hexOf(pairOf(kind).certificate)]);
          expect(pem).toContain(`friendlyName: key ${kind}`);
        });
      }
    });

    const exports: readonly (readonly [string, readonly string[], boolean])[] = [
      ["modern", [], false],
      ["SM4", ["-keypbe", "sm4-cbc", "-certpbe", "sm4-cbc", "-macalg", "sm3"], false],
      ["legacy, RC2-40", legacy, true],
      ["without encryption of certificates", ["-certpbe", "NONE", "-macalg", "sha512"], false],
    ];
    toolTest(
      ["openssl"],
      `files with ${kind} keys are read as openssl writes them: ${exports.map(([name]) => name).join("; ")}`,
      () => {
        const { privateKey, certificate } = pairOf(kind);
        const pem = pemOfDer(privateKey, "PRIVATE KEY") + pemOfDer(certificate, "CERTIFICATE");
        for (const [name, args, isOld] of exports) {
          inOpensslFolder({ "in.pem": pem }, ({ run, read }) => {
            const common = [
              "-export",
              "-in",
              "in.pem",
              "-passout",
              `pass:${password}`,
              "-name",
              "一个",
              "-out",
              "out.p12",
            ];
            const { status, output } = run("pkcs12", ...common, ...args);
            expect(status, output).toBe(0);
            const { quirks, keys } = expectPair(read("out.p12"), kind, password);
            expect(keys[0]?.friendlyName).toBe("一个");
            expect(
              quirks.some(({ code }) => code === "old-password-encryption"),
              name,
            ).toBe(isOld);
          });
        }
      },
    );
  }

  toolTest(["openssl"], "a key encrypted by openssl pkcs8 -v1 is read with the schemes of PKCS #12", () => {
    const { privateKey } = pairOf("SM2");
    for (const scheme of ["PBE-SHA1-3DES", "PBE-SHA1-2DES", "PBE-SHA1-RC2-40", "PBE-SHA1-RC2-128"]) {
      inOpensslFolder({ "key.pem": pemOfDer(privateKey, "PRIVATE KEY") }, ({ run, read }) => {
        const args = ["-topk8", "-v1", scheme, "-in", "key.pem", "-outform", "DER", "-out", "key.der"];
        const providers = ["-provider", "legacy", "-provider", "default"];
        const { status, output } = run("pkcs8", ...args, "-passout", `pass:${password}`, ...providers);
        expect(status, output).toBe(0);
        const opened = decryptPrivateKey(read("key.der"), password, { moreSchemes: pkcs12Schemes });
        expect(hexOf(opened.privateKey), scheme).toBe(hexOf(privateKey));
        expect(opened.quirks).toHaveLength(1);
      });
    }
  });

  toolTest(["openssl"], "an empty password is met in both forms, and both open", () => {
    const { privateKey, certificate } = pairOf("P-256");
    const pem = pemOfDer(privateKey, "PRIVATE KEY") + pemOfDer(certificate, "CERTIFICATE");
    inOpensslFolder({ "in.pem": pem }, ({ run, read }) => {
      const { status } = run("pkcs12", "-export", "-in", "in.pem", "-passout", "pass:", "-out", "out.p12");
      expect(status).toBe(0);
      expectPair(read("out.p12"), "P-256", "");
    });
  });
});

describe("PKCS #12 beside GnuTLS", () => {
  toolTest(["certtool", "openssl"], "files are read by certtool, and certtool's are read", () => {
    const { privateKey, certificate } = pairOf("P-256");
    withFolder((folder) => {
      const path = (name: string) => join(folder, name);
      writeFileSync(path("in.p12"), fileOf("P-256", "modern", asciiPassword));
      const info = runTool("certtool", [
        ...["--p12-info", "--inder", "--infile", path("in.p12"), "--password", asciiPassword],
      ]);
      expect(info.status, info.output).toBe(0);
      expect(info.output).toContain("BEGIN CERTIFICATE");
      const [shrouded = new Uint8Array()] = derOfPem(info.output, "ENCRYPTED PRIVATE KEY");
      writeFileSync(path("shrouded.der"), shrouded);
      const key = runTool("certtool", [
        ...["--key-info", "--inder", "--pkcs8", "--infile", path("shrouded.der")],
        ...["--password", asciiPassword],
      ]);
      expect(key.status, key.output).toBe(0);
      expect(key.output).toContain("SECP256R1");
      writeFileSync(path("key.pem"), pemOfDer(privateKey, "PRIVATE KEY"));
      writeFileSync(path("c.pem"), pemOfDer(certificate, "CERTIFICATE"));
      const made = runTool("certtool", [
        ...["--to-p12", "--load-privkey", path("key.pem"), "--load-certificate", path("c.pem")],
        ...["--p12-name", "name", "--password", asciiPassword, "--pkcs-cipher", "aes-256"],
        ...["--outder", "--outfile", path("out.p12")],
      ]);
      expect(made.status, made.output).toBe(0);
      const { keys, mac } = readPkcs12(new Uint8Array(readFileSync(path("out.p12"))), asciiPassword);
      expect(keys.map(({ chain }) => chain.length)).toEqual([1]);
      expect(mac).toEqual({ label: "HMAC-SHA-256", iterations: 600_000 });
    });
  });
});

describe("PKCS #12 beside NSS", () => {
  toolTest(["pk12util", "certutil", "openssl"], "files are imported by pk12util, and its BER is read", () => {
    withFolder((folder) => {
      const path = (name: string) => join(folder, name);
      const database = ["-d", `sql:${folder}`];
      const created = runTool("certutil", ["-N", ...database, "--empty-password"]);
      expect(created.status, created.output).toBe(0);
      const kind = "P-256";
      writeFileSync(path("in.p12"), fileOf(kind, "modern", asciiPassword));
      const imported = runTool("pk12util", ["-i", path("in.p12"), ...database, "-W", asciiPassword]);
      expect(imported.status, imported.output).toBe(0);
      const exported = runTool("pk12util", [
        ...["-o", path("out.p12"), "-n", `key ${kind}`, ...database, "-W", asciiPassword],
      ]);
      expect(exported.status, exported.output).toBe(0);
      const { keys, quirks } = readPkcs12(new Uint8Array(readFileSync(path("out.p12"))), asciiPassword);
      expect(keys.map(({ chain }) => chain.length)).toEqual([1]);
      expect(quirks.map(({ code }) => code)).toContain("ber-indefinite-length");
    });
  });
});

describe("PKCS #12 beside Java", () => {
  toolTest(
    ["keytool", "openssl"],
    "files are listed by keytool, trusted certificates too, and its own are read",
    () => {
      withFolder((folder) => {
        const path = (name: string) => join(folder, name);
        const store = (name: string) => ["-keystore", path(name), "-storepass", asciiPassword];
        const { privateKey, certificate } = pairOf("RSA");
        const entry = { privateKey, chain: [certificate], friendlyName: "mine" };
        const trusted = [pairOf("P-256").certificate];
        for (const protection of ["modern", "old"] as const) {
          const file = writePkcs12([entry], asciiPassword, { random, iterations, protection, trusted });
          writeFileSync(path("in.p12"), file);
          const listed = runTool("keytool", ["-list", ...store("in.p12"), "-storetype", "PKCS12"]);
          expect(listed.status, listed.output).toBe(0);
          expect(listed.output).toContain("PrivateKeyEntry");
          expect(listed.output).toContain("trustedCertEntry");
        }
        const made = runTool("keytool", [
          ...["-genkeypair", ...store("out.p12"), "-storetype", "PKCS12", "-keyalg", "EC", "-groupname"],
          ...["secp256r1", "-dname", "CN=java", "-alias", "java"],
        ]);
        expect(made.status, made.output).toBe(0);
        const { keys, mac } = readPkcs12(new Uint8Array(readFileSync(path("out.p12"))), asciiPassword);
        expect(keys.map(({ friendlyName, chain }) => [friendlyName, chain.length])).toEqual([["java", 1]]);
        expect(mac).toEqual({ label: "HMAC-SHA-256", iterations: 10_000 });
      });
    },
  );
});
