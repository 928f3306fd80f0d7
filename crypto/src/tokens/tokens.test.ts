import { createHmac, createPublicKey, verify } from "node:crypto";

import { calculateJwkThumbprint, importJWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";

import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import type { Signer } from "../signer/index.ts";
import { rawOfDerSignature, derOfRawSignature } from "../sm2/index.ts";
import {
  clientAssertionSeconds,
  createClientAssertion,
  createCompactJws,
  jwkThumbprint,
  publicJwkOfSpki,
} from "./index.ts";
import { TokenError, verifyAccessToken } from "./index.ts";
import type { AccessToken } from "./index.ts";

const signer = createSoftwareSigner(generateKey("ES256").pkcs8);
const jwk = publicJwkOfSpki(signer.publicKey);
const now = new Date("2026-11-21T02:00:00Z");
const seconds = now.getTime() / 1000;
const issuer = "https://sso.example";

const goodHeader = { typ: "at+jwt", kid: jwk.kid };
const goodClaims = {
  iss: issuer,
  sub: "person_1",
  aud: "yinxin",
  client_id: "client_1",
  jti: "token_1",
  iat: seconds,
  exp: seconds + 300,
  scope: "seal:apply seal:read",
  entitlements: ["seal:apply"],
  act: { sub: "person_2" },
  organization: "organization_1",
};

function check(token: string, keys: readonly object[] = [jwk]): Promise<AccessToken> {
  return verifyAccessToken(token, { jwks: { keys }, issuer, audience: "yinxin", now });
}

async function refusalOf(token: string | Promise<string>, keys?: readonly object[]): Promise<unknown> {
  const error: unknown = await check(await token, keys).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(TokenError);
  return (error as TokenError).code;
}

function made(claims: object, header: object = {}, by: Signer = signer): Promise<string> {
  return createCompactJws(by, { ...goodHeader, ...header }, { ...goodClaims, ...claims });
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("an access token (RFC 9068)", () => {
  it("says who calls, through whom, for which organization, and with what permissions", async () => {
    expect(await check(await made({}))).toEqual({
      subject: "person_1",
      actor: "person_2",
      clientId: "client_1",
      scope: ["seal:apply", "seal:read"],
      entitlements: ["seal:apply"],
      organization: "organization_1",
      tokenId: "token_1",
      expiresAt: new Date("2026-11-21T02:05:00Z"),
    });
  });

  it("may leave out actor, organization, scope and entitlements", async () => {
    const token = made({
      act: undefined,
      organization: undefined,
      scope: undefined,
      entitlements: undefined,
    });
    const { scope, entitlements, ...rest } = await check(await token);
    expect({ scope, entitlements }).toEqual({ scope: [], entitlements: [] });
    expect(rest).not.toHaveProperty("actor");
    expect(rest).not.toHaveProperty("organization");
  });

  it.each([
    ["typ", "an ID token's", { typ: "JWT" }, "token-type"],
    ["typ", "no", { typ: undefined }, "token-type"],
    ["typ", "a logout token's", { typ: "logout+jwt" }, "token-type"],
    ["crit", "an unknown", { crit: ["b64x"], b64x: true }, "token-malformed"],
    ["crit", "a known", { crit: ["b64"], b64: true }, "token-malformed"],
    ["kid", "no", { kid: undefined }, "token-malformed"],
    ["kid", "another", { kid: "other" }, "token-key-unknown"],
  ])("with %s: %s header is not believed", async (_member, _kind, header, code) => {
    expect(await refusalOf(made({}, header))).toBe(code);
  });

  it.each([
    ["another issuer", { iss: "https://evil.example" }, "token-issuer"],
    ["no issuer", { iss: undefined }, "token-issuer"],
    ["another audience", { aud: "client_1" }, "token-audience"],
    ["no audience", { aud: undefined }, "token-audience"],
    ["an end that has passed", { exp: seconds - 5 }, "token-expired"],
    ["no end", { exp: undefined }, "token-claim"],
    ["a beginning to come", { nbf: seconds + 6 }, "token-not-yet-valid"],
    ["an issue in the future", { iat: seconds + 6 }, "token-not-yet-valid"],
    ["no time of issue", { iat: undefined }, "token-claim"],
    ["no subject", { sub: undefined }, "token-claim"],
    ["an empty subject", { sub: "" }, "token-claim"],
    ["no client", { client_id: undefined }, "token-claim"],
    ["a client that is not a text", { client_id: 7 }, "token-claim"],
    ["no id", { jti: undefined }, "token-claim"],
    ["a scope that is a list", { scope: ["seal:apply"] }, "token-claim"],
    ["entitlements that are a text", { entitlements: "seal:apply" }, "token-claim"],
    ["entitlements that are objects", { entitlements: [{ value: "seal:apply" }] }, "token-claim"],
    ["an actor without a subject of its own kind", { act: { sub: 1 } }, "token-claim"],
  ])("with %s is not believed", async (_name, claims, code) => {
    expect(await refusalOf(made(claims))).toBe(code);
  });

  it("may be off by the leeway of five seconds and no more", async () => {
    for (const claims of [{ exp: seconds - 4 }, { nbf: seconds + 5 }, { iat: seconds + 5 }]) {
      await expect(check(await made(claims))).resolves.toMatchObject({ tokenId: "token_1" });
    }
  });

  it("is not believed when signed by another key under the same kid", async () => {
    const other = createSoftwareSigner(generateKey("ES256").pkcs8);
    expect(await refusalOf(made({}, {}, other))).toBe("token-signature-wrong");
  });

  it("is not believed with any one character changed", async () => {
    const token = await made({});
    // The last digit of base64url carries bits that do not count; the two tokens are the same bytes.
    const indices = Array.from({ length: token.length - 1 }, (_, index) => index).filter(
      (index) => index % 7 === 0,
    );
    for (const index of indices) {
      const changed = token.slice(0, index) + (token[index] === "A" ? "B" : "A") + token.slice(index + 1);
      await expect(check(changed), `character ${String(index)}`).rejects.toThrow(TokenError);
    }
  });

  it("is not believed with alg none, in any writing", async () => {
    for (const alg of ["none", "None", "NONE", ""]) {
      const unsigned = `${encoded({ ...goodHeader, alg })}.${encoded(goodClaims)}.`;
      expect(await refusalOf(unsigned)).toBe("token-algorithm");
    }
  });

  it("is not believed with the public key used as a shared secret (HS256)", async () => {
    const input = `${encoded({ ...goodHeader, alg: "HS256" })}.${encoded(goodClaims)}`;
    const pem = createPublicKey({ key: Buffer.from(signer.publicKey), format: "der", type: "spki" }).export({
      type: "spki",
      format: "pem",
    });
    for (const secret of [pem, Buffer.from(signer.publicKey), JSON.stringify(jwk)]) {
      const mac = createHmac("sha256", secret).update(input).digest("base64url");
      expect(await refusalOf(`${input}.${mac}`)).toBe("token-algorithm");
    }
  });

  it("is not believed on a key that it brings along itself", async () => {
    const other = createSoftwareSigner(generateKey("ES256").pkcs8);
    const own = publicJwkOfSpki(other.publicKey);
    expect(
      await refusalOf(made({}, { jwk: own, jku: "https://evil.example/jwks", kid: own.kid }, other)),
    ).toBe("token-key-unknown");
  });

  it("is not believed with its signature in DER instead of 64 octets (RFC 7518 §3.4)", async () => {
    const [header = "", payload = "", signature = ""] = (await made({})).split(".");
    const der = Buffer.from(derOfRawSignature(new Uint8Array(Buffer.from(signature, "base64url"))));
    expect(await refusalOf(`${header}.${payload}.${der.toString("base64url")}`)).toBe(
      "token-signature-wrong",
    );
  });

  it("is not believed if two keys have its kid", async () => {
    const other = publicJwkOfSpki(generateKey("ES256").spki);
    expect(await refusalOf(made({}), [jwk, { ...other, kid: jwk.kid }])).toBe("token-key-unknown");
  });

  it("finds its key among keys of other kinds", async () => {
    const others = [
      { kty: "RSA", kid: "rsa", n: "AQAB", e: "AQAB" },
      { kty: "oct", kid: jwk.kid, k: "AA" },
      { kid: 7 },
    ];
    await expect(check(await made({}), [...others, jwk])).resolves.toMatchObject({ subject: "person_1" });
  });

  it.each(["", ".", "..", "a.b.c", "not a token", `${"a".repeat(9000)}.b.c`])("is not %j", async (text) => {
    expect(await refusalOf(text)).toBe("token-malformed");
  });
});

describe("a compact JWS", () => {
  it("is verified by another implementation", async () => {
    const token = await createCompactJws(signer, { kid: "k" }, { a: "印" });
    const { payload, protectedHeader } = await jwtVerify(token, await importJWK(jwk));
    expect(payload).toEqual({ a: "印" });
    expect(protectedHeader).toEqual({ alg: "ES256", kid: "k" });
  });

  it("has a signature of 64 octets, whatever the numbers are", async () => {
    for (let count = 0; count < 40; count += 1) {
      const [, , signature = ""] = (await createCompactJws(signer, {}, { count })).split(".");
      expect(Buffer.from(signature, "base64url")).toHaveLength(64);
    }
  });

  it("takes the algorithm from the key, never from the header given", async () => {
    const token = await createCompactJws(signer, { alg: "none" }, {});
    expect(JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())).toEqual({
      alg: "ES256",
    });
  });

  it("is not made with a key of another algorithm", async () => {
    const sm2 = createSoftwareSigner(generateKey("SM2").pkcs8);
    await expect(createCompactJws(sm2, {}, {})).rejects.toMatchObject({ code: "token-algorithm" });
  });

  it("does not leave a device that signed something else", async () => {
    const careless: Signer = { ...signer, sign: () => signer.sign({ message: Uint8Array.of(1) }) };
    await expect(createCompactJws(careless, {}, {})).rejects.toMatchObject({ code: "signature-wrong" });
  });
});

describe("a client's assertion (RFC 7523 §3)", () => {
  const request = { signer, keyId: jwk.kid, clientId: "seal", audience: issuer, now, jwtId: "assertion_1" };

  it("names the client, the server and its own short life", async () => {
    const { payload, protectedHeader } = await jwtVerify(
      await createClientAssertion(request),
      await importJWK(jwk),
      {
        audience: issuer,
        issuer: "seal",
        subject: "seal",
        currentDate: now,
      },
    );
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT", kid: jwk.kid });
    expect(payload).toMatchObject({
      jti: "assertion_1",
      iat: seconds,
      exp: seconds + clientAssertionSeconds,
    });
  });

  it("can never be used as an access token", async () => {
    expect(await refusalOf(createClientAssertion({ ...request, audience: "yinxin" }))).toBe("token-type");
  });
});

describe("a public key as JWK", () => {
  it("is the same key", async () => {
    const message = Uint8Array.of(1, 2, 3);
    const signature = Buffer.from(rawOfDerSignature(await signer.sign({ message })));
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    expect(verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
  });

  it("has its RFC 7638 thumbprint as kid", async () => {
    expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk, "sha256"));
    expect(jwkThumbprint(jwk)).toBe(jwk.kid);
  });

  it.each(["SM2", "Ed25519"] as const)("is not made of an %s key", (algorithm) => {
    expect(() => publicJwkOfSpki(generateKey(algorithm).spki)).toThrow(TokenError);
  });

  it("is not made of bytes that are no key", () => {
    expect(() => publicJwkOfSpki(Uint8Array.of(0x30, 0))).toThrow(TokenError);
  });
});
