import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyPairKeyObjectResult } from "node:crypto";

import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { sm2Example } from "../../testing/sm2-example.ts";
import {
  keyOids,
  readSignatureScheme,
  schemeOf,
  signatureAlgorithmNames,
  signatureAlgorithms,
} from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { bytesOfHex, concatBytes, hexOf, pemOfDer, utf8Of } from "../bytes/index.ts";
import { octetString, oid, parseDer, readChildren, sequence, smallInteger } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { sm2Z } from "../sm2/index.ts";
import {
  createSoftwareSigner,
  generateKey,
  SignerError,
  signVerified,
  verifyDigestSignature,
  verifyScheme,
  verifySignature,
} from "./index.ts";
import type { GeneratedKey, SchemeToVerify, Signer } from "./index.ts";

const names = signatureAlgorithmNames;
const message = utf8Of("关于同意印发的批复");

// Primes take long to find, so all rows of RSA share two keys.
const rsaKeys = [generateKey("RS256"), generateKey("RS256")] as const;
const isRsa = (algorithm: SignatureAlgorithmName): boolean =>
  signatureAlgorithms[algorithm].keyOid === keyOids.rsa;
const firstKey = (algorithm: SignatureAlgorithmName): GeneratedKey =>
  isRsa(algorithm) ? rsaKeys[0] : generateKey(algorithm);
const secondKey = (algorithm: SignatureAlgorithmName): GeneratedKey =>
  isRsa(algorithm) ? rsaKeys[1] : generateKey(algorithm);

/** Of the rows whose signatures are their own octets; RSA with 2048 bits has 256. */
const rawLengths: Partial<Record<SignatureAlgorithmName, number>> = {
  Ed25519: 64,
  "ML-DSA-44": 2420,
  "ML-DSA-65": 3309,
};

describe.each(names)("a software signer of %s", (algorithm) => {
  const { pkcs8, spki } = firstKey(algorithm);
  const signer = createSoftwareSigner(pkcs8, algorithm);

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
    else expect(signature).toHaveLength(rawLengths[algorithm] ?? 256);
    expect(verify(concatBytes(signature, Uint8Array.of(0)))).toBe(false);
    expect(verify(signature.subarray(1))).toBe(false);
    expect(verify(new Uint8Array())).toBe(false);
    expect(verify(new Uint8Array(64))).toBe(false);
  });

  it("makes signatures that no other message and no other key fits", async () => {
    const signature = await signer.sign({ message });
    const other = secondKey(algorithm).spki;
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

  it("signs digests if it lists them, as it would the message; else it says that it does not", async () => {
    const scheme = schemeOf(algorithm);
    if (!signer.inputs.includes("digest") || scheme.digest === undefined) {
      const attempt = signer.sign({ digest: new Uint8Array(32) });
      await expect(attempt).rejects.toMatchObject({ code: "input-not-supported" });
      return;
    }
    const z = algorithm === "SM2" ? sm2Z(spki) : new Uint8Array();
    const ready = digest(scheme.digest, z, message);
    const signature = await signer.sign({ digest: ready });
    const input = { scheme, publicKey: spki, signature };
    expect(verifySignature({ algorithm, publicKey: spki, message, signature })).toBe(true);
    expect(verifyDigestSignature({ ...input, digest: ready })).toBe(true);
    expect(verifyDigestSignature({ ...input, digest: ready.map((octet) => octet ^ 1) })).toBe(false);
    expect(verifyDigestSignature({ ...input, digest: ready.subarray(1) })).toBe(false);
    const short = signer.sign({ digest: ready.subarray(1) });
    await expect(short).rejects.toMatchObject({ code: "input-not-supported" });
  });

  it("is verified by its scheme as by its name", async () => {
    const signature = await signer.sign({ message });
    const scheme = schemeOf(algorithm);
    expect(verifyScheme({ scheme, publicKey: spki, message, signature })).toBe(true);
    expect(verifyScheme({ scheme, publicKey: spki, message: utf8Of("x"), signature })).toBe(false);
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
    const mlDsa = generateKey("ML-DSA-44").pkcs8;
    inputs.push(mlDsa.subarray(0, -1), concatBytes(mlDsa, Uint8Array.of(0)));
    for (const input of inputs) {
      expect(() => createSoftwareSigner(input)).toThrow(
        expect.objectContaining({ name: "SignerError", code: "key-not-supported" }) as Error,
      );
    }
  });

  it("of an RSA key must be told by which row to sign, and every key only by a row of its own", () => {
    const refusal = expect.objectContaining({ code: "key-not-supported" }) as Error;
    expect(() => createSoftwareSigner(rsaKeys[0].pkcs8)).toThrow(refusal);
    expect(() => createSoftwareSigner(rsaKeys[0].pkcs8, "ES256")).toThrow(refusal);
    expect(() => createSoftwareSigner(generateKey("ES256").pkcs8, "ES384")).toThrow(refusal);
    expect(() => createSoftwareSigner(generateKey("ML-DSA-44").pkcs8, "ML-DSA-65")).toThrow(refusal);
  });

  it("of an RSA key for PSS alone signs by PSS alone, within the key's parameters", async () => {
    // The declarations want the salt's length as a text, node:crypto as a number.
    const generate = generateKeyPairSync as (type: string, options: object) => KeyPairKeyObjectResult;
    const { privateKey, publicKey } = generate("rsa-pss", {
      modulusLength: 2048,
      hashAlgorithm: "sha256",
      mgf1HashAlgorithm: "sha256",
      saltLength: 32,
    });
    const pkcs8 = new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
    const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
    const signature = await createSoftwareSigner(pkcs8, "PS256").sign({ message });
    const input = { publicKey: spki, message, signature };
    expect(verifySignature({ ...input, algorithm: "PS256" })).toBe(true);
    expect(verifyScheme({ ...input, scheme: { ...schemeOf("PS256"), saltLength: 20 } })).toBe(false);
    for (const algorithm of ["PS384", "RS256"] as const) {
      expect(verifySignature({ ...input, algorithm })).toBe(false);
      expect(() => createSoftwareSigner(pkcs8, algorithm)).toThrow(SignerError);
    }
  });

  it("reads ML-DSA keys with seed and expanded key, if they belong together (RFC 9881 §6)", () => {
    const { pkcs8, spki } = generateKey("ML-DSA-44");
    const seed = pkcs8.subarray(-32);
    const { secretKey } = ml_dsa44.keygen(seed);
    const both = (expanded: Uint8Array): Uint8Array =>
      sequence(
        smallInteger(0),
        sequence(oid("2.16.840.1.101.3.4.3.17")),
        octetString(sequence(octetString(seed), octetString(expanded))),
      );
    expect(hexOf(createSoftwareSigner(both(secretKey)).publicKey)).toBe(hexOf(spki));
    const foreign = secretKey.map((octet, at) => (at === 100 ? octet ^ 1 : octet));
    expect(() => createSoftwareSigner(both(foreign))).toThrow(SignerError);
  });

  it("is not made with RSA keys of odd sizes", () => {
    for (const rsaBits of [1024, 2047, 2052, 8200]) {
      expect(() => generateKey("RS256", { rsaBits })).toThrow(RangeError);
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

describe("an Ed25519 key", () => {
  const message = utf8Of("any message at all");
  const spkiOf = (key: Uint8Array): Uint8Array => concatBytes(bytesOfHex("302a300506032b6570032100"), key);
  const identity = concatBytes(Uint8Array.of(1), new Uint8Array(31));

  it.each([
    ["0100000000000000000000000000000000000000000000000000000000000000", "the neutral point"],
    ["ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "the point of order 2"],
    ["0000000000000000000000000000000000000000000000000000000000000080", "a point of order 4"],
    ["26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "a point of order 8"],
    ["edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "y = p, another writing of 0"],
  ])("%s, %s, verifies nothing", (key) => {
    // R is the neutral point and S is 0: right under the neutral key for every message, and by chance under the others.
    for (let salt = 0; salt < 16; salt += 1) {
      const input = {
        publicKey: spkiOf(bytesOfHex(key)),
        signature: concatBytes(identity, new Uint8Array(32)),
      };
      const salted = concatBytes(message, Uint8Array.of(salt));
      expect(verifySignature({ ...input, algorithm: "Ed25519", message: salted })).toBe(false);
    }
  });
});

describe("DSA", () => {
  const scheme = readSignatureScheme(parseDer(sequence(oid("2.16.840.1.101.3.4.3.2"))));
  const { privateKey, publicKey } = generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 });
  const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
  const signature = new Uint8Array(sign("sha256", message, privateKey));
  const verify = (change: Partial<SchemeToVerify>): boolean =>
    scheme !== undefined && verifyScheme({ scheme, publicKey: spki, message, signature, ...change });

  it("signatures of node:crypto are verified, for conformance suites", () => {
    expect(verify({})).toBe(true);
    for (let turn = 0; turn < 8; turn += 1) {
      const other = concatBytes(message, Uint8Array.of(turn));
      expect(verify({ message: other, signature: new Uint8Array(sign("sha256", other, privateKey)) })).toBe(
        true,
      );
    }
  });

  it.each([
    ["another message", { message: utf8Of("x") }],
    ["r = 0", { signature: sequence(smallInteger(0), smallInteger(1)) }],
    ["s = 0", { signature: sequence(smallInteger(1), smallInteger(0)) }],
    ["one number", { signature: sequence(smallInteger(1)) }],
    ["no DER", { signature: new Uint8Array(40) }],
    ["another kind of key", { publicKey: generateKey("ES256").spki }],
    ["a key without p, q and g", { publicKey: withoutParameters(spki) }],
  ])("signatures with %s are wrong", (_what, change) => {
    expect(verify(change)).toBe(false);
  });
});

/** As certificates write a DSA key that inherits its parameters. */
function withoutParameters(spki: Uint8Array): Uint8Array {
  const [, key] = readChildren(parseDer(spki));
  return sequence(sequence(oid("1.2.840.10040.4.1")), key?.raw ?? new Uint8Array());
}

describe("a signer beside OpenSSL", () => {
  const pss = (salt: number): string[] => [
    "-pkeyopt",
    "rsa_padding_mode:pss",
    "-pkeyopt",
    `rsa_pss_saltlen:${String(salt)}`,
  ];
  // OpenSSL 3.0 has no ML-DSA.
  const verifyOptions: Record<
    Exclude<SignatureAlgorithmName, "ML-DSA-44" | "ML-DSA-65">,
    readonly string[]
  > = {
    SM2: ["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"],
    ES256: ["-digest", "sha256"],
    ES384: ["-digest", "sha384"],
    ES512: ["-digest", "sha512"],
    Ed25519: [],
    RS256: ["-digest", "sha256"],
    RS384: ["-digest", "sha384"],
    RS512: ["-digest", "sha512"],
    PS256: ["-digest", "sha256", ...pss(32)],
    PS384: ["-digest", "sha384", ...pss(48)],
    PS512: ["-digest", "sha512", ...pss(64)],
  };

  for (const algorithm of Object.keys(verifyOptions) as (keyof typeof verifyOptions)[]) {
    toolTest(
      ["openssl"],
      `of ${algorithm} signs what openssl verifies, and verifies what openssl signs`,
      async () => {
        const { pkcs8, spki } = firstKey(algorithm);
        const files = {
          "key.pem": pemOfDer(pkcs8, "PRIVATE KEY"),
          "public.pem": pemOfDer(spki, "PUBLIC KEY"),
          "own.sig": await createSoftwareSigner(pkcs8, algorithm).sign({ message }),
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
