import { describe, expect, it } from "vitest";

import { fabricate, extension, extensions } from "../../testing/fabricated-certificate.ts";
import { createParty, createSigningParties } from "../../testing/signing-parties.ts";
import { stampPolicy, stampWith } from "../../testing/stamp-with.ts";
import { utf8Of } from "../bytes/index.ts";
import { createSigningIdentity, contentTypes, issueSignedData, prepareSignedData } from "../cms/index.ts";
import { element, integer, oid, parseDer, sequence, smallInteger, tags } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import {
  TimeStampError,
  encodeMessageImprint,
  encodeTimeStampInfo,
  failureBits,
  judgeTimeStampToken,
  parseTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  prepareTimeStampToken,
  readTimeStampInfo,
  refusalOf,
  timeStampingPurpose,
  writeTimeStampRequest,
  writeTimeStampResponse,
} from "./index.ts";
import type { TimeStampFailure, TokenJudgement, TokenToJudge } from "./index.ts";

const data = utf8Of("what is stamped");
const time = new Date("2026-11-22T08:00:00.250Z");
const now = new Date("2026-11-22T09:00:00Z");
const parties = await createSigningParties("SM2");
const sm3 = { algorithm: "SM3", digest: digest("SM3", data) } as const;

function judge(der: Uint8Array, change: Partial<TokenToJudge> = {}): TokenJudgement {
  return judgeTimeStampToken({
    token: parseTimeStampToken(der, { profile: "lenient" }),
    imprint: (algorithm) => digest(algorithm, data),
    anchors: [parties.root.certificate],
    intermediates: [parties.authority.certificate],
    evidence: { crls: [], ocspResponses: [] },
    now,
    ...change,
  });
}

describe("a time stamp request (RFC 3161 §2.4.1)", () => {
  const wish = {
    ...sm3,
    policy: stampPolicy,
    nonce: 0x1234_5678_9abc_def0n,
    wantsCertificates: true,
  } as const;

  it("is read as it was written", () => {
    expect(parseTimeStampRequest(writeTimeStampRequest(wish))).toMatchObject({
      imprint: { algorithm: "SM3", digest: sm3.digest },
      policy: stampPolicy,
      nonce: wish.nonce,
      wantsCertificates: true,
      extensions: [],
    });
    const plain = parseTimeStampRequest(writeTimeStampRequest({ ...sm3, wantsCertificates: false }));
    expect(plain).toMatchObject({ policy: undefined, nonce: undefined, wantsCertificates: false });
  });

  it("is not written with a digest of the wrong length", () => {
    expect(() =>
      writeTimeStampRequest({ algorithm: "SHA-384", digest: sm3.digest, wantsCertificates: false }),
    ).toThrow(TimeStampError);
  });

  const imprint = encodeMessageImprint("SM3", sm3.digest);
  it.each([
    ["another version", sequence(smallInteger(2), imprint)],
    ["no imprint", sequence(smallInteger(1))],
    ["members in another order", sequence(smallInteger(1), imprint, smallInteger(7), oid(stampPolicy))],
    ["something after it", sequence(smallInteger(1), imprint, element(tags.null))],
    ["another structure", smallInteger(1)],
    ["more bytes than any request has", new Uint8Array(16 * 1024 + 1)],
  ])("is refused with %s", (_what, der) => {
    expect(() => parseTimeStampRequest(der)).toThrow(expect.objectContaining({ code: "timestamp-format" }));
  });

  const terms = { policies: [stampPolicy], digests: ["SM3", "SHA-256"] } as const;
  const refusals: readonly (readonly [TimeStampFailure | undefined, Uint8Array])[] = [
    [undefined, writeTimeStampRequest(wish)],
    [
      "badAlg",
      writeTimeStampRequest({ algorithm: "SHA-1", digest: digest("SHA-1", data), wantsCertificates: false }),
    ],
    ["badAlg", sequence(smallInteger(1), sequence(sequence(oid("1.2.3")), element(tags.octetString, data)))],
    ["badDataFormat", sequence(smallInteger(1), encodeMessageImprint("SHA-256", data))],
    ["unacceptedPolicy", writeTimeStampRequest({ ...wish, policy: "1.2.3.4" })],
    [
      "unacceptedExtension",
      sequence(smallInteger(1), imprint, element(0xa0, extension("1.2.3", data, false))),
    ],
    ["badRequest", writeTimeStampRequest({ ...wish, nonce: 1n << 300n })],
  ];
  it.each(refusals)("meets an authority's refusal %s", (failure, der) => {
    expect(refusalOf(parseTimeStampRequest(der), terms)).toBe(failure);
  });
});

describe("a time stamp token", () => {
  it("has what the authority put into it", async () => {
    const der = await stampWith(parties.tsa, time, {
      serialNumber: 0x7e57n,
      accuracy: { seconds: 1, milliseconds: 500, microseconds: 20 },
      isOrdered: true,
    })(sm3);
    const { info } = parseTimeStampToken(der);
    expect(info).toMatchObject({
      policy: stampPolicy,
      serialNumber: 0x7e57n,
      time,
      timeText: "20261122080000.25Z",
      accuracy: { seconds: 1, milliseconds: 500, microseconds: 20 },
      isOrdered: true,
    });
    expect(judge(der)).toMatchObject({ result: "passed", time, accuracyMilliseconds: 1501 });
  });

  it.each(["ES256", "RS256", "Ed25519"] as const)("can be signed with %s over SHA-256", async (algorithm) => {
    const root = await createParty(algorithm, "root-ca", "Stamp Root", 1);
    const tsa = await createParty(algorithm, "tsa", "Stamps", 2, root);
    const der = await stampWith(tsa, time)({ algorithm: "SHA-256", digest: digest("SHA-256", data) });
    expect(parseTimeStampToken(der).signedData).toMatchObject({ version: 3, family: "international" });
    expect(judge(der, { anchors: [root.certificate] }).result).toBe("passed");
  });

  it("may be in the envelope of GB/T 35275-2017", async () => {
    const der = await stampWith(parties.tsa, time, { family: "national" })(sm3);
    expect(parseTimeStampToken(der).signedData.family).toBe("national");
    expect(judge(der).result).toBe("passed");
  });

  it("leaves the certificate out unless it was asked for, and is judged with one from elsewhere", async () => {
    const request = { ...parseTimeStampRequest(writeTimeStampRequest({ ...sm3, wantsCertificates: false })) };
    const der = await stampWith(parties.tsa, time, { request })(sm3);
    expect(parseTimeStampToken(der).signedData.certificates).toEqual([]);
    expect(judge(der)).toMatchObject({ result: "unknown", code: "signer-identified" });
    const intermediates = [parties.authority.certificate, parties.tsa.certificate];
    expect(judge(der, { intermediates }).result).toBe("passed");
  });

  it("is not made with a certificate that is no time stamper's, nor outside its validity (RFC 3161 §2.3)", async () => {
    const request = parseTimeStampRequest(writeTimeStampRequest({ ...sm3, wantsCertificates: false }));
    const wanted = { request, policy: stampPolicy, serialNumber: 1n, time };
    const signer = createSigningIdentity({ certificate: parties.signer.certificate });
    expect(() => prepareTimeStampToken({ ...wanted, authority: signer })).toThrow(TimeStampError);
    const authority = createSigningIdentity({ certificate: parties.tsa.certificate });
    const late = new Date("2046-01-01T00:00:00Z");
    expect(() => prepareTimeStampToken({ ...wanted, authority, time: late })).toThrow(TimeStampError);
    expect(() => prepareTimeStampToken({ ...wanted, authority, serialNumber: 1n << 160n })).toThrow(
      TimeStampError,
    );
    await expect(stampWith(parties.tsa, time)(sm3)).resolves.toBeInstanceOf(Uint8Array);
  });

  it("of two signers, or over something else than a TSTInfo, is refused", async () => {
    const bytes = encodeTimeStampInfo({
      policy: stampPolicy,
      imprint: encodeMessageImprint("SM3", sm3.digest),
      serialNumber: 1n,
      time,
    });
    const sign = (contentType: string, by: readonly (typeof parties.tsa)[]): Promise<Uint8Array> =>
      issueSignedData(
        { signers: by.map(({ signer }) => signer) },
        prepareSignedData({
          content: { kind: "attached", bytes },
          contentType,
          signers: by.map(({ certificate }) => ({
            identity: createSigningIdentity({ certificate }),
            flavour: "pades",
          })),
        }),
      );
    const refused = expect.objectContaining({ code: "timestamp-format" }) as Error;
    const twice = await sign(contentTypes.tstInfo, [parties.tsa, parties.second]);
    expect(() => parseTimeStampToken(twice)).toThrow(refused);
    const asData = await sign(contentTypes.data, [parties.tsa]);
    expect(() => parseTimeStampToken(asData)).toThrow(refused);
  });
});

describe("the judgement of a token", () => {
  it("fails over other data, naming the digest", async () => {
    const der = await stampWith(parties.tsa, time)({ ...sm3, digest: digest("SM3", utf8Of("else")) });
    expect(judge(der)).toMatchObject({
      result: "failed",
      code: "token-imprint",
      subIndication: "HASH_FAILURE",
    });
  });

  it("is unknown without an anchor", async () => {
    const der = await stampWith(parties.tsa, time)(sm3);
    expect(judge(der, { anchors: [] })).toMatchObject({
      result: "unknown",
      code: "token-certificate",
      subIndication: "NO_CERTIFICATE_CHAIN_FOUND",
    });
  });

  it("fails for a time that has not come", async () => {
    const der = await stampWith(parties.tsa, new Date("2026-11-22T10:00:00Z"))(sm3);
    expect(judge(der)).toMatchObject({ result: "failed", code: "token-time" });
  });

  it("fails over a digest whose collisions can be made", async () => {
    const imprint = { algorithm: "SHA-1", digest: digest("SHA-1", data) } as const;
    const der = await stampWith(parties.tsa, time)(imprint);
    expect(judge(der)).toMatchObject({
      result: "failed",
      code: "token-imprint",
      subIndication: "CRYPTO_CONSTRAINTS_FAILURE",
    });
  });

  it("is for the time it is asked about: an expired authority counts while the token is known to be older", async () => {
    const der = await stampWith(parties.tsa, time)(sm3);
    const later = new Date("2046-06-01T00:00:00Z");
    expect(judge(der, { now: later })).toMatchObject({ result: "failed", code: "token-certificate" });
    const at = new Date("2030-01-01T00:00:00Z");
    // All above the authority expired too: its certificates must be known to be as old.
    expect(judge(der, { now: later, at }).result).not.toBe("passed");
    expect(judge(der, { now: later, at, proofs: { earliestOf: () => at } }).result).toBe("passed");
  });

  const purposes = (critical: boolean, ...ids: readonly string[]): Uint8Array =>
    extension("2.5.29.37", sequence(...ids.map((id) => oid(id))), critical);
  it.each([
    ["another purpose", [purposes(true, "1.3.6.1.5.5.7.3.4")]],
    ["a second purpose", [purposes(true, timeStampingPurpose, "1.3.6.1.5.5.7.3.4")]],
    ["a purpose that is not critical", [purposes(false, timeStampingPurpose)]],
    ["no purpose", []],
  ])("fails for a certificate with %s (RFC 3161 §2.3)", async (_what, more) => {
    const root = await fabricate({ subject: "Root", extensions: [extensions.authority()] });
    const tsa = await fabricate({
      subject: "Stamps",
      issuer: root,
      extensions: [extensions.keyUsage(0x80), ...more],
    });
    const bytes = encodeTimeStampInfo({
      policy: stampPolicy,
      imprint: encodeMessageImprint("SM3", sm3.digest),
      serialNumber: 1n,
      time,
    });
    const der = await issueSignedData(
      { signers: [tsa.signer] },
      prepareSignedData({
        content: { kind: "attached", bytes },
        contentType: contentTypes.tstInfo,
        signers: [{ identity: createSigningIdentity({ certificate: tsa.certificate }), flavour: "pades" }],
      }),
    );
    const judgement = judge(der, { anchors: [root.certificate] });
    expect(judgement).toMatchObject({ result: "failed", code: "token-purpose" });
  });

  it("fails when the token does not reference its certificate under the signature (RFC 5816 §2.2.1)", async () => {
    const { certificate, signer } = parties.tsa;
    const identity = createSigningIdentity({ certificate });
    // Without the reference: as the identity of another certificate would write it, the check names what is wrong.
    const other = createSigningIdentity({ certificate: parties.signer.certificate });
    const bytes = encodeTimeStampInfo({
      policy: stampPolicy,
      imprint: encodeMessageImprint("SM3", sm3.digest),
      serialNumber: 1n,
      time,
    });
    const wrong = await issueSignedData(
      { signers: [signer] },
      prepareSignedData({
        content: { kind: "attached", bytes },
        contentType: contentTypes.tstInfo,
        signers: [
          { identity: { ...identity, signingCertificate: other.signingCertificate }, flavour: "pades" },
        ],
      }),
    );
    expect(judge(wrong)).toMatchObject({ result: "failed", code: "signing-certificate-reference" });
    const absent = await issueSignedData(
      { signers: [signer] },
      prepareSignedData({
        content: { kind: "attached", bytes },
        contentType: contentTypes.tstInfo,
        signers: [
          { identity: { ...identity, signingCertificate: identity.algorithmProtection }, flavour: "pades" },
        ],
      }),
    );
    expect(judge(absent)).toMatchObject({ result: "failed", code: "signing-certificate-reference" });
  });
});

describe("a time stamp response (RFC 3161 §2.4.2)", () => {
  it("with a token is read back with it", async () => {
    const token = await stampWith(parties.tsa, time)(sm3);
    const response = parseTimeStampResponse(writeTimeStampResponse({ token }));
    expect(response).toMatchObject({ status: "granted", failures: [], token: { info: { time } } });
  });

  it.each(Object.keys(failureBits) as TimeStampFailure[])("says %s and nothing else", (failure) => {
    const response = parseTimeStampResponse(writeTimeStampResponse({ failure, text: "不能签发" }));
    expect(response).toEqual({
      status: "rejection",
      texts: ["不能签发"],
      failures: [failure],
      token: undefined,
    });
  });

  it.each([
    ["granted without a token", sequence(sequence(smallInteger(0)))],
    ["rejected with a token", sequence(sequence(smallInteger(2)), sequence())],
    ["with an unknown status", sequence(sequence(smallInteger(9)))],
    ["without a status", sequence()],
  ])("is refused %s", (_what, der) => {
    expect(() => parseTimeStampResponse(der)).toThrow(expect.objectContaining({ code: "timestamp-format" }));
  });
});

describe("TSTInfo", () => {
  const imprint = encodeMessageImprint("SM3", sm3.digest);
  const generalized = (text: string): Uint8Array => element(tags.generalizedTime, utf8Of(text));
  const info = (...members: readonly Uint8Array[]): Uint8Array =>
    sequence(smallInteger(1), oid(stampPolicy), imprint, integer(1n), ...members);

  it("may have fractions of a second, without trailing zeros", () => {
    expect(readTimeStampInfo(parseDer(info(generalized("20261122080000.25Z")))).time).toEqual(time);
    expect(() => readTimeStampInfo(parseDer(info(generalized("20261122080000.250Z"))))).toThrow();
  });

  it.each([
    ["thousandths of 0", info(generalized("20261122080000Z"), sequence(element(0x80, Uint8Array.of(0))))],
    [
      "thousandths of 1000",
      info(generalized("20261122080000Z"), sequence(element(0x80, Uint8Array.of(3, 0xe8)))),
    ],
    [
      "padded thousandths",
      info(generalized("20261122080000Z"), sequence(element(0x81, Uint8Array.of(0, 1)))),
    ],
    ["negative seconds", info(generalized("20261122080000Z"), sequence(smallInteger(-1)))],
    [
      "a critical extension",
      info(generalized("20261122080000Z"), element(0xa1, extension("1.2.3", data, true))),
    ],
    ["a UTCTime", info(element(tags.utcTime, utf8Of("261122080000Z")))],
  ])("is refused with %s", (_what, der) => {
    expect(() => readTimeStampInfo(parseDer(der))).toThrow();
  });
});
