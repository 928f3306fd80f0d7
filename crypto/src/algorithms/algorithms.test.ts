import { createPublicKey, generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { bytesOfHex, concatBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  contextImplicit,
  DerError,
  integer,
  nullValue,
  octetString,
  oid,
  parseDer,
  sequence,
  smallInteger,
} from "../der/index.ts";
import { generateKey } from "../signer/index.ts";
import {
  digestAlgorithmOfOid,
  digestAlgorithms,
  parsePublicKey,
  readSignatureAlgorithm,
  readSignatureScheme,
  schemeOf,
  schemeOfSignerInfo,
  signatureAlgorithmNames,
  signatureAlgorithmOfKey,
  signatureAlgorithms,
  writeSignatureAlgorithm,
} from "./index.ts";
import type { SignatureScheme } from "./index.ts";

const ecPublicKey = oid("1.2.840.10045.2.1");
const rsaEncryption = oid("1.2.840.113549.1.1.1");
const rsassaPss = oid("1.2.840.113549.1.1.10");
const rsaKey = (bits: number): Uint8Array => integer((1n << BigInt(bits - 1)) + 1n);

function exportedSpki(type: "rsa" | "rsa-pss" | "dsa", options: Record<string, unknown>): Uint8Array {
  // The overloads of node:crypto tell each type of key apart.
  const generate = generateKeyPairSync as (type: string, options: object) => { publicKey: CryptoKeyObject };
  return new Uint8Array(generate(type, options).publicKey.export({ type: "spki", format: "der" }));
}
type CryptoKeyObject = ReturnType<typeof createPublicKey>;

describe("the table of algorithms", () => {
  it("finds each digest by its object identifier, and none by another", () => {
    for (const row of Object.values(digestAlgorithms)) {
      const found = digestAlgorithmOfOid(row.oid);
      expect(found && digestAlgorithms[found]).toBe(row);
    }
    expect(digestAlgorithmOfOid("1.2.3")).toBeUndefined();
  });

  it("gives no two rows the same AlgorithmIdentifier, and reads each to its row", () => {
    const written = signatureAlgorithmNames.map((name) =>
      Buffer.from(writeSignatureAlgorithm(name)).toString("hex"),
    );
    expect(new Set(written).size).toBe(signatureAlgorithmNames.length);
    for (const name of signatureAlgorithmNames) {
      const element = parseDer(writeSignatureAlgorithm(name));
      expect(readSignatureScheme(element)).toEqual(schemeOf(name));
      expect(readSignatureAlgorithm(element)).toEqual({ name, oid: signatureAlgorithms[name].oid });
      expect(schemeOf(name)).toMatchObject({ name, digest: signatureAlgorithms[name].digest });
    }
  });

  it("does not accept broken digests for signatures of today", () => {
    const broken = Object.entries(digestAlgorithms).filter(([, row]) => "acceptedUntil" in row);
    expect(broken.map(([name]) => name)).toEqual(["SHA-1", "MD5"]);
  });
});

describe("a SubjectPublicKeyInfo", () => {
  it.each(["SM2", "ES256", "ES384", "ES512", "Ed25519", "ML-DSA-44", "ML-DSA-65", "RS256"] as const)(
    "of a fresh %s key leads to its row",
    (name) => {
      const { spki } = generateKey(name);
      expect(parsePublicKey(spki)).toMatchObject({
        algorithm: name,
        curveOid: signatureAlgorithms[name].curveOid,
      });
    },
  );

  it.each([
    ["SM2", "ec", 256],
    ["ES512", "ec", 521],
    ["RS256", "rsa", 2048],
    ["Ed25519", "ed25519", 256],
    ["ML-DSA-65", "ml-dsa", undefined],
  ] as const)("of %s is of the kind %s with %s bits", (name, kind, bits) => {
    expect(parsePublicKey(generateKey(name).spki)).toMatchObject({ kind, bits });
  });

  it("of RSA with fewer than 2048 bits is read, but leads to no row", () => {
    const spki = exportedSpki("rsa", { modulusLength: 1024 });
    expect(parsePublicKey(spki)).toMatchObject({ kind: "rsa", bits: 1024, algorithm: undefined });
    expect(signatureAlgorithmOfKey("1.2.840.10045.2.1", undefined)).toBeUndefined();
  });

  it("of RSA for PSS alone leads to PSS, with its parameters as the only ones", () => {
    const key = bitString(sequence(rsaKey(2048), integer(65537n)));
    const free = parsePublicKey(sequence(sequence(rsassaPss), key));
    expect(free).toMatchObject({ kind: "rsa", algorithm: "PS256" });
    expect(free.restrictedTo).toBeUndefined();
    const bound = exportedSpki("rsa-pss", {
      modulusLength: 2048,
      hashAlgorithm: "sha384",
      mgf1HashAlgorithm: "sha384",
      saltLength: 48,
    });
    expect(parsePublicKey(bound)).toMatchObject({ algorithm: "PS384", restrictedTo: schemeOf("PS384") });
  });

  it("of DSA is read, and leads to no row", () => {
    const spki = exportedSpki("dsa", { modulusLength: 1024, divisorLength: 160 });
    expect(parsePublicKey(spki)).toMatchObject({ kind: "dsa", bits: 1024, algorithm: undefined });
  });

  it("with explicit curve parameters leads to no row, even if they are those of P-256 (CVE-2020-0601)", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
    expect(parsePublicKey(new Uint8Array(publicKey.export({ type: "spki", format: "der" })))).toMatchObject({
      kind: "unknown",
      algorithm: undefined,
    });
  });

  it("of Ed25519 has no parameters, not even NULL (RFC 8410 §3)", () => {
    const key = bitString(new Uint8Array(32));
    expect(parsePublicKey(sequence(sequence(oid("1.3.101.112")), key)).algorithm).toBe("Ed25519");
    expect(parsePublicKey(sequence(sequence(oid("1.3.101.112"), nullValue()), key)).kind).toBe("unknown");
  });

  it.each([
    ["an even modulus", sequence(integer(1n << 2047n), smallInteger(3))],
    ["a negative modulus", sequence(integer(-(1n << 2047n) - 1n), smallInteger(3))],
    ["1016 bits", sequence(rsaKey(1016), smallInteger(3))],
    ["8200 bits", sequence(rsaKey(8200), smallInteger(3))],
    ["the exponent 1", sequence(rsaKey(2048), smallInteger(1))],
    ["an even exponent", sequence(rsaKey(2048), smallInteger(65536))],
    ["an exponent of 65 bits", sequence(rsaKey(2048), integer((1n << 64n) + 1n))],
    ["a third number", sequence(rsaKey(2048), smallInteger(3), smallInteger(1))],
    ["no DER inside", bytesOfHex("04")],
  ])("of RSA with %s is of an unknown kind", (_what, key) => {
    const spki = sequence(sequence(rsaEncryption, nullValue()), bitString(key));
    expect(parsePublicKey(spki)).toMatchObject({ kind: "unknown", algorithm: undefined });
  });

  it("of RSA needs NULL beside its identifier (RFC 3279 §2.3.1)", () => {
    const key = bitString(sequence(rsaKey(2048), smallInteger(65537)));
    expect(parsePublicKey(sequence(sequence(rsaEncryption, nullValue()), key)).kind).toBe("rsa");
    expect(parsePublicKey(sequence(sequence(rsaEncryption), key)).kind).toBe("unknown");
  });

  it.each([
    ["a third member", sequence(sequence(ecPublicKey), bitString(new Uint8Array(65)), nullValue())],
    ["no key", sequence(sequence(ecPublicKey))],
    [
      "an algorithm with three members",
      sequence(sequence(ecPublicKey, nullValue(), nullValue()), bitString(new Uint8Array(1))),
    ],
    ["an algorithm without an identifier", sequence(sequence(), bitString(new Uint8Array(1)))],
    ["the key in an OCTET STRING", sequence(sequence(ecPublicKey), octetString(new Uint8Array(65)))],
    ["bytes after it", concatBytes(generateKey("SM2").spki, Uint8Array.of(0))],
    ["something else in its place", smallInteger(1)],
  ])("is refused with %s", (_what, der) => {
    expect(() => parsePublicKey(der)).toThrow(DerError);
  });
});

describe("the AlgorithmIdentifier of a signature", () => {
  const sm2 = oid("1.2.156.10197.1.501");

  it("has no parameters, or NULL as some authorities write it", () => {
    expect(readSignatureAlgorithm(parseDer(sequence(sm2)))).toEqual({
      name: "SM2",
      oid: "1.2.156.10197.1.501",
    });
    expect(readSignatureAlgorithm(parseDer(sequence(sm2, nullValue()))).name).toBe("SM2");
  });

  it("with other parameters is unknown, with three members malformed", () => {
    expect(readSignatureAlgorithm(parseDer(sequence(sm2, sequence()))).name).toBeUndefined();
    expect(() => readSignatureAlgorithm(parseDer(sequence(sm2, nullValue(), nullValue())))).toThrow(DerError);
  });
});

function schemeFrom(der: Uint8Array): SignatureScheme | undefined {
  return readSignatureScheme(parseDer(der));
}

describe("the scheme of a signature", () => {
  it.each([
    ["1.2.840.10045.4.1", "ecdsa", "SHA-1"],
    ["2.16.840.1.101.3.4.3.10", "ecdsa", "SHA3-256"],
    ["1.2.840.113549.1.1.5", "rsa-pkcs1", "SHA-1"],
    ["1.2.840.10040.4.3", "dsa", "SHA-1"],
  ])("%s is verified though the suite does not sign so: %s with %s", (id, kind, digest) => {
    expect(schemeFrom(sequence(oid(id)))).toMatchObject({ kind, digest, oid: id, name: undefined });
  });

  it("of ML-DSA-87 is verified, though the suite does not sign so", () => {
    expect(schemeFrom(sequence(oid("2.16.840.1.101.3.4.3.19")))).toMatchObject({
      parameterSet: "ML-DSA-87",
      label: "ML-DSA-87",
      name: undefined,
    });
  });

  it("of RSA has NULL or nothing (RFC 4055 §5); of Ed25519 and ML-DSA nothing", () => {
    const withNull = (id: string): SignatureScheme | undefined => schemeFrom(sequence(oid(id), nullValue()));
    expect(withNull("1.2.840.113549.1.1.11")).toEqual(schemeFrom(sequence(oid("1.2.840.113549.1.1.11"))));
    expect(withNull("1.3.101.112")).toBeUndefined();
    expect(withNull("2.16.840.1.101.3.4.3.18")).toBeUndefined();
  });

  it("is unknown for an identifier that is none of ours", () => {
    expect(schemeFrom(sequence(oid("1.2.3")))).toBeUndefined();
  });
});

describe("RSASSA-PSS-params (RFC 4055 §3.1)", () => {
  const digest = (id: string): Uint8Array => sequence(oid(id), nullValue());
  const sha256 = digest(digestAlgorithms["SHA-256"].oid);
  const mgf1 = (inner: Uint8Array): Uint8Array => sequence(oid("1.2.840.113549.1.1.8"), inner);
  const pss = (...members: Uint8Array[]): Uint8Array => sequence(rsassaPss, sequence(...members));

  it("have the defaults SHA-1, MGF1 with SHA-1 and 20 octets of salt", () => {
    expect(schemeFrom(pss())).toMatchObject({ digest: "SHA-1", mgfDigest: "SHA-1", saltLength: 20 });
  });

  it("may have another digest in MGF1, any salt, and digests without NULL", () => {
    const bare = sequence(oid(digestAlgorithms["SHA-512"].oid));
    const members = [
      contextExplicit(0, bare),
      contextExplicit(1, mgf1(sha256)),
      contextExplicit(2, smallInteger(0)),
    ];
    expect(schemeFrom(pss(...members))).toMatchObject({
      digest: "SHA-512",
      mgfDigest: "SHA-256",
      saltLength: 0,
      name: undefined,
      label: "RSA-PSS with SHA-512 and MGF1 with SHA-256",
    });
  });

  it.each([
    ["no parameters at all", sequence(rsassaPss)],
    ["an unknown digest", pss(contextExplicit(0, digest("1.2.3")))],
    ["another mask generation function", pss(contextExplicit(1, sequence(oid("1.2.3"), sha256)))],
    ["MGF1 without a digest", pss(contextExplicit(1, sequence(oid("1.2.840.113549.1.1.8"))))],
    ["another trailer", pss(contextExplicit(3, smallInteger(2)))],
    [
      "parameters of the digest",
      pss(contextExplicit(0, sequence(oid(digestAlgorithms["SHA-256"].oid), smallInteger(1)))),
    ],
  ])("with %s are not followed", (_what, der) => {
    expect(schemeFrom(der)).toBeUndefined();
  });

  it.each([
    ["members in another order", pss(contextExplicit(2, smallInteger(32)), contextExplicit(0, sha256))],
    ["a member twice", pss(contextExplicit(0, sha256), contextExplicit(0, sha256))],
    ["a fifth member", pss(contextExplicit(4, smallInteger(1)))],
    [
      "two things in a member",
      pss(contextImplicit(2, concatBytes(smallInteger(32), smallInteger(32)), true)),
    ],
    ["a negative salt", pss(contextExplicit(2, smallInteger(-1)))],
    ["the default salt written out", pss(contextExplicit(2, smallInteger(20)))],
    ["the default trailer written out", pss(contextExplicit(3, smallInteger(1)))],
    ["NULL in their place", sequence(rsassaPss, nullValue())],
  ])("with %s are malformed", (_what, der) => {
    expect(() => schemeFrom(der)).toThrow(DerError);
  });
});

describe("the scheme of a SignerInfo", () => {
  const sha256 = digestAlgorithms["SHA-256"].oid;
  const sm3 = digestAlgorithms.SM3.oid;
  const scheme = (digestOid: string, algorithm: Uint8Array): SignatureScheme | undefined =>
    schemeOfSignerInfo({ digestOid, signatureAlgorithm: parseDer(algorithm) });

  it.each([
    ["rsaEncryption with NULL", sha256, sequence(rsaEncryption, nullValue()), "rsa-pkcs1", "RS256"],
    ["id-ecPublicKey", sha256, sequence(ecPublicKey), "ecdsa", "ES256"],
    ["id-ecPublicKey under SM3", sm3, sequence(ecPublicKey), "sm2", "SM2"],
    ["the SM2 signature's", sm3, sequence(oid("1.2.156.10197.1.501")), "sm2", "SM2"],
    ["SM2-1", sm3, sequence(oid("1.2.156.10197.1.301.1"), nullValue()), "sm2", "SM2"],
    ["the curve's", sm3, sequence(oid("1.2.156.10197.1.301")), "sm2", "SM2"],
    ["one with an arc left out", sm3, sequence(oid("1.2.156.10197.501")), "sm2", "SM2"],
    ["sha256WithRSAEncryption", sha256, writeSignatureAlgorithm("RS256"), "rsa-pkcs1", "RS256"],
    ["RSASSA-PSS", sha256, writeSignatureAlgorithm("PS256"), "rsa-pss", "PS256"],
  ] as const)("is found by %s", (_what, digestOid, algorithm, kind, name) => {
    expect(scheme(digestOid, algorithm)).toMatchObject({ kind, name });
  });

  it("of DSA comes from the key's identifier and the digest", () => {
    const dsa = sequence(oid("1.2.840.10040.4.1"));
    expect(scheme(digestAlgorithms["SHA-1"].oid, dsa)).toMatchObject({ kind: "dsa", digest: "SHA-1" });
  });

  it.each([
    ["SM2 with another digest", sha256, sequence(oid("1.2.156.10197.1.301.1"))],
    ["a key's identifier with an unknown digest", "1.2.3", sequence(rsaEncryption, nullValue())],
    ["a key's identifier with parameters", sha256, sequence(ecPublicKey, oid("1.2.840.10045.3.1.7"))],
    ["an unknown identifier", sha256, sequence(oid("1.2.3"))],
  ])("is unknown for %s", (_what, digestOid, algorithm) => {
    expect(scheme(digestOid, algorithm)).toBeUndefined();
  });
});

describe("an RSA modulus with the mark of ROCA (CVE-2017-15361)", () => {
  it("is that of a key of an unknown kind; honest keys do not have it", () => {
    // What the faulty library makes is a power of 65537 modulo the product of the first primes.
    const primorial = [
      2n,
      3n,
      5n,
      7n,
      11n,
      13n,
      17n,
      19n,
      23n,
      29n,
      31n,
      37n,
      41n,
      43n,
      47n,
      53n,
      59n,
      61n,
      67n,
      71n,
    ]
      .concat([
        73n,
        79n,
        83n,
        89n,
        97n,
        101n,
        103n,
        107n,
        109n,
        113n,
        127n,
        131n,
        137n,
        139n,
        149n,
        151n,
        157n,
      ])
      .reduce((product, prime) => product * prime);
    const power = 65537n ** 5n % primorial;
    const marked = power + primorial * ((1n << 2047n) / primorial + 1n);
    const keyOf = (modulus: bigint): Uint8Array =>
      sequence(
        sequence(rsaEncryption, nullValue()),
        bitString(sequence(integer(modulus), smallInteger(65537))),
      );
    expect(parsePublicKey(keyOf(marked)).kind).toBe("unknown");
    expect(parsePublicKey(keyOf(marked + 2n)).kind).toBe("rsa");
  });
});
