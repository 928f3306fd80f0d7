import { generateKeyPairSync, randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { derOfPem, equalBytes, hexOf, latin1Of, pemOfDer } from "../bytes/index.ts";
import { integer, nullValue, octetString, oid, parseDer, sequence, smallInteger } from "../der/index.ts";
import { generateKey } from "../signer/index.ts";
import { decryptPrivateKey, encryptPrivateKey, parsePrivateKey, Pkcs8Error } from "./index.ts";
import type { CbcCipherName, KeyDerivation } from "./index.ts";

const password = "正确的口令 · correct horse";
const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const quick = { name: "PBKDF2", iterations: 1000 } as const;

function rsaKey(): Uint8Array {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" }));
}

const keys = {
  RSA: rsaKey(),
  "P-256": generateKey("ES256").pkcs8,
  SM2: generateKey("SM2").pkcs8,
  Ed25519: generateKey("Ed25519").pkcs8,
};

const derivations: readonly KeyDerivation[] = [
  quick,
  { ...quick, prf: "SHA-512" },
  { ...quick, prf: "SM3" },
  { name: "scrypt", cost: 1024 },
];
const ciphers: readonly CbcCipherName[] = ["AES-128-CBC", "AES-256-CBC", "SM4-CBC"];

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (cause) {
    if (cause instanceof Pkcs8Error) return cause.code;
    throw cause;
  }
  return "accepted";
}

describe("an encrypted private key", () => {
  it.each(ciphers.flatMap((cipher) => derivations.map((keyDerivation) => ({ cipher, keyDerivation }))))(
    "of $cipher under $keyDerivation.name $keyDerivation.prf comes back with its password",
    (encryption) => {
      const encrypted = encryptPrivateKey(keys.SM2, password, { random, ...encryption });
      const decrypted = decryptPrivateKey(encrypted, password);
      expect(equalBytes(decrypted.privateKey, keys.SM2)).toBe(true);
      expect(decrypted.encryption).toBe(`PBES2, ${encryption.keyDerivation.name}, ${encryption.cipher}`);
      expect(decrypted.quirks).toEqual([]);
    },
  );

  it("is AES-256-CBC with 600,000 iterations of HMAC-SHA-256 when nothing else is asked for", () => {
    const encrypted = hexOf(encryptPrivateKey(keys["P-256"], password, { random }));
    expect(encrypted).toContain(hexOf(smallInteger(600_000)));
    expect(encrypted).toContain(hexOf(oid("1.2.840.113549.2.9")));
    expect(encrypted).toContain(hexOf(oid("2.16.840.1.101.3.4.1.42")));
  });

  it("has a fresh salt and a fresh initialization vector every time", () => {
    const write = () => encryptPrivateKey(keys.SM2, password, { random, keyDerivation: quick });
    expect(hexOf(write())).not.toBe(hexOf(write()));
  });

  it("is refused with one and the same error for every other password and every damaged octet of the ciphertext", () => {
    const encrypted = encryptPrivateKey(keys.Ed25519, password, { random, keyDerivation: quick });
    const errors = new Set<string>();
    const noteError = (bytes: Uint8Array, tried: string) => {
      try {
        decryptPrivateKey(bytes, tried);
        errors.add("accepted");
      } catch (cause) {
        if (!(cause instanceof Pkcs8Error)) throw cause;
        errors.add(`${cause.code}: ${cause.message} ${String(cause.cause)}`);
      }
    };
    for (let guess = 0; guess < 600; guess += 1) noteError(encrypted, `guess ${String(guess)}`);
    for (let at = encrypted.length - 32; at < encrypted.length; at += 1) {
      const damaged = Uint8Array.from(encrypted);
      damaged[at] = (damaged[at] ?? 0) ^ 0x01;
      noteError(damaged, password);
    }
    expect([...errors]).toEqual([
      "password-wrong: the password is wrong, or the octets are damaged undefined",
    ]);
  });

  it("is made of a private key and of nothing else", () => {
    for (const other of [new Uint8Array(), Uint8Array.of(0x30, 0), generateKey("SM2").spki]) {
      expect(codeOf(() => encryptPrivateKey(other, password, { random, keyDerivation: quick }))).toBe(
        "private-key-malformed",
      );
    }
  });

  it.each<[string, KeyDerivation]>([
    ["too few iterations", { name: "PBKDF2", iterations: 999 }],
    ["too many iterations", { name: "PBKDF2", iterations: 5_000_001 }],
    ["a cost of scrypt that is no power of two", { name: "scrypt", cost: 1000 }],
    ["scrypt with more than 128 MiB", { name: "scrypt", cost: 0x4_0000, blockSize: 8 }],
  ])("is not written with %s", (_what, keyDerivation) => {
    expect(() => encryptPrivateKey(keys.SM2, password, { random, keyDerivation })).toThrow(RangeError);
  });
});

describe("the parameters of an encrypted private key from outside", () => {
  const salt = octetString(new Uint8Array(16));
  const aes = sequence(oid("2.16.840.1.101.3.4.1.42"), octetString(new Uint8Array(16)));
  const pbkdf2 = (...parameters: readonly Uint8Array[]) =>
    sequence(oid("1.2.840.113549.1.5.12"), sequence(...parameters));
  const scrypt = (...numbers: readonly number[]) =>
    sequence(oid("1.3.6.1.4.1.11591.4.11"), sequence(salt, ...numbers.map(smallInteger)));
  const encrypted = (kdf: Uint8Array, cipher = aes) =>
    sequence(sequence(oid("1.2.840.113549.1.5.13"), sequence(kdf, cipher)), octetString(new Uint8Array(64)));
  const codeFor = (bytes: Uint8Array) => codeOf(() => decryptPrivateKey(bytes, password));

  it.each([
    ["5,000,001 iterations", encrypted(pbkdf2(salt, smallInteger(5_000_001)))],
    ["no iterations", encrypted(pbkdf2(salt, smallInteger(0)))],
    ["−1 iterations", encrypted(pbkdf2(salt, smallInteger(-1)))],
    ["a salt of 2 KiB", encrypted(pbkdf2(octetString(new Uint8Array(2048)), smallInteger(1000)))],
    ["scrypt of 256 MiB", encrypted(scrypt(0x4_0000, 8, 1))],
    ["scrypt on 100,000 lanes", encrypted(scrypt(0x4000, 8, 100_000))],
    ["scrypt on many lanes of little memory", encrypted(scrypt(0x4000, 1, 10_000))],
    ["scrypt of a cost of 1", encrypted(scrypt(1, 8, 1))],
    ["scrypt of a cost of 1000", encrypted(scrypt(1000, 8, 1))],
    ["scrypt of a negative size", encrypted(scrypt(0x4000, -8, 1))],
  ])("are limited: %s", (_what, bytes) => {
    expect(codeFor(bytes)).toBe("limit-exceeded");
  });

  it("are charged for what they cost, in iterations of PBKDF2", () => {
    const old = (rounds: number) =>
      sequence(
        sequence(oid("1.2.840.113549.1.5.10"), sequence(salt, smallInteger(rounds))),
        octetString(new Uint8Array(16)),
      );
    const within = (bytes: Uint8Array, maximumWork: number) =>
      codeOf(() => decryptPrivateKey(bytes, password, { maximumWork }));
    // Most of the work of many small lanes is the PBKDF2 around them.
    expect(within(encrypted(scrypt(2, 1, 100)), 599)).toBe("limit-exceeded");
    expect(within(encrypted(scrypt(2, 1, 100)), 600)).toBe("password-wrong");
    // The rounds of PBES1 run in JavaScript.
    expect(within(old(100), 499)).toBe("limit-exceeded");
    expect(within(old(100), 500)).toBe("password-wrong");
  });

  it.each([
    ["another scheme", sequence(sequence(oid("1.2.3"), nullValue()), octetString(new Uint8Array(16)))],
    [
      "a scheme of PKCS #12, when it is not asked for",
      sequence(
        sequence(oid("1.2.840.113549.1.12.1.3"), sequence(salt, smallInteger(1))),
        octetString(new Uint8Array(16)),
      ),
    ],
    ["another key derivation", encrypted(sequence(oid("1.2.3"), sequence()))],
    ["another cipher", encrypted(pbkdf2(salt, smallInteger(1000)), sequence(oid("1.2.3"), salt))],
    ["another PRF", encrypted(pbkdf2(salt, smallInteger(1000), sequence(oid("1.2.3"))))],
  ])("are refused by name: %s", (_what, bytes) => {
    expect(codeFor(bytes)).toBe("encryption-unsupported");
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["a key in the clear", keys.SM2],
    [
      "a long initialization vector",
      encrypted(
        pbkdf2(salt, smallInteger(1000)),
        sequence(oid("2.16.840.1.101.3.4.1.42"), octetString(new Uint8Array(17))),
      ),
    ],
    [
      "no initialization vector",
      encrypted(pbkdf2(salt, smallInteger(1000)), sequence(oid("2.16.840.1.101.3.4.1.42"))),
    ],
    ["a key length of another cipher", encrypted(pbkdf2(salt, smallInteger(1000), smallInteger(16)))],
    ["a salt that is a number", encrypted(pbkdf2(smallInteger(1), smallInteger(1000)))],
    ["iterations beyond all numbers", encrypted(pbkdf2(salt, integer(1n << 80n)))],
    ["a file of 100 KiB", new Uint8Array(100 * 1024)],
  ])("are malformed: %s", (_what, bytes) => {
    expect(codeFor(bytes)).toBe("private-key-malformed");
  });

  it("are read in BER too, and the departures are named", () => {
    const der = encryptPrivateKey(keys.SM2, password, { random, keyDerivation: quick });
    const ber = Uint8Array.of(0x30, 0x80, ...parseDer(der).contents, 0, 0);
    const { privateKey, quirks } = decryptPrivateKey(ber, password);
    expect(equalBytes(privateKey, keys.SM2)).toBe(true);
    expect(quirks).toEqual([{ code: "ber-indefinite-length", offset: 1 }]);
  });
});

describe("a private key in the clear", () => {
  it("says which kind it is", () => {
    expect(parsePrivateKey(keys.SM2)).toMatchObject({
      keyOid: "1.2.840.10045.2.1",
      curveOid: "1.2.156.10197.1.301",
    });
    expect(parsePrivateKey(keys.RSA)).toMatchObject({ keyOid: "1.2.840.113549.1.1.1", curveOid: undefined });
  });
});

describe("encrypted private keys beside OpenSSL", () => {
  const openssl = (...args: readonly string[]) => ["-passin", "pass:secret", ...args];

  for (const [kind, key] of Object.entries(keys)) {
    toolTest(["openssl"], `of ${kind} are read by openssl, for each cipher and derivation it knows`, () => {
      // OpenSSL 3.0 has no PRF of HMAC-SM3; BouncyCastle has.
      const known = derivations.filter((kdf) => !(kdf.name === "PBKDF2" && kdf.prf === "SM3"));
      for (const [index, keyDerivation] of known.entries()) {
        const cipher = ciphers[index % ciphers.length] ?? "SM4-CBC";
        const encrypted = encryptPrivateKey(key, "secret", { random, cipher, keyDerivation });
        inOpensslFolder({ "key.pem": pemOfDer(encrypted, "ENCRYPTED PRIVATE KEY") }, ({ run, read }) => {
          const { status, output } = run("pkey", ...openssl("-in", "key.pem", "-out", "plain.pem"));
          expect(status, output).toBe(0);
          expect(latin1Of(read("plain.pem"))).toBe(pemOfDer(key, "PRIVATE KEY"));
          expect(run("pkey", ...openssl("-in", "key.pem", "-noout", "-check")).output).toContain("valid");
        });
      }
    });
  }

  const legacy = ["-provider", "legacy", "-provider", "default"];
  const written: readonly [string, readonly string[], boolean][] = [
    ["AES-256-CBC", ["-v2", "aes-256-cbc"], false],
    ["AES-192-CBC with HMAC-SHA-512", ["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"], false],
    ["AES-128-CBC with HMAC-SHA-1", ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"], false],
    ["SM4-CBC", ["-v2", "sm4-cbc"], false],
    ["scrypt", ["-scrypt"], false],
    ["triple DES in PBES2", ["-v2", "des3"], true],
    ["DES with MD5 in PBES1", ["-v1", "PBE-MD5-DES", ...legacy], true],
    ["DES with SHA-1 in PBES1", ["-v1", "PBE-SHA1-DES", ...legacy], true],
  ];
  for (const [name, args, isOld] of written) {
    toolTest(["openssl"], `written by openssl with ${name} are read${isOld ? " under a quirk" : ""}`, () => {
      inOpensslFolder({ "plain.pem": pemOfDer(keys.SM2, "PRIVATE KEY") }, ({ run, read }) => {
        const { status, output } = run(
          ...["pkcs8", "-topk8", "-in", "plain.pem", "-passout", "pass:secret", "-out", "key.pem", ...args],
        );
        expect(status, output).toBe(0);
        const [encrypted = new Uint8Array()] = derOfPem(latin1Of(read("key.pem")), "ENCRYPTED PRIVATE KEY");
        const { privateKey, quirks } = decryptPrivateKey(encrypted, "secret");
        expect(hexOf(privateKey)).toBe(hexOf(keys.SM2));
        expect(quirks.map(({ code }) => code)).toEqual(isOld ? ["old-password-encryption"] : []);
        expect(codeOf(() => decryptPrivateKey(encrypted, "Secret"))).toBe("password-wrong");
      });
    });
  }
});
