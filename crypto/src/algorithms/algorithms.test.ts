import { createPublicKey, generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { concatBytes } from "../bytes/index.ts";
import {
  bitString,
  DerError,
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
  signatureAlgorithmOfKey,
  signatureAlgorithmOfOid,
  signatureAlgorithms,
} from "./index.ts";
import type { SignatureAlgorithmName } from "./index.ts";

const names = Object.keys(signatureAlgorithms) as SignatureAlgorithmName[];
const ecPublicKey = oid("1.2.840.10045.2.1");

describe("the table of algorithms", () => {
  it("finds each row by its object identifier, and no row by another", () => {
    for (const name of names) expect(signatureAlgorithmOfOid(signatureAlgorithms[name].oid)).toBe(name);
    for (const row of Object.values(digestAlgorithms)) {
      const found = digestAlgorithmOfOid(row.oid);
      expect(found && digestAlgorithms[found]).toBe(row);
    }
    expect(signatureAlgorithmOfOid("1.2.840.113549.1.1.11")).toBeUndefined();
    expect(digestAlgorithmOfOid("1.2.3")).toBeUndefined();
  });

  it("gives no two rows the same identifier, or the same key", () => {
    const rows = Object.values(signatureAlgorithms);
    expect(new Set(rows.map((row) => row.oid)).size).toBe(rows.length);
    expect(new Set(rows.map((row) => `${row.keyOid} ${row.curveOid ?? ""}`)).size).toBe(rows.length);
  });

  it("does not accept broken digests for signatures of today", () => {
    const broken = Object.entries(digestAlgorithms).filter(([, row]) => "acceptedUntil" in row);
    expect(broken.map(([name]) => name)).toEqual(["SHA-1", "MD5"]);
  });
});

describe("a SubjectPublicKeyInfo", () => {
  it.each(names)("of a fresh %s key leads to its row", (name) => {
    const { spki } = generateKey(name);
    expect(parsePublicKey(spki)).toMatchObject({
      algorithm: name,
      curveOid: signatureAlgorithms[name].curveOid,
    });
  });

  it("of another kind of key is read, but leads to no row", () => {
    const rsa = createPublicKey(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey);
    const p384 = createPublicKey(generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey);
    for (const key of [rsa, p384]) {
      const spki = new Uint8Array(key.export({ type: "spki", format: "der" }));
      expect(parsePublicKey(spki).algorithm).toBeUndefined();
    }
    expect(signatureAlgorithmOfKey("1.2.840.10045.2.1", undefined)).toBeUndefined();
  });

  it("with explicit curve parameters leads to no row, even if they are those of P-256 (CVE-2020-0601)", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" });
    expect(
      parsePublicKey(new Uint8Array(publicKey.export({ type: "spki", format: "der" }))).algorithm,
    ).toBeUndefined();
  });

  it("of Ed25519 has no parameters, not even NULL (RFC 8410 §3)", () => {
    const key = bitString(new Uint8Array(32));
    expect(parsePublicKey(sequence(sequence(oid("1.3.101.112")), key)).algorithm).toBe("Ed25519");
    expect(
      parsePublicKey(sequence(sequence(oid("1.3.101.112"), nullValue()), key)).algorithm,
    ).toBeUndefined();
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
