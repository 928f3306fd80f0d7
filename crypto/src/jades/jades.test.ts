import fc from "fast-check";
import { compactVerify, flattenedVerify, importX509 } from "jose";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { base64Of, pemOfDer, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { base64UrlOf, signCompactJws } from "../tokens/index.ts";
import { extendJadesToT, flattenedJades, signJades, verifyJades } from "./index.ts";
import type { JadesQuestion, JadesReport } from "./index.ts";

const signedAt = new Date("2026-11-22T03:00:00Z");
const stampedAt = new Date("2026-11-22T03:00:05Z");
const now = new Date("2026-11-22T04:00:00Z");
const payload = utf8Of('{"decision":"同意"}');
const parties = await createSigningParties("ES256");
const { signer, authority, root, tsa, second } = parties;

const order = {
  signer: signer.signer,
  certificate: signer.certificate,
  chain: [authority.certificate.raw],
  payload,
  contentType: "application/json",
  signedAt,
};
const question: Omit<JadesQuestion, "text"> = {
  anchors: [root.certificate],
  certificates: [authority.certificate],
  evidence: { crls: [], ocspResponses: [] },
  now,
};
const verify = (text: string, change: Partial<JadesQuestion> = {}): JadesReport =>
  verifyJades({ ...question, text, ...change });
const outcomeOf = ({ result, checks }: JadesReport): string =>
  `${result}: ${checks.find((check) => check.result === result && result !== "passed")?.name ?? ""}`;

/** A JWS by the signer with whatever header a test wishes for. */
const forged = (header: Readonly<Record<string, unknown>>): Promise<string> =>
  signCompactJws(signer.signer, { ...goodHeader, ...header }, payload);
const thumbprint = base64UrlOf(digest("SHA-256", signer.certificate.raw));
const goodHeader = {
  iat: signedAt.getTime() / 1000,
  x5c: [signer.certificate, authority.certificate].map(({ raw }) => base64Of(raw)),
  "x5t#S256": thumbprint,
};

describe("a JAdES signature", () => {
  it("of level B-B is good, says what was signed, and any JOSE library can check it", async () => {
    const text = await signJades(order);
    expect(verify(text)).toMatchObject({
      result: "passed",
      level: "B-B",
      payload,
      contentType: "application/json",
      claimedAt: signedAt,
    });
    const key = await importX509(pemOfDer(signer.certificate.raw, "CERTIFICATE"), "ES256");
    expect((await compactVerify(text, key)).payload).toEqual(payload);
    const flattened = flattenedJades(text);
    expect(verify(flattened)).toMatchObject({ result: "passed", level: "B-B" });
    const parts = JSON.parse(flattened) as Parameters<typeof flattenedVerify>[0];
    expect((await flattenedVerify(parts, key)).payload).toEqual(payload);
  });

  it("of level B-T is good after the certificate's end, at the time its stamp proves", async () => {
    const text = await extendJadesToT(await signJades(order), stampWith(tsa, stampedAt));
    expect(verify(text)).toMatchObject({ result: "passed", level: "B-T", provenAt: stampedAt });
    const again = await extendJadesToT(text, stampWith(tsa, now, { serialNumber: 2n }));
    expect(verify(again)).toMatchObject({ result: "passed", level: "B-T", provenAt: stampedAt });
  });

  it("with SM2 and SM3 is good between those who know the name", async () => {
    const national = await createSigningParties("SM2");
    const own = { signer: national.signer.signer, certificate: national.signer.certificate };
    const text = await signJades({ ...order, ...own, chain: [national.authority.certificate.raw] });
    const stamped = await extendJadesToT(text, stampWith(national.tsa, stampedAt), "SM3");
    const trusting = { anchors: [national.root.certificate], certificates: [national.authority.certificate] };
    expect(verify(stamped, trusting)).toMatchObject({ result: "passed", level: "B-T" });
  });

  it("is not made under the certificate of another key", async () => {
    await expect(signJades({ ...order, certificate: second.certificate })).rejects.toMatchObject({
      code: "jades-key-mismatch",
    });
  });

  it("is wrong after any change of payload, header or value", async () => {
    const [header = "", body = "", value = ""] = (await signJades(order)).split(".");
    const other = base64UrlOf(utf8Of('{"decision":"不同意"}'));
    expect(outcomeOf(verify([header, other, value].join(".")))).toBe("failed: signature");
    const [, , otherValue = ""] = (await signJades({ ...order, payload: utf8Of("x") })).split(".");
    expect(outcomeOf(verify([header, body, otherValue].join(".")))).toBe("failed: signature");
    expect(outcomeOf(verify([header, body, ""].join(".")))).toBe("failed: signature");
  });

  it("is not good without an anchor, and not wrong either", async () => {
    const report = verify(await signJades(order), { anchors: [] });
    expect(report.result).not.toBe("passed");
    expect(report.checks.at(-2)).toMatchObject({ name: "certificate" });
    expect(outcomeOf(verify(await forged({ x5c: undefined }), { certificates: [] }))).toBe(
      "unknown: signing-certificate",
    );
  });

  it("may bind its certificate by the older references, when crit says so", async () => {
    const reference = { digAlg: "S512", digVal: base64UrlOf(digest("SHA-512", signer.certificate.raw)) };
    const bound = { "x5t#S256": undefined, "x5t#o": reference, crit: ["x5t#o"] };
    expect(verify(await forged(bound))).toMatchObject({ result: "passed" });
    const several = { "x5t#S256": undefined, sigX5ts: [reference], crit: ["sigX5ts"] };
    expect(verify(await forged(several))).toMatchObject({ result: "passed" });
    const older = { iat: undefined, sigT: "2026-11-22T03:00:00Z", crit: ["sigT"] };
    expect(verify(await forged(older))).toMatchObject({ result: "passed", claimedAt: signedAt });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["no reference to the certificate", { "x5t#S256": undefined }],
    ["two references", { "x5t#o": { digAlg: "S256", digVal: thumbprint }, crit: ["x5t#o"] }],
    [
      "a reference by SHA-1",
      { "x5t#S256": undefined, "x5t#o": { digAlg: "S1", digVal: "AA" }, crit: ["x5t#o"] },
    ],
    [
      "a parameter of ETSI that is not critical",
      { "x5t#S256": undefined, "x5t#o": { digAlg: "S256", digVal: thumbprint } },
    ],
    ["no claimed time", { iat: undefined }],
    ["two claimed times", { sigT: "2026-11-22T03:00:00Z", crit: ["sigT"] }],
    ["a claimed time that is none", { iat: "now" }],
    ["the type of an access token", { typ: "at+jwt" }],
    ["certificates that are none", { x5c: ["AAAA"] }],
    ["an empty list of certificates", { x5c: [] }],
  ])("breaks the rules of the header with %s", async (_, header) => {
    expect(outcomeOf(verify(await forged(header)))).toBe("failed: header");
  });

  it("with something critical that is not looked at is not judged by guess", async () => {
    expect(outcomeOf(verify(await forged({ sigD: {}, crit: ["sigD"] })))).toBe("failed: signature");
    expect(outcomeOf(verify(await forged({ b64: true, crit: ["b64"] })))).toBe("failed: signature");
  });

  it("is checked with the bound certificate alone, whatever key the header carries", async () => {
    const jwk = { kty: "EC", crv: "P-256", x: "AA", y: "AA" };
    expect(verify(await forged({ jwk, jku: "https://evil.example" })).result).toBe("passed");
    const other = base64UrlOf(digest("SHA-256", second.certificate.raw));
    const x5c = [base64Of(second.certificate.raw)];
    expect(outcomeOf(verify(await forged({ "x5t#S256": other, x5c })))).toBe("failed: signature");
  });

  it("claims no time after the one that is proven", async () => {
    const text = await forged({ iat: now.getTime() / 1000 });
    const stamped = await extendJadesToT(text, stampWith(tsa, stampedAt));
    expect(outcomeOf(verify(stamped))).toBe("failed: claimed-time");
    const future = await forged({ iat: now.getTime() / 1000 + 301 });
    expect(outcomeOf(verify(future))).toBe("failed: claimed-time");
  });
});

describe("a time stamp in a JAdES signature", () => {
  it("is over this signature's value and no other's", async () => {
    const stamped = JSON.parse(
      await extendJadesToT(await signJades({ ...order, payload: utf8Of("x") }), stampWith(tsa, stampedAt)),
    ) as { header: object };
    const flattened = JSON.parse(flattenedJades(await signJades(order))) as object;
    const mixed = JSON.stringify({ ...flattened, header: stamped.header });
    expect(outcomeOf(verify(mixed))).toBe("failed: signature-time-stamp");
  });

  const component = (value: unknown) => ({ header: { etsiU: [value] } });
  it.each<[string, object]>([
    ["a token that is none", component({ sigTst: { tstTokens: [{ val: "AAAA" }] } })],
    ["no tokens", component({ sigTst: { tstTokens: [] } })],
    ["a token that is not base64", component({ sigTst: { tstTokens: [{ val: "*" }] } })],
    ["two names in a component", component({ sigTst: {}, rVals: {} })],
    ["two forms of components", { header: { etsiU: [{ xVals: [] }, "e30"] } }],
    ["an empty list", { header: { etsiU: [] } }],
    ["another unsigned parameter", { header: { iat: 1 } }],
    ["an unsigned header that is no object", { header: 1 }],
    ["two signatures", { signatures: [{}, {}] }],
    ["no value", { signature: undefined }],
  ])("or what stands around it is refused with %s", async (_, change) => {
    const flattened = JSON.parse(flattenedJades(await signJades(order))) as object;
    expect(verify(JSON.stringify({ ...flattened, ...change })).result).toBe("failed");
  });

  it("is not lost by adding another", async () => {
    const flattened = JSON.parse(flattenedJades(await signJades(order))) as object;
    const withOther = JSON.stringify({ ...flattened, ...component({ xVals: [] }) });
    expect(verify(withOther).result).toBe("passed");
    await expect(extendJadesToT(withOther, stampWith(tsa, stampedAt))).rejects.toMatchObject({
      code: "jades-malformed",
    });
  });
});

describe("the verifier of JAdES", () => {
  it("answers whatever it is given", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.base64String()).map((parts) => parts.join(".")),
    );
    fc.assert(
      fc.property(text, (given) => {
        expect(verify(given).result).toBe("failed");
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
