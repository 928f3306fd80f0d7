import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { createSoftwareSigner, generateKey } from "../signer/index.ts";
import { base64UrlOf, publicJwkOfSpki, signCompactJws } from "../tokens/index.ts";
import {
  claimsOf,
  issueSdJwt,
  issueSdJwtVc,
  maximumDisclosures,
  parseSdJwt,
  presentSdJwt,
  SdJwtError,
  verifySdJwt,
  verifySdJwtVc,
} from "./index.ts";
import type { ClaimPath, CredentialType } from "./index.ts";

const issuer = createSoftwareSigner(generateKey("ES256").pkcs8);
const holder = createSoftwareSigner(generateKey("ES256").pkcs8);
const { kty, crv, x, y } = publicJwkOfSpki(holder.publicKey);
const holderKey = { kty, crv, x, y };
const now = new Date("2026-11-22T03:00:00Z");
const seconds = now.getTime() / 1000;
const type = "example+sd-jwt";
const checks = { publicKey: issuer.publicKey, algorithm: "ES256", type, now } as const;
const claims = {
  iss: "https://ledger.example",
  iat: seconds,
  exp: seconds + 1000,
  holder: { name: "王芳", id: "11010119900307001X", address: { city: "云岭市", street: "一号" } },
  posts: ["焊工", "电工", "叉车"],
  number: "T-1",
};
const concealed: ClaimPath[] = [
  ["number"],
  ["holder", "id"],
  ["holder", "address"],
  ["holder", "address", "street"],
  ["posts", 0],
  ["posts", 2],
];
const unbound = { signer: issuer, keyId: "k1", type, claims, concealed, randomBytes };
const order = { ...unbound, holderKey };
const binding = { audience: "https://hall.example", nonce: "n-1", maximumAgeSeconds: 60 };
const presentation = { holder, audience: binding.audience, nonce: binding.nonce, now };

describe("a credential with choices", () => {
  it("shows all its claims with all its disclosures, and without them only those that are open", async () => {
    const text = await issueSdJwt({ ...order, decoys: 3 });
    const whole = verifySdJwt(text, checks);
    expect(whole.claims).toEqual({ ...claims, cnf: { jwk: holderKey } });
    expect(whole.disclosed.map(({ path }) => path).sort()).toEqual([...concealed].sort());
    const bare = verifySdJwt(await presentSdJwt(text, []), checks);
    expect(bare.claims).toEqual({
      iss: claims.iss,
      iat: claims.iat,
      exp: claims.exp,
      holder: { name: "王芳" },
      posts: ["电工"],
      cnf: { jwk: holderKey },
    });
    expect(bare).toMatchObject({ isBound: false, disclosed: [] });
  });

  it("shows a claim inside a concealed one together with it, and nothing else", async () => {
    const text = await issueSdJwt(order);
    const shown = await presentSdJwt(text, [
      ["holder", "address", "street"],
      ["posts", 2],
    ]);
    expect(verifySdJwt(shown, checks).claims).toMatchObject({
      holder: { name: "王芳", address: { city: "云岭市", street: "一号" } },
      posts: ["电工", "叉车"],
    });
    const outer = await presentSdJwt(text, [["holder", "address"]]);
    expect(verifySdJwt(outer, checks).claims["holder"]).toEqual({
      name: "王芳",
      address: { city: "云岭市" },
    });
  });

  it("gives nothing away by what stands in its payload", async () => {
    const text = await issueSdJwt({ ...order, decoys: 4 });
    const payload = JSON.parse(new TextDecoder().decode(parseSdJwt(text).jws.payload)) as { _sd: string[] };
    expect(JSON.stringify(payload)).not.toMatch(/"T-1"|11010119900307001X|一号|焊工/);
    expect(payload._sd).toHaveLength(5);
    expect(payload._sd).toEqual([...payload._sd].sort());
  });

  it.each<[string, Partial<typeof order>]>([
    ["a path that leads nowhere", { concealed: [["nobody"]] }],
    ["an element beyond the list", { concealed: [["posts", 3]] }],
    ["a claim with a name of the mechanism", { claims: { ...claims, holder: { _sd: [] } } as never }],
    ["a claim _sd_alg", { claims: { ...claims, _sd_alg: "x" } as never }],
    ["a cnf beside the holder's key", { claims: { ...claims, cnf: {} } as never }],
    ["a private key of the holder, which would be published", { holderKey: { ...holderKey, d: x } as never }],
    ["a key of the holder that no proof is checked with", { holderKey: { kty: "oct", k: x } as never }],
  ])("is not issued with %s", async (_, change) => {
    await expect(issueSdJwt({ ...order, ...change })).rejects.toThrow(RangeError);
  });

  it("is not shown with what was never a choice", async () => {
    await expect(presentSdJwt(await issueSdJwt(order), [["iss"]])).rejects.toThrow(RangeError);
  });

  it("has, whatever is chosen, exactly the chosen claims", async () => {
    const members = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 2 }), {
      minKeys: 1,
    });
    await fc.assert(
      fc.asyncProperty(members, fc.infiniteStream(fc.boolean()), async (object, chance) => {
        const names = Object.keys(object).filter((name) => !["exp", "nbf", "iat", "cnf"].includes(name));
        const own = Object.fromEntries(
          names.map((name) => [name, JSON.parse(JSON.stringify(object[name])) as unknown]),
        );
        const isUsable = !/"(_sd|\.\.\.)"/.test(JSON.stringify(own));
        if (!isUsable) return;
        const text = await issueSdJwt({
          ...order,
          claims: own,
          concealed: names.map((name) => [name]),
        });
        const shown = names.filter(() => chance.next().value === true);
        const verified = verifySdJwt(
          await presentSdJwt(
            text,
            shown.map((name) => [name]),
          ),
          checks,
        );
        expect(verified.claims).toEqual({
          ...Object.fromEntries(shown.map((name) => [name, own[name]])),
          cnf: { jwk: holderKey },
        });
      }),
      { numRuns: fuzzRuns(30) },
    );
  });
});

describe("the holder's proof", () => {
  it("is for one verifier, one nonce and one selection of claims", async () => {
    const text = await presentSdJwt(await issueSdJwt(order), [["number"]], presentation);
    expect(verifySdJwt(text, { ...checks, keyBinding: binding })).toMatchObject({
      isBound: true,
      claims: { number: "T-1" },
    });
    const withoutNumber = text.replace(/~[^~]*~/, "~");
    for (const [presented, change] of [
      [text, { audience: "https://other.example" }],
      [text, { nonce: "n-2" }],
      [withoutNumber, {}],
    ] as const) {
      expect(
        refusalOf(() => verifySdJwt(presented, { ...checks, keyBinding: { ...binding, ...change } })),
      ).toBe("key-binding-wrong");
    }
    for (const shift of [66_000, -6_000]) {
      const later = { ...checks, now: new Date(now.getTime() + shift), keyBinding: binding };
      expect(refusalOf(() => verifySdJwt(text, later))).toBe(
        shift > 0 ? "key-binding-wrong" : "sd-jwt-not-yet-valid",
      );
    }
  });

  it("is missed where it is asked for, and made by nobody else", async () => {
    const text = await issueSdJwt(order);
    expect(refusalOf(() => verifySdJwt(text, { ...checks, keyBinding: binding }))).toBe(
      "key-binding-missing",
    );
    const thief = createSoftwareSigner(generateKey("ES256").pkcs8);
    const stolen = await presentSdJwt(text, [], { ...presentation, holder: thief });
    expect(refusalOf(() => verifySdJwt(stolen, { ...checks, keyBinding: binding }))).toBe(
      "key-binding-wrong",
    );
    const nobodys = await presentSdJwt(await issueSdJwt(unbound), [], presentation);
    expect(refusalOf(() => verifySdJwt(nobodys, { ...checks, keyBinding: binding }))).toBe(
      "key-binding-wrong",
    );
  });

  it("may be made with an Ed25519 key too", async () => {
    const ed25519 = createSoftwareSigner(generateKey("Ed25519").pkcs8);
    const jwk = { kty: "OKP", crv: "Ed25519", x: base64UrlOf(ed25519.publicKey.subarray(-32)) };
    const text = await issueSdJwt({ ...order, holderKey: jwk });
    const presented = await presentSdJwt(text, [], { ...presentation, holder: ed25519 });
    expect(verifySdJwt(presented, { ...checks, keyBinding: binding }).isBound).toBe(true);
  });
});

describe("a credential is refused", () => {
  it.each([
    ["sd-jwt-expired", { now: new Date(now.getTime() + 1_005_000) }],
    ["sd-jwt-not-yet-valid", { now: new Date(now.getTime() - 6_000) }],
    ["sd-jwt-type", { type: "dc+sd-jwt" }],
    ["sd-jwt-signature-wrong", { publicKey: holder.publicKey }],
    ["sd-jwt-signature-wrong", { algorithm: "ES384" as const }],
  ])("as %s", async (code, change) => {
    const text = await issueSdJwt(order);
    expect(refusalOf(() => verifySdJwt(text, { ...checks, ...change }))).toBe(code);
  });

  const disclosure = (...members: unknown[]) => base64UrlOf(utf8Of(JSON.stringify(members)));
  const hash = (text: string) => base64UrlOf(digest("SHA-256", utf8Of(text)));
  const one = disclosure("salt", "name", "value");
  const element = disclosure("salt", "value");
  it.each<[string, string, object, readonly string[]]>([
    ["sd-jwt-disclosure-unreferenced", "a disclosure without a digest", {}, [one]],
    ["sd-jwt-digest-twice", "a disclosure twice", { _sd: [hash(one)] }, [one, one]],
    ["sd-jwt-digest-twice", "a digest twice", { _sd: [hash(one)], a: { _sd: [hash(one)] } }, [one]],
    ["sd-jwt-digest-twice", "a decoy twice", { _sd: ["x", "x"] }, []],
    ["sd-jwt-claim-collision", "a claim twice", { _sd: [hash(one)], name: "open" }, [one]],
    ["sd-jwt-disclosure-malformed", "an element as a claim", { _sd: [hash(element)] }, [element]],
    ["sd-jwt-disclosure-malformed", "a claim as an element", { a: [{ "...": hash(one) }] }, [one]],
    ["sd-jwt-disclosure-malformed", "the claim _sd", {}, [disclosure("salt", "_sd", [])]],
    ["sd-jwt-disclosure-malformed", "the claim ...", {}, [disclosure("salt", "...", "")]],
    ["sd-jwt-disclosure-malformed", "four members", {}, [disclosure("salt", "name", "value", 1)]],
    ["sd-jwt-disclosure-malformed", "a number for a salt", {}, [disclosure(1, "name", "value")]],
    ["sd-jwt-disclosure-malformed", "no JSON", {}, ["AAAA"]],
    ["sd-jwt-disclosure-malformed", "no base64url", {}, ["a+b="]],
    ["sd-jwt-disclosure-malformed", "no list", {}, [base64UrlOf(utf8Of("{}"))]],
    ["sd-jwt-malformed", "_sd that is no list", { _sd: "x" }, []],
    ["sd-jwt-malformed", "_sd with a number", { _sd: [1] }, []],
    ["sd-jwt-malformed", "a digest beside something", { a: [{ "...": "x", b: 1 }] }, []],
    ["sd-jwt-malformed", "a digest of a list outside of one", { a: { "...": "x" } }, []],
    ["sd-jwt-malformed", "exp as text", { exp: "1" }, []],
    ["sd-jwt-digest-algorithm", "an unknown digest", { _sd_alg: "md5" }, []],
    ["sd-jwt-digest-algorithm", "a digest called like a method", { _sd_alg: "toString" }, []],
  ])("as %s: %s", async (code, _, payload, disclosures) => {
    const jws = await signCompactJws(issuer, { typ: type }, utf8Of(JSON.stringify(payload)));
    const text = [jws, ...disclosures, ""].join("~");
    expect(refusalOf(() => verifySdJwt(text, checks))).toBe(code);
  });

  it("when it is no SD-JWT, too deep, or has more than is read", async () => {
    const jws = await signCompactJws(issuer, { typ: type }, utf8Of("{}"));
    const list = await signCompactJws(issuer, { typ: type }, utf8Of("[]"));
    const deep = await signCompactJws(
      issuer,
      { typ: type },
      utf8Of(`{"a":${"[".repeat(70)}${"]".repeat(70)}}`),
    );
    for (const text of [
      jws,
      "",
      "~",
      "a.b~",
      `${list}~`,
      `${deep}~`,
      jws + "~x".repeat(maximumDisclosures + 1) + "~",
    ]) {
      expect(refusalOf(() => verifySdJwt(text, checks))).toBe("sd-jwt-malformed");
    }
  });

  it("but a claim called __proto__ is a claim like any other", async () => {
    const proto = disclosure("salt", "__proto__", { admin: true });
    const jws = await signCompactJws(issuer, { typ: type }, utf8Of(JSON.stringify({ _sd: [hash(proto)] })));
    const { claims: revealed } = verifySdJwt(`${jws}~${proto}~`, checks);
    expect(Object.keys(revealed)).toEqual(["__proto__"]);
    expect("admin" in revealed).toBe(false);
  });
});

describe("a verifiable credential", () => {
  const credentialType: CredentialType = {
    vct: "urn:yinxin:licence:11100000000013338W032:1",
    claims: [
      { path: ["number"], sd: "always", mandatory: true },
      { path: ["holder", "name"], sd: "never" },
      { path: ["posts", null], sd: "allowed" },
    ],
  };
  const vcOrder = { signer: issuer, keyId: "k1", claims, concealed, holderKey, randomBytes };
  const vcChecks = { publicKey: issuer.publicKey, algorithm: "ES256", now } as const;

  it("is of the type that its reader expects", async () => {
    const text = await issueSdJwtVc(vcOrder, credentialType);
    expect(verifySdJwtVc(text, vcChecks, credentialType).claims).toMatchObject({ vct: credentialType.vct });
    const shown = await presentSdJwt(text, [["number"]], presentation);
    expect(verifySdJwtVc(shown, { ...vcChecks, keyBinding: binding }, credentialType)).toMatchObject({
      isBound: true,
      claims: { number: "T-1" },
    });
    const other = { ...credentialType, vct: "urn:other" };
    expect(refusalOf(() => verifySdJwtVc(text, vcChecks, other))).toBe("sd-jwt-type");
    expect(refusalOf(() => verifySdJwt(text, checks))).toBe("sd-jwt-type");
  });

  it.each<[string, string, readonly ClaimPath[]]>([
    ["sd-jwt-claim-must-be-open", "a concealed issuer", [["iss"], ["number"]]],
    [
      "sd-jwt-claim-must-be-open",
      "a claim concealed that the type keeps open",
      [["holder", "name"], ["number"]],
    ],
    ["sd-jwt-claim-must-be-concealed", "a claim open that the type conceals", []],
  ])("is not issued, and not believed, as %s: %s", async (code, _, paths) => {
    await expect(issueSdJwtVc({ ...vcOrder, concealed: paths }, credentialType)).rejects.toMatchObject({
      code,
    });
    const claimsWithType = { ...claims, vct: credentialType.vct };
    const text = await issueSdJwt({
      ...order,
      type: "dc+sd-jwt",
      claims: claimsWithType,
      concealed: [...paths],
    });
    expect(refusalOf(() => verifySdJwtVc(text, vcChecks, credentialType))).toBe(code);
  });

  it("is not issued without a mandatory claim", async () => {
    const { iss, posts } = claims;
    const incomplete = { ...vcOrder, claims: { iss, posts }, concealed: [] };
    await expect(issueSdJwtVc(incomplete, credentialType)).rejects.toThrow(RangeError);
  });
});

describe("the reader of credentials", () => {
  it("ends in no other error than its own", () => {
    const part = fc.oneof(fc.string(), fc.base64String(), fc.constant("eyJhIjoxfQ"));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.constantFrom("~", "."), (parts, between) => {
        expect([undefined, "sd-jwt"]).toContain(refusalKind(() => claimsOf(parseSdJwt(parts.join(between)))));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

function refusalOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof SdJwtError) return error.code;
    throw error;
  }
}

function refusalKind(action: () => unknown): string | undefined {
  return refusalOf(action)?.slice(0, "sd-jwt".length);
}
