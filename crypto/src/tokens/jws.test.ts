import fc from "fast-check";
import { compactVerify, CompactSign, importPKCS8, importSPKI } from "jose";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { pemOfDer, utf8Of } from "../bytes/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import {
  base64UrlOf,
  bytesOfBase64Url,
  jwsAlgorithms,
  parseCompactJws,
  publicJwkOfSpki,
  signCompactJws,
  spkiOfJwk,
  TokenError,
  verifyCompactJws,
} from "./index.ts";

const payload = utf8Of("关于同意印发的批复");
const type = "example+jws";

const { pkcs8, spki } = generateKey("ES256");
const signer = createSoftwareSigner(pkcs8);
const checks = { publicKey: spki, algorithm: "ES256", type } as const;
const made = (header: object = {}) => signCompactJws(signer, { typ: type, ...header }, payload);

function refusalOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof TokenError) return error.code;
    throw error;
  }
}

describe("a JWS", () => {
  const knownToJose: readonly SignatureAlgorithmName[] = [
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "RS256",
    "PS256",
  ];
  it.each(knownToJose)("of %s made here is good in jose, and made there is good here", async (algorithm) => {
    const key = generateKey(algorithm);
    const own = createSoftwareSigner(key.pkcs8, algorithm);
    const { alg } = jwsAlgorithms[algorithm];
    const text = await signCompactJws(own, { typ: type }, payload);
    const there = await importSPKI(pemOfDer(key.spki, "PUBLIC KEY"), alg);
    expect((await compactVerify(text, there, { algorithms: [alg] })).payload).toEqual(payload);

    const secret = await importPKCS8(pemOfDer(key.pkcs8, "PRIVATE KEY"), alg);
    const theirs = await new CompactSign(payload).setProtectedHeader({ alg, typ: type }).sign(secret);
    const read = verifyCompactJws(theirs, { publicKey: key.spki, algorithm, type });
    expect(read).toMatchObject({ header: { alg, typ: type }, payload });
  });

  it.each(["SM2", "ML-DSA-44"] as const)(
    "of %s, which jose on this Node cannot check, is good here",
    async (algorithm) => {
      const key = generateKey(algorithm);
      const text = await signCompactJws(createSoftwareSigner(key.pkcs8, algorithm), { typ: type }, payload);
      expect(verifyCompactJws(text, { publicKey: key.spki, algorithm, type }).payload).toEqual(payload);
      expect(parseCompactJws(text).header["alg"]).toBe(jwsAlgorithms[algorithm].alg);
    },
  );

  it("is not good under another key, algorithm or type, nor changed", async () => {
    const text = await made();
    const [header = "", , signature = ""] = text.split(".");
    const changed = [header, base64UrlOf(utf8Of("x")), signature].join(".");
    for (const [given, change, code] of [
      [text, { publicKey: generateKey("ES256").spki }, "token-signature-wrong"],
      [text, { algorithm: "ES384" }, "token-algorithm"],
      [text, { type: "at+jwt" }, "token-type"],
      [text, { type: undefined }, "token-type"],
      [changed, {}, "token-signature-wrong"],
      [`${text}AA`, {}, "token-signature-wrong"],
    ] as const) {
      expect(refusalOf(() => verifyCompactJws(given, { ...checks, ...change }))).toBe(code);
    }
  });

  it("chooses nothing by its header: neither algorithm, nor key", async () => {
    const other = generateKey("ES256");
    const jwk = publicJwkOfSpki(other.spki);
    const attack = {
      typ: type,
      jwk,
      jku: "https://evil.example/keys",
      x5u: "https://evil.example/key",
      kid: jwk.kid,
    };
    const byOther = await signCompactJws(createSoftwareSigner(other.pkcs8), attack, payload);
    expect(refusalOf(() => verifyCompactJws(byOther, checks))).toBe("token-signature-wrong");
    const [, body = "", signature = ""] = byOther.split(".");
    for (const alg of ["none", "HS256", "es256"]) {
      const header = base64UrlOf(utf8Of(JSON.stringify({ typ: type, alg })));
      for (const value of ["", signature]) {
        expect(refusalOf(() => verifyCompactJws(`${header}.${body}.${value}`, checks))).toBe(
          "token-algorithm",
        );
      }
    }
  });

  it.each<[string, object]>([
    ["a name that is not understood", { crit: ["exp"], exp: 1 }],
    ["a name that is not there", { crit: ["known"] }],
    ["a name twice", { crit: ["known", "known"], known: 1 }],
    ["nothing", { crit: [] }],
    ["a text", { crit: "known", known: 1 }],
  ])("is refused when crit has %s", async (_, header) => {
    const text = await made(header);
    expect(refusalOf(() => verifyCompactJws(text, { ...checks, understood: ["known"] }))).toBe(
      "token-critical",
    );
  });

  it("is read when crit names what the caller understands", async () => {
    const text = await made({ crit: ["known"], known: 1 });
    expect(verifyCompactJws(text, { ...checks, understood: ["known"] }).payload).toEqual(payload);
  });

  it.each(["", "a.b", "a.b.c.d", "e30.e30", "AA.AA.AA", "W10.AA.AA", "eyJ9.AA.AA", "e30=.AA.AA", "e30.A.AA"])(
    "is not %j",
    (text) => {
      expect(refusalOf(() => parseCompactJws(text))).toBe("token-malformed");
    },
  );

  it("is read or refused, whatever it is", () => {
    const part = fc.oneof(fc.string(), fc.uint8Array().map(base64UrlOf), fc.constant("eyJhbGciOiJFUzI1NiJ9"));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        expect([undefined, "token-malformed"]).toContain(refusalOf(() => parseCompactJws(parts.join("."))));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("base64url", () => {
  it("has one text for each byte string", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(bytesOfBase64Url(base64UrlOf(bytes))).toEqual(bytes);
      }),
      { numRuns: fuzzRuns(100) },
    );
    for (const text of ["A", "AB", "AA=", "A+", "A/", "AA AA"]) {
      expect(() => bytesOfBase64Url(text), text).toThrow(RangeError);
    }
  });
});

describe("the key in a JWK", () => {
  it("is that of the SubjectPublicKeyInfo it was made from", () => {
    expect(spkiOfJwk(publicJwkOfSpki(spki))).toEqual({ publicKey: spki, algorithm: "ES256" });
  });

  const { kty, crv, x, y } = publicJwkOfSpki(spki);
  it.each<[string, unknown]>([
    ["a private key", { kty, crv, x, y, d: x }],
    ["another curve", { kty, crv: "P-384", x, y }],
    ["a short coordinate", { kty, crv, x: "AA", y }],
    ["a coordinate that is no text", { kty, crv, x: 1, y }],
    ["a coordinate that is not base64url", { kty, crv, x: "*", y }],
    ["a shared secret", { kty: "oct", k: "AA" }],
    ["nothing", undefined],
  ])("is not taken from %s", (_, jwk) => {
    expect(refusalOf(() => spkiOfJwk(jwk))).toBe("token-algorithm");
  });
});
