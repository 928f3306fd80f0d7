import { generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { sm2Example } from "../../testing/sm2-example.ts";
import { signatureAlgorithms } from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { bytesOfHex, concatBytes, hexOf, pemOfDer, utf8Of } from "../bytes/index.ts";
import { parseDer } from "../der/index.ts";
import { createSoftwareSigner, generateKey, SignerError, signVerified, verifySignature } from "./index.ts";
import type { Signer } from "./index.ts";

const names = Object.keys(signatureAlgorithms) as SignatureAlgorithmName[];
const message = utf8Of("关于同意印发的批复");

describe.each(names)("a software signer of %s", (algorithm) => {
  const { pkcs8, spki } = generateKey(algorithm);
  const signer = createSoftwareSigner(pkcs8);

  it("knows its algorithm and its public key", () => {
    expect(signer.algorithm).toBe(algorithm);
    expect(hexOf(signer.publicKey)).toBe(hexOf(spki));
  });

  it("signs messages in the form its row says, and verification accepts that form alone", async () => {
    const signature = await signVerified(signer, message);
    const verify = (value: Uint8Array): boolean =>
      verifySignature({ algorithm, publicKey: spki, message, signature: value });
    expect(verify(signature)).toBe(true);
    if (signatureAlgorithms[algorithm].signatureForm === "der") expect(parseDer(signature).tag).toBe(0x30);
    else expect(signature).toHaveLength(64);
    expect(verify(concatBytes(signature, Uint8Array.of(0)))).toBe(false);
    expect(verify(signature.subarray(1))).toBe(false);
    expect(verify(new Uint8Array())).toBe(false);
    expect(verify(new Uint8Array(64))).toBe(false);
  });

  it("makes signatures that no other message and no other key fits", async () => {
    const signature = await signer.sign({ message });
    const other = generateKey(algorithm).spki;
    expect(verifySignature({ algorithm, publicKey: spki, message: utf8Of("x"), signature })).toBe(false);
    expect(verifySignature({ algorithm, publicKey: other, message, signature })).toBe(false);
    for (const wrong of [new Uint8Array(), Uint8Array.of(0x30), concatBytes(spki, Uint8Array.of(0))]) {
      expect(verifySignature({ algorithm, publicKey: wrong, message, signature })).toBe(false);
    }
  });

  it("makes signatures that are wrong under the name of another algorithm", async () => {
    const signature = await signer.sign({ message });
    for (const another of names.filter((name) => name !== algorithm)) {
      expect(verifySignature({ algorithm: another, publicKey: spki, message, signature })).toBe(false);
    }
  });

  it("does not sign digests, and says so", async () => {
    await expect(signer.sign({ digest: new Uint8Array(32) })).rejects.toMatchObject({
      code: "input-not-supported",
    });
  });
});

describe("a software signer", () => {
  it("is not made from anything but a private key of the table", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const inputs = [
      new Uint8Array(rsa.export({ type: "pkcs8", format: "der" })),
      new Uint8Array(),
      Uint8Array.of(0x30, 0x00),
      generateKey("SM2").spki,
      generateKey("SM2").pkcs8.subarray(1),
      sm2Example.pkcs8.map((octet, index) => (index > 30 ? 0xff : octet)),
    ];
    for (const input of inputs) {
      expect(() => createSoftwareSigner(input)).toThrow(
        expect.objectContaining({ name: "SignerError", code: "key-not-supported" }) as Error,
      );
    }
  });

  it("of the standard's key has the standard's public key", () => {
    expect(hexOf(createSoftwareSigner(sm2Example.pkcs8).publicKey)).toBe(hexOf(sm2Example.spki));
  });
});

describe("a device", () => {
  const honest = createSoftwareSigner(generateKey("SM2").pkcs8);

  it.each<[string, Signer]>([
    ["answers nonsense", { ...honest, sign: () => Promise.resolve(new Uint8Array(71)) }],
    ["holds another key than it says", { ...honest, publicKey: generateKey("SM2").spki }],
    ["signs another message", { ...honest, sign: () => honest.sign({ message: utf8Of("x") }) }],
  ])("that %s is noticed before the signature leaves", async (_what, device) => {
    await expect(signVerified(device, message)).rejects.toThrow(SignerError);
    await expect(signVerified(device, message)).rejects.toMatchObject({ code: "signature-wrong" });
  });
});

describe("ES256 and Ed25519 signatures", () => {
  it('are verified as published: RFC 6979 §A.2.5 (P-256, SHA-256, "sample")', () => {
    const point =
      "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    const signature =
      "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
      "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
    const publicKey = bytesOfHex(`3059301306072a8648ce3d020106082a8648ce3d030107034200${point}`);
    const input = { algorithm: "ES256", publicKey, message: utf8Of("sample") } as const;
    expect(verifySignature({ ...input, signature: bytesOfHex(signature) })).toBe(true);
    // The raw form of JOSE belongs to JOSE.
    const raw = bytesOfHex(signature.slice(10, 74) + signature.slice(80));
    expect(verifySignature({ ...input, signature: raw })).toBe(false);
  });

  it("are verified as published: RFC 8032 §7.1 test 2 (Ed25519)", () => {
    const key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const signature =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
    const publicKey = bytesOfHex(`302a300506032b6570032100${key}`);
    const input = { algorithm: "Ed25519", publicKey, signature: bytesOfHex(signature) } as const;
    expect(verifySignature({ ...input, message: bytesOfHex("72") })).toBe(true);
    expect(verifySignature({ ...input, message: bytesOfHex("73") })).toBe(false);
  });
});

describe("a signer beside OpenSSL", () => {
  const verifyOptions: Record<SignatureAlgorithmName, readonly string[]> = {
    SM2: ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"],
    ES256: ["-digest", "sha256"],
    Ed25519: [],
  };

  for (const algorithm of names) {
    toolTest(
      ["openssl"],
      `of ${algorithm} signs what openssl verifies, and verifies what openssl signs`,
      async () => {
        const { pkcs8, spki } = generateKey(algorithm);
        const files = {
          "key.pem": pemOfDer(pkcs8, "PRIVATE KEY"),
          "public.pem": pemOfDer(spki, "PUBLIC KEY"),
          "own.sig": await createSoftwareSigner(pkcs8).sign({ message }),
          message,
        };
        inOpensslFolder(files, ({ run, read }) => {
          const common = ["-rawin", "-in", "message", ...verifyOptions[algorithm]];
          const verified = run(
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            "public.pem",
            "-sigfile",
            "own.sig",
            ...common,
          );
          expect(verified).toMatchObject({
            status: 0,
            output: expect.stringContaining("Verified Successfully") as string,
          });

          const signed = run("pkeyutl", "-sign", "-inkey", "key.pem", "-out", "openssl.sig", ...common);
          expect(signed.status, signed.output).toBe(0);
          expect(
            verifySignature({ algorithm, publicKey: spki, message, signature: read("openssl.sig") }),
          ).toBe(true);
        });
      },
    );
  }
});
