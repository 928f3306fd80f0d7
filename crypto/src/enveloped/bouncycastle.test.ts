import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { runBouncyCastle } from "../../testing/bouncycastle/run-bouncycastle.ts";
import { newOpensslPair, newPrivateKey, pairKinds } from "../../testing/openssl-pair.ts";
import type { KeyPair, PairKind } from "../../testing/openssl-pair.ts";
import { withFolder } from "../../testing/run-tool.ts";
import { hexOf, utf8Of } from "../bytes/index.ts";
import { parseDer } from "../der/index.ts";
import { readPkcs12, writePkcs12 } from "../pkcs12/index.ts";
import { encryptPrivateKey, parsePrivateKey } from "../pkcs8/index.ts";
import { parseCertificate } from "../x509/index.ts";
import { createSoftwareDecryptor, envelop, openEnvelope, writeSm2EnvelopedKey } from "./index.ts";

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const password = "secret";
const iterations = 2000;
const content = utf8Of("handed over");

/** All that BouncyCastle is to open, by file name. */
function filesFor(pairs: Readonly<Record<PairKind, KeyPair>>): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = { content };
  for (const kind of pairKinds) {
    const { privateKey, certificate } = pairs[kind];
    files[`${kind}.key`] = privateKey;
    files[`${kind}.crt`] = certificate;
    const entry = { privateKey, chain: [certificate], friendlyName: `key ${kind}` };
    for (const protection of ["modern", "old"] as const) {
      files[`${kind}-${protection}.p12`] = writePkcs12([entry], password, { random, protection, iterations });
    }
  }
  for (const prf of ["SM3", "SHA-512"] as const) {
    // Under AES: it knows SM4, but not in PBES2. HMAC-SM3 is what OpenSSL 3.0 does not know.
    const keyDerivation = { name: "PBKDF2", prf, iterations } as const;
    files[`pkcs8-${prf}.der`] = encryptPrivateKey(pairs.SM2.privateKey, password, { random, keyDerivation });
  }
  const recipientsOf = (kind: PairKind) => [{ certificate: parseCertificate(pairs[kind].certificate) }];
  for (const kind of ["RSA", "P-256"] as const) {
    const recipients = recipientsOf(kind);
    files[`cbc-${kind}.der`] = envelop({ content, recipients, random, cipher: "AES-256-CBC" });
    files[`gcm-${kind}.der`] = envelop({ content, recipients, random, cipher: "AES-256-GCM" });
  }
  files["national.der"] = envelop({ content, recipients: recipientsOf("SM2"), random, form: "gbt35275" });
  const handed = newPrivateKey("SM2");
  const { publicKey } = createSoftwareDecryptor(pairs.SM2.privateKey);
  files["enveloped-key.der"] = writeSm2EnvelopedKey(handed, publicKey, random);
  files["handed-scalar"] = parseDer(parsePrivateKey(handed).key).children[1]?.contents ?? new Uint8Array();
  return files;
}

describe("containers beside BouncyCastle", () => {
  toolTest(
    ["java", "openssl"],
    "are opened by it, those of SM2 too, and what it writes is opened",
    async () => {
      const pairs = {
        RSA: newOpensslPair("RSA"),
        "P-256": newOpensslPair("P-256"),
        SM2: newOpensslPair("SM2"),
        Ed25519: newOpensslPair("Ed25519"),
      };
      const files = filesFor(pairs);
      const written = withFolder((folder) => {
        for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
        const { status, output } = runBouncyCastle("ContainerExchange.java", folder);
        expect(status, output).toBe(0);
        const lines = output.split("\n").filter((line) => /^(ok|FAILED) /.test(line));
        expect(lines.filter((line) => line.startsWith("FAILED"))).toEqual([]);
        expect(lines).toHaveLength(19);
        const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
        return {
          RSA: read("written-RSA.der"),
          "P-256": read("written-P-256.der"),
          keyStore: read("written-SM2.p12"),
        };
      });
      for (const kind of ["RSA", "P-256"] as const) {
        const { privateKey, certificate } = pairs[kind];
        const opened = await openEnvelope({
          envelope: written[kind],
          decryptor: createSoftwareDecryptor(privateKey),
          recipient: { certificate: parseCertificate(certificate) },
          random,
        });
        expect(hexOf(opened.content)).toBe(hexOf(content));
      }
      const { keys } = readPkcs12(written.keyStore, password);
      expect(keys.map(({ chain, friendlyName }) => [chain.length, friendlyName])).toEqual([[1, "key SM2"]]);
    },
  );
});
