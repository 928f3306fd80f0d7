import { describe, expect, it } from "vitest";

import {
  readFirst,
  sceneContent,
  sceneLists,
  sceneTimes,
  signAtLevel,
  signBaseline,
} from "../../testing/cades-scene.ts";
import { createParty, createSigningParties } from "../../testing/signing-parties.ts";
import type { Party } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { utf8Of } from "../bytes/index.ts";
import {
  appendToSignedData,
  attributeOids,
  attributeValues,
  createSigningIdentity,
  encodeAttribute,
  issueCounterSignature,
  issueSignedData,
  parseSignedData,
  prepareCounterSignature,
  prepareSignedData,
  signedContent,
} from "../cms/index.ts";
import { issueCertificateList, issueOcspResponse } from "../issuing/index.ts";
import { ocspCertificateIdOf, parseCertificateList } from "../revocation/index.ts";
import { extendToLT, extendToLTA, extendToT, verifySignedData } from "./index.ts";
import type { CadesLevel, SignedDataReport, SignedDataToVerify, SignerReport } from "./index.ts";

const parties = await createSigningParties("ES256");
const national = await createSigningParties("SM2");

function verify(
  der: Uint8Array,
  change: Partial<SignedDataToVerify> = {},
  { root, authority } = parties,
): SignedDataReport {
  return verifySignedData({
    signedData: parseSignedData(der, { profile: "lenient" }),
    anchors: [root.certificate],
    intermediates: [authority.certificate],
    evidence: { crls: [], ocspResponses: [] },
    at: sceneTimes.verified,
    policy: { revocation: "if-present", algorithms: "default" },
    ...change,
  });
}

function first({ signers }: SignedDataReport): SignerReport {
  const [report] = signers;
  if (report === undefined) throw new Error("no signer");
  return report;
}

/** The scene's signature under the time stamp of an authority directly below the root, with a list of one authority that names one party. */
async function withList(
  issuer: Party,
  party: Party,
  times: { readonly revokedAt: Date; readonly invalidAt?: Date },
): Promise<SignedDataReport> {
  const list = await issueCertificateList({
    issuer,
    number: 1n,
    thisUpdate: sceneTimes.listed,
    nextUpdate: new Date(sceneTimes.listed.getTime() + 30 * 86_400_000),
    revoked: [{ serialNumber: party.certificate.serialNumber, reason: "keyCompromise", ...times }],
  });
  const evidence = { crls: [parseCertificateList(list)], ocspResponses: [] };
  const stamper = await createParty("ES256", "tsa", "Stamper of the Root", 77, parties.root);
  const stamp = stampWith(stamper, sceneTimes.stamped);
  const signature = readFirst(await signBaseline(parties.signer));
  return verify(await extendToT({ stamp }, { ...signature, algorithm: "SHA-256" }), { evidence });
}

function troubles(report: SignerReport): string[] {
  return report.checks
    .filter(({ result }) => result !== "passed")
    .map(({ name, result }) => `${name} ${result}`);
}

describe("a CAdES signature (ETSI EN 319 122-1 §6.3)", () => {
  const levels: readonly CadesLevel[] = ["B-B", "B-T", "B-LT", "B-LTA"];
  for (const [family, scene, algorithm] of [
    ["P-256", parties, "SHA-256"],
    ["SM2", national, "SM3"],
  ] as const) {
    it.each(levels)(`with ${family} is made and verified at level %s`, async (level) => {
      const der = await signAtLevel(scene, level, { algorithm });
      const report = verify(der, {}, scene);
      expect(first(report)).toMatchObject({ level, result: "passed", indication: "TOTAL_PASSED" });
      expect(troubles(first(report))).toEqual([]);
      expect(first(report).time.trusted).toEqual(level === "B-B" ? undefined : sceneTimes.stamped);
    });
  }

  it("keeps what was signed, byte for byte, from level to level", async () => {
    const der = await signBaseline(parties.signer);
    const before = readFirst(der).signer.signedMembers;
    const stamp = stampWith(parties.tsa, sceneTimes.stamped);
    const stamped = await extendToT({ stamp }, { ...readFirst(der), algorithm: "SHA-256" });
    expect(readFirst(stamped).signer.signedMembers).toEqual(before);
    expect(parseSignedData(stamped).quirks).toEqual([]);
  });

  it("at LT has its values in the SignedData and not in attributes, responses by RFC 5940 §2", async () => {
    const t = await signAtLevel(parties, "B-T", { algorithm: "SHA-256" });
    const { authority, signer } = parties;
    const responder = await createParty("ES256", "ocsp-responder", "Responder", 9, authority);
    const response = await issueOcspResponse({
      responder,
      issuer: authority.certificate,
      producedAt: sceneTimes.listed,
      responses: [
        {
          certificateId: ocspCertificateIdOf(signer.certificate, authority.certificate, "SHA-256"),
          status: "good",
          thisUpdate: sceneTimes.listed,
          nextUpdate: sceneTimes.verified,
        },
      ],
    });
    const lt = extendToLT(readFirst(t).signedData, {
      certificates: [authority.certificate.raw],
      crls: [],
      ocspResponses: [response],
    });
    const { signedData, signer: signerInfo } = readFirst(lt);
    expect(signedData.version).toBe(5);
    expect(signedData.revocations).toMatchObject([{ kind: "ocsp-response", der: response }]);
    expect(signerInfo.unsignedAttributes.map(({ oid }) => oid)).toEqual([attributeOids.signatureTimeStamp]);
    const report = first(verify(lt));
    expect(report).toMatchObject({ level: "B-LT", result: "passed" });
    expect(report.judgement?.revocation[0]).toMatchObject({ status: "good", source: { kind: "ocsp" } });
  });

  it("is not extended out of order", async () => {
    const refused = expect.objectContaining({ code: "cms-request-invalid" }) as Error;
    const baseline = readFirst(await signBaseline(parties.signer));
    const nothing = { certificates: [], crls: [], ocspResponses: [] };
    expect(() => extendToLT(baseline.signedData, nothing)).toThrow(refused);
    const stamp = stampWith(parties.tsa, sceneTimes.archived);
    await expect(extendToLTA({ stamp }, { ...baseline, algorithm: "SHA-256" })).rejects.toThrow(refused);
  });

  it("does not take a time stamp that is over something else, or is none", async () => {
    const baseline = { ...readFirst(await signBaseline(parties.signer)), algorithm: "SHA-256" } as const;
    const stamp = stampWith(parties.tsa, sceneTimes.stamped);
    const elsewhere = await stamp({ algorithm: "SHA-256", digest: new Uint8Array(32) });
    for (const answer of [elsewhere, utf8Of("none"), baseline.signedData.raw]) {
      await expect(extendToT({ stamp: () => Promise.resolve(answer) }, baseline)).rejects.toMatchObject({
        code: "cms-request-invalid",
      });
    }
  });

  it("can be archived again, the newer time stamp covering the older", async () => {
    const once = await signAtLevel(parties, "B-LTA", { algorithm: "SHA-256" });
    const stamp = stampWith(parties.tsa, new Date("2026-11-24T12:00:00Z"), { serialNumber: 3n });
    const twice = await extendToLTA({ stamp }, { ...readFirst(once), algorithm: "SHA-384" });
    const report = first(verify(twice));
    expect(troubles(report)).toEqual([]);
    expect(report.timeStamps.map(({ kind }) => kind)).toEqual(["signature", "archive", "archive"]);
  });

  it("detached is archived and verified with its content only", async () => {
    const content = signedContent(sceneContent);
    const stamp = stampWith(parties.tsa, sceneTimes.stamped);
    const t = await extendToT(
      { stamp },
      { ...readFirst(await signBaseline(parties.signer, "detached")), algorithm: "SHA-256" },
    );
    const lt = extendToLT(readFirst(t).signedData, {
      certificates: [],
      crls: await sceneLists(parties),
      ocspResponses: [],
    });
    const input = { ...readFirst(lt), algorithm: "SHA-256" } as const;
    await expect(extendToLTA({ stamp }, input)).rejects.toMatchObject({ code: "cms-request-invalid" });
    const lta = await extendToLTA({ stamp }, { ...input, content });
    expect(first(verify(lta, { content })).result).toBe("passed");
    expect(first(verify(lta))).toMatchObject({ result: "failed" });
    const other = signedContent(utf8Of("else"));
    expect(first(verify(lta, { content: other }))).toMatchObject({
      indication: "TOTAL_FAILED",
      subIndication: "HASH_FAILURE",
    });
  });

  it("in the flavour of PDF has no signing time, and one is a failure (ETSI EN 319 142-1 §6.3)", async () => {
    const identity = createSigningIdentity({ certificate: parties.signer.certificate });
    const prepared = prepareSignedData({
      content: { kind: "detached", bytes: sceneContent },
      signers: [{ identity, flavour: "pades" }],
    });
    const der = await issueSignedData({ signers: [parties.signer.signer] }, prepared);
    const content = signedContent(sceneContent);
    expect(first(verify(der, { content, flavour: "pades" }))).toMatchObject({
      level: "B-B",
      result: "passed",
    });
    expect(first(verify(der, { content })).level).toBeUndefined();
    const cades = await signBaseline(parties.signer, "detached");
    expect(troubles(first(verify(cades, { content, flavour: "pades" })))).toEqual(["signing-time failed"]);
  });
});

describe("time proven by a time stamp (ETSI EN 319 102-1 §5.6)", () => {
  it("keeps a signature good whose certificate was revoked later, and says since when", async () => {
    const revokedAt = new Date("2026-11-22T20:00:00Z");
    const revoked = [{ party: parties.signer, revokedAt }];
    const report = first(verify(await signAtLevel(parties, "B-LT", { algorithm: "SHA-256", revoked })));
    expect(report).toMatchObject({ result: "passed", revokedSince: revokedAt });
  });

  it("keeps one good whose authority was revoked later, which is no plain good either", async () => {
    const revokedAt = new Date(sceneTimes.stamped.getTime() + 60_000);
    const report = first(await withList(parties.root, parties.authority, { revokedAt }));
    expect(report).toMatchObject({ result: "passed", revokedSince: revokedAt });
  });

  it("does not help when the key may have been in wrong hands before (RFC 5280 §5.3.2)", async () => {
    const times = {
      revokedAt: new Date(sceneTimes.stamped.getTime() + 60_000),
      invalidAt: sceneTimes.signed,
    };
    for (const [issuer, party] of [
      [parties.authority, parties.signer],
      [parties.root, parties.authority],
    ] as const) {
      const report = first(await withList(issuer, party, times));
      expect(report).toMatchObject({
        result: "failed",
        subIndication: expect.stringMatching(/^REVOKED/) as string,
      });
    }
  });

  it("does not help when the certificate was revoked before", async () => {
    const revoked = [{ party: parties.signer, revokedAt: new Date("2026-11-22T07:00:00Z") }];
    const report = first(verify(await signAtLevel(parties, "B-LT", { algorithm: "SHA-256", revoked })));
    expect(report).toMatchObject({
      result: "failed",
      indication: "INDETERMINATE",
      subIndication: "REVOKED_NO_POE",
    });
  });

  it("is missing at level B-B: revoked now is revoked", async () => {
    const revoked = [{ party: parties.signer, revokedAt: new Date("2026-11-22T20:00:00Z") }];
    const [, list] = await sceneLists(parties, revoked);
    const der = appendToSignedData(readFirst(await signBaseline(parties.signer)).signedData, {
      revocations: list === undefined ? [] : [list],
    });
    expect(first(verify(der))).toMatchObject({ result: "failed", subIndication: "REVOKED_NO_POE" });
  });

  it("lets an archived signature outlive all its certificates but the archiver's", async () => {
    const old = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2026-12-31T00:00:00Z") };
    const signer = await createParty("ES256", "signer", "Old Signer", 20, parties.authority, old);
    const tsa = await createParty("ES256", "tsa", "Old Stamps", 21, parties.authority, old);
    const scene = { ...parties, signer, tsa };
    const lt = await signAtLevel(scene, "B-LT", { algorithm: "SHA-256" });
    const at = new Date("2030-01-01T00:00:00Z");
    expect(first(verify(lt, { at })).result).not.toBe("passed");
    const archiver = stampWith(parties.tsa, sceneTimes.archived, { serialNumber: 5n });
    const lta = await extendToLTA({ stamp: archiver }, { ...readFirst(lt), algorithm: "SHA-256" });
    const report = first(verify(lta, { at }));
    expect(troubles(report)).toEqual([]);
    expect(report).toMatchObject({ level: "B-LTA", result: "passed", time: { trusted: sceneTimes.stamped } });
  });

  it("cannot be before what the signer claimed", async () => {
    const stamp = stampWith(parties.tsa, new Date("2026-11-22T07:00:00Z"));
    const der = await extendToT(
      { stamp },
      { ...readFirst(await signBaseline(parties.signer)), algorithm: "SHA-256" },
    );
    expect(troubles(first(verify(der)))).toEqual(["signing-time failed"]);
  });

  it("is not proven by a stamper that nobody trusts, which takes nothing from the signature", async () => {
    const root = await createParty("ES256", "root-ca", "Strange Root", 1);
    const stamp = stampWith(await createParty("ES256", "tsa", "Strange Stamps", 2, root), sceneTimes.stamped);
    const der = await extendToT(
      { stamp },
      { ...readFirst(await signBaseline(parties.signer)), algorithm: "SHA-256" },
    );
    const report = first(verify(der));
    expect(troubles(report)).toEqual(["signature-time-stamp unknown"]);
    expect(report).toMatchObject({ result: "passed", level: "B-T" });
    expect(report.time.trusted).toBeUndefined();
  });

  it("needs the archive time stamp in its order", async () => {
    const lt = await signAtLevel(parties, "B-LT", { algorithm: "SHA-256" });
    const stamp = stampWith(parties.tsa, new Date("2026-11-22T08:00:30Z"));
    const lta = await extendToLTA({ stamp }, { ...readFirst(lt), algorithm: "SHA-256" });
    const report = first(verify(lta));
    expect(troubles(report)).toContain("time-stamp-order failed");
    expect(report.subIndication).toBe("TIMESTAMP_ORDER_FAILURE");
  });

  it("can be of the content, under the signature", async () => {
    const stamp = stampWith(parties.tsa, new Date("2026-11-22T07:59:00Z"));
    const imprint = { algorithm: "SHA-256", digest: signedContent(sceneContent).digest("SHA-256") } as const;
    const attribute = encodeAttribute(attributeOids.contentTimeStamp, await stamp(imprint));
    const identity = createSigningIdentity({ certificate: parties.signer.certificate });
    const prepared = prepareSignedData({
      content: { kind: "attached", bytes: sceneContent },
      signers: [{ identity, flavour: "cades", signingTime: sceneTimes.signed, attributes: [attribute] }],
    });
    const report = first(verify(await issueSignedData({ signers: [parties.signer.signer] }, prepared)));
    expect(report).toMatchObject({ result: "passed", level: "B-B", timeStamps: [{ kind: "content" }] });
    expect(report.time.trusted).toBeUndefined();
  });
});

describe("counter-signatures", () => {
  it("are judged by themselves and reported with the signature", async () => {
    const { signedData, signer } = readFirst(await signBaseline(parties.signer));
    const counter = prepareCounterSignature({
      signedData,
      signer,
      identity: createSigningIdentity({ certificate: parties.second.certificate }),
      signingTime: sceneTimes.stamped,
    });
    const der = await issueCounterSignature({ signer: parties.second.signer }, counter);
    const report = first(verify(der));
    expect(troubles(report)).toEqual([]);
    expect(report.counterSignatures).toMatchObject([
      { result: "passed", certificate: { subject: { text: parties.second.certificate.subject.text } } },
    ]);
    const { signer: signed } = readFirst(der);
    const [value] = attributeValues(signed.unsignedAttributes, attributeOids.counterSignature);
    // The same counter-signature put to another's signature.
    const other = readFirst(await signBaseline(parties.second));
    const copied = appendToSignedData(other.signedData, {
      unsignedAttributes: {
        signer: other.signer,
        attributes: [encodeAttribute(attributeOids.counterSignature, value?.raw ?? new Uint8Array())],
      },
    });
    expect(troubles(first(verify(copied)))).toEqual(["counter-signature failed"]);
  });
});
