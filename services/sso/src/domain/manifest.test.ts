import { createSoftwareSigner, generateKey } from "@yinxin/crypto/signer";
import { createCompactJws } from "@yinxin/crypto/tokens";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { ManifestError, parseManifest } from "./manifest.ts";
import { manifestType, openManifest } from "./signed-manifest.ts";

const key = createSoftwareSigner(generateKey("ES256").pkcs8);
const coordinate = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
const hash =
  "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$oLfkTXFPyMs7TQLOTDLbU2vXk0ZzVYWHQzZ2cVVdbXQ";

const organization = { id: "org_1", name: "杭州市测试审批局", uscc: "91430100MA4PD37P5G" };
const person = {
  id: "psn_1",
  username: "zhangmin",
  name: "张敏",
  password_hash: hash,
  organization: "org_1",
  entitlements: ["seal:apply", "seal:apply-any"],
};
const client = {
  client_id: "desk",
  name: "印信工作台",
  jwk: { kty: "EC", crv: "P-256", x: coordinate, y: coordinate },
  grant_types: ["authorization_code"],
  redirect_uris: ["http://localhost:7600/login/callback"],
  post_logout_redirect_uris: [],
  scope: "openid seal:apply",
  entitlements: [],
};
const manifest = { organizations: [organization], people: [person], clients: [client] };

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (cause) {
    if (cause instanceof ManifestError) return cause.code;
    throw cause;
  }
  return "accepted";
}

describe("a manifest", () => {
  it("is read into people, units and clients", () => {
    const { people, clients } = parseManifest(manifest);
    expect(people[0]).toMatchObject({ id: "psn_1", organizationId: "org_1", passwordHash: hash });
    expect(clients[0]).toMatchObject({ id: "desk", scope: ["openid", "seal:apply"] });
  });

  it.each([
    ["an unknown member", { ...manifest, extra: 1 }],
    ["a person without a unit", { ...manifest, people: [{ ...person, organization: "org_2" }] }],
    ["the same person twice", { ...manifest, people: [person, { ...person, username: "other" }] }],
    ["the same user name twice", { ...manifest, people: [person, { ...person, id: "psn_2" }] }],
    ["a user name with white space around it", { ...manifest, people: [{ ...person, username: " z" }] }],
    [
      "a weak password hash",
      { ...manifest, people: [{ ...person, password_hash: hash.replace("19456", "1024") }] },
    ],
    ["a password in the clear", { ...manifest, people: [{ ...person, password_hash: "123456" }] }],
    [
      "a credit code whose check character is wrong",
      { ...manifest, organizations: [{ ...organization, uscc: "91430100MA4PD37P5H" }] },
    ],
    ["a permission that is none", { ...manifest, people: [{ ...person, entitlements: ["everything"] }] }],
    ["a private key", { ...manifest, clients: [{ ...client, jwk: { ...client.jwk, d: coordinate } }] }],
    ["a client that is called like a unit", { ...manifest, clients: [{ ...client, client_id: "org_1" }] }],
    ["a client that is called like a person", { ...manifest, clients: [{ ...client, client_id: "psn_1" }] }],
    ["a login client without an address", { ...manifest, clients: [{ ...client, redirect_uris: [] }] }],
  ])("with %s is refused", (_what, payload) => {
    expect(codeOf(() => parseManifest(payload))).toBe("manifest-malformed");
  });

  it.each([
    "http://example.org/cb",
    "http://localhost.evil.example/cb",
    "https://a.example/cb#part",
    "https://*.example/cb",
    "https://user@a.example/cb",
    "javascript:alert(1)",
    "/cb",
    "",
  ])("with the redirect address %j is refused", (uri) => {
    const payload = { ...manifest, clients: [{ ...client, redirect_uris: [uri] }] };
    expect(codeOf(() => parseManifest(payload))).toBe("manifest-malformed");
  });

  it("names the place of an error and not the value", () => {
    const payload = { ...manifest, people: [{ ...person, password_hash: "geheim-123" }] };
    expect(() => parseManifest(payload)).toThrow(/people\.0\.password_hash/);
    expect(() => parseManifest(payload)).not.toThrow(/geheim/);
  });
});

describe("a signed manifest", () => {
  const signed = (header: Record<string, unknown> = { typ: manifestType }, signer = key): Promise<string> =>
    createCompactJws(signer, header, manifest);

  it("opens with the bootstrap key, with a line break at its end too", async () => {
    expect(openManifest(`${await signed()}\n`, key.publicKey).clients).toHaveLength(1);
  });

  it("is refused if another key signed it, or this key signed it as something else", async () => {
    const other = createSoftwareSigner(generateKey("ES256").pkcs8);
    for (const jws of [
      await signed(undefined, other),
      await signed({ typ: "at+jwt" }),
      await signed({}),
      await signed({ typ: manifestType, crit: ["exp"], exp: 1 }),
    ]) {
      expect(codeOf(() => openManifest(jws, key.publicKey))).toBe("manifest-not-signed");
    }
  });

  it("is refused without a signature, whatever its header says", async () => {
    const [, payload = ""] = (await signed()).split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: manifestType })).toString("base64url");
    for (const jws of [`${none}.${payload}.`, `${none}.${payload}`, payload, ""]) {
      expect(codeOf(() => openManifest(jws, key.publicKey))).toBe("manifest-not-signed");
    }
  });

  it("is refused after any single character of it changes", async () => {
    const jws = await signed();
    fc.assert(
      fc.property(
        fc.nat({ max: jws.length - 1 }),
        fc.constantFrom("A", "b", "-", "=", "."),
        (index, character) => {
          fc.pre(jws[index] !== character);
          const changed = jws.slice(0, index) + character + jws.slice(index + 1);
          expect(codeOf(() => openManifest(changed, key.publicKey))).not.toBe("accepted");
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });
});
