import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { certificateDigestOf } from "../approvals/index.ts";
import type { OfficerIdentity } from "../approvals/index.ts";
import { createTestOfficers, fixedClock } from "../testing/index.ts";
import {
  contentDigestOf,
  isBodyOf,
  readSignatureHeaders,
  signRequest,
  verifyRequestSignature,
} from "./index.ts";

const now = new Date("2026-11-22T08:00:00Z");
const url = "http://localhost:7603/v1/changes";
const body = new TextEncoder().encode('{"request":"AA=="}');
const request = { method: "POST", targetUri: url };

async function signedBy({ signer, certificate }: OfficerIdentity) {
  const keyId = certificateDigestOf(certificate);
  return Object.entries(
    await signRequest({ signer, keyId }, { method: "post", url, body }, { now, randomBytes }),
  );
}

describe("a signed request (RFC 9421)", () => {
  it.each(["SM2", "ES256"] as const)(
    "holds for what was signed with %s, and for nothing else",
    async (algorithm) => {
      const officers = await createTestOfficers(fixedClock(now), { algorithm });
      const identity = officers.identity("wang-lei");
      const { headers, problem } = readSignatureHeaders(await signedBy(identity));
      expect(problem).toBeUndefined();
      if (headers === undefined) return;
      expect(headers.parameters).toMatchObject({
        created: 1795334400,
        keyId: certificateDigestOf(identity.certificate),
      });
      const { certificate } = identity;
      expect(verifyRequestSignature(headers, request, certificate)).toBe(true);
      expect(isBodyOf(headers, body)).toBe(true);
      expect(isBodyOf(headers, new Uint8Array())).toBe(false);
      expect(verifyRequestSignature(headers, { ...request, method: "PUT" }, certificate)).toBe(false);
      expect(verifyRequestSignature(headers, { ...request, targetUri: `${url}?a` }, certificate)).toBe(false);
      const { certificate: other } = officers.identity("li-qiang");
      expect(verifyRequestSignature(headers, request, other)).toBe(false);
      const changed = { ...headers, contentDigest: contentDigestOf(new Uint8Array()) };
      expect(verifyRequestSignature(changed, request, certificate)).toBe(false);
      const zero = { ...headers, signature: new Uint8Array(64) };
      expect(verifyRequestSignature(zero, request, certificate)).toBe(false);
    },
  );

  it("has the digest of RFC 9530's own example", () => {
    // RFC 9530 §B.1: {"hello": "world"} and a line feed.
    expect(contentDigestOf(new TextEncoder().encode('{"hello": "world"}\n'))).toBe(
      "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
    );
  });

  it("is signed for the address as a client sends it", async () => {
    const officers = await createTestOfficers(fixedClock(now));
    const { signer, certificate } = officers.identity("wang-lei");
    const keyId = certificateDigestOf(certificate);
    const plain = { method: "GET", url: "http://LOCALHOST:7603/v1/key-rings?q=印" };
    const signed = await signRequest({ signer, keyId }, plain, { now, randomBytes });
    const { headers } = readSignatureHeaders(Object.entries(signed));
    const targetUri = "http://localhost:7603/v1/key-rings?q=%E5%8D%B0";
    expect(headers && verifyRequestSignature(headers, { method: "GET", targetUri }, certificate)).toBe(true);
  });
});

describe("headers of a signed request", () => {
  const good: [string, string][] = [
    ["Content-Digest", contentDigestOf(body)],
    [
      "Signature-Input",
      `yinxin=("@method" "@target-uri" "content-digest");created=1795334400;keyid="sm3:${"0".repeat(64)}";nonce="${"1".repeat(32)}";tag="yinxin-officer-request"`,
    ],
    ["Signature", `yinxin=:${Buffer.alloc(64).toString("base64")}:`],
  ];

  function edited(name: string, edit: (value: string) => string): [string, string][] {
    return good.map(([header, value]) => [header, header === name ? edit(value) : value]);
  }

  it("are read in the one form that there is", () => {
    expect(readSignatureHeaders(good).problem).toBeUndefined();
    expect(
      readSignatureHeaders(good.map(([name, value]) => [name.toUpperCase(), value])).problem,
    ).toBeUndefined();
  });

  it.each<[string, (value: string) => string]>([
    ["another label", (value) => value.replace("yinxin=", "sig1=")],
    ["two labels", (value) => `${value}, sig1=("@method");created=1`],
    ["nothing covered", (value) => value.replace(/\(.*\)/, "()")],
    ["the body not covered", (value) => value.replace(' "content-digest"', "")],
    ["the method not covered", (value) => value.replace('"@method" ', "")],
    ["another order", (value) => value.replace('"@method" "@target-uri"', '"@target-uri" "@method"')],
    ["a component of a related request", (value) => value.replace('"@method"', '"@method";req')],
    ["no time", (value) => value.replace(/created=\d+;/, "")],
    ["a time twice", (value) => value.replace(/created=\d+;/, "created=1;created=2;")],
    ["a negative time", (value) => value.replace("created=", "created=-")],
    ["a time that is no integer", (value) => value.replace("created=1795334400", "created=1.5")],
    ["no nonce", (value) => value.replace(/nonce="\d+";/, "")],
    ["a short nonce", (value) => value.replace(/nonce="\d+";/, 'nonce="1";')],
    ["an algorithm", (value) => `${value};alg="hmac-sha256"`],
    ["another tag", (value) => value.replace("officer-request", "web-bot-auth")],
    ["a key without digest", (value) => value.replace(/sm3:0+/, "key-1")],
    ["white space", (value) => value.replace(";created", "; created")],
    ["great length", (value) => value + " ".repeat(600)],
  ])("are refused with %s in Signature-Input", (_what, edit) => {
    expect(readSignatureHeaders(edited("Signature-Input", edit)).problem).toMatch(/^Signature-Input/);
  });

  it.each<[string, (value: string) => string]>([
    ["another label", (value) => value.replace("yinxin=", "sig1=")],
    ["two values", (value) => `${value}, ${value}`],
    ["text", () => 'yinxin="AAAA"'],
    ["too few octets", () => "yinxin=:AAAA:"],
    ["base64 that is not canonical", (value) => value.replace("A==:", "B==:")],
  ])("are refused with %s in Signature", (_what, edit) => {
    expect(readSignatureHeaders(edited("Signature", edit)).problem).toMatch(/^Signature is/);
  });

  it.each<[string, (value: string) => string]>([
    ["another algorithm", (value) => value.replace("sha-256", "md5")],
    ["two digests", (value) => `${value}, sha-512=:AAAA:`],
    ["too few octets", () => "sha-256=:AAAA:"],
    ["nothing", () => ""],
  ])("are refused with %s in Content-Digest", (_what, edit) => {
    expect(readSignatureHeaders(edited("Content-Digest", edit)).problem).toMatch(/^Content-Digest/);
  });

  it.each(["Content-Digest", "Signature-Input", "Signature"])(
    "are refused without %s, or with two",
    (name) => {
      const one = good.find(([header]) => header === name);
      expect(readSignatureHeaders(good.filter(([header]) => header !== name)).problem).toContain(name);
      expect(readSignatureHeaders([...good, ...(one ? [one] : [])]).problem).toContain(name);
    },
  );

  it("are read or refused, whatever they are", () => {
    const line = fc.tuple(
      fc.constantFrom("signature", "signature-input", "content-digest", "host"),
      fc.oneof(fc.string(), fc.constantFrom(...good.map(([, value]) => value))),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        const { headers, problem } = readSignatureHeaders(lines);
        expect(headers === undefined).toBe(problem !== undefined);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
