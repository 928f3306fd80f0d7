import { generateKeyPairSync } from "node:crypto";

import { describe, expect, it } from "vitest";

import { oid, parseDer, sequence } from "../der/index.ts";
import { generateKey } from "../signer/index.ts";
import {
  judgeAlgorithm,
  parsePublicKey,
  readSignatureScheme,
  schemeOf,
  signatureAlgorithmNames,
} from "./index.ts";
import type { AlgorithmJudgement, AlgorithmUse, PublicKeyInfo, SignatureScheme } from "./index.ts";

const today = new Date("2026-11-22T00:00:00Z");
const before = new Date("2003-01-01T00:00:00Z");

function judge(use: Partial<AlgorithmUse>): AlgorithmJudgement {
  return judgeAlgorithm({ at: today, policy: "default", ...use });
}

function schemeBy(id: string): SignatureScheme {
  const scheme = readSignatureScheme(parseDer(sequence(oid(id))));
  if (scheme === undefined) throw new Error(`no scheme ${id}`);
  return scheme;
}

function rsaKey(modulusLength: number): PublicKeyInfo {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength });
  return parsePublicKey(new Uint8Array(publicKey.export({ type: "spki", format: "der" })));
}

const rsa2048 = rsaKey(2048);
const sha1Rsa = schemeBy("1.2.840.113549.1.1.5");
const md5Rsa = schemeBy("1.2.840.113549.1.1.4");
const dsa = schemeBy("1.2.840.10040.4.3");

describe("an algorithm", () => {
  it.each(signatureAlgorithmNames)("that the suite signs with, %s, is accepted today", (name) => {
    const isRsa = name.startsWith("RS") || name.startsWith("PS");
    const publicKey = isRsa ? rsa2048 : parsePublicKey(generateKey(name).spki);
    expect(judge({ scheme: schemeOf(name), publicKey })).toEqual({ accepted: true });
  });

  it("of nothing at all is accepted: there is nothing to object to", () => {
    expect(judge({})).toEqual({ accepted: true });
  });

  it.each([
    ["SHA-1 today", sha1Rsa, today, "algorithm-expired"],
    ["SHA-1 in its time", sha1Rsa, before, "algorithm-not-permitted"],
    ["MD5 today", md5Rsa, today, "algorithm-expired"],
    ["MD5 in its time", md5Rsa, before, "algorithm-not-permitted"],
    ["DSA", dsa, before, "algorithm-not-permitted"],
  ])("that signs with %s is accepted under `conformance` only", (_what, scheme, at, code) => {
    expect(judge({ scheme, at })).toMatchObject({ accepted: false, code });
    expect(judge({ scheme, at, policy: "conformance" })).toEqual({ accepted: true });
  });

  it("with SHA-1 inside MGF1 is refused like SHA-1", () => {
    const scheme: SignatureScheme = { ...schemeOf("PS256"), mgfDigest: "SHA-1" };
    expect(judge({ scheme })).toMatchObject({ code: "algorithm-expired" });
  });
});

describe("a digest alone", () => {
  it("is accepted until its date", () => {
    expect(judge({ digest: "SHA-1", at: new Date("2017-02-23T00:00:00Z") })).toEqual({ accepted: true });
    expect(judge({ digest: "SHA-1", at: new Date("2017-02-23T00:00:01Z") })).toEqual({
      accepted: false,
      code: "algorithm-expired",
      detail: "SHA-1 was accepted until 2017-02-23",
    });
    expect(judge({ digest: "SHA-1", policy: "conformance" })).toEqual({ accepted: true });
    expect(judge({ digest: "SM3" })).toEqual({ accepted: true });
  });

  it("is refused at a time that is none", () => {
    expect(judge({ digest: "MD5", at: new Date(Number.NaN) })).toMatchObject({ code: "algorithm-expired" });
  });
});

describe("a key", () => {
  it("of RSA has 2048 bits or more, or 1024 under `conformance`", () => {
    const publicKey = rsaKey(1024);
    expect(judge({ publicKey })).toEqual({
      accepted: false,
      code: "key-too-small",
      detail: "the rsa key has 1024 bits, fewer than 2048",
    });
    expect(judge({ publicKey, policy: "conformance" })).toEqual({ accepted: true });
  });

  it("that is unknown is not accepted under any policy", () => {
    const { publicKey } = generateKeyPairSync("ed448");
    const unknown = parsePublicKey(new Uint8Array(publicKey.export({ type: "spki", format: "der" })));
    for (const policy of ["default", "conformance"] as const) {
      expect(judge({ publicKey: unknown, policy })).toMatchObject({ code: "algorithm-unknown" });
    }
  });

  it("of DSA is accepted under `conformance` only, also when its parameters are its issuer's", () => {
    const publicKey: PublicKeyInfo = {
      kind: "dsa",
      algorithm: undefined,
      keyOid: "1.2.840.10040.4.1",
      curveOid: undefined,
      bits: undefined,
      key: new Uint8Array(),
    };
    expect(judge({ publicKey })).toMatchObject({ code: "algorithm-not-permitted" });
    expect(judge({ publicKey, policy: "conformance" })).toEqual({ accepted: true });
    expect(judge({ publicKey: { ...publicKey, bits: 512 }, policy: "conformance" })).toMatchObject({
      code: "key-too-small",
    });
  });
});
