import { describe, expect, it } from "vitest";

import {
  readFirst,
  sceneContent,
  sceneLists,
  sceneTimes,
  signAtLevel,
  signBaseline,
} from "../../testing/cades-scene.ts";
import type { RevokedParty } from "../../testing/cades-scene.ts";
import { createParty } from "../../testing/signing-parties.ts";
import type { Party, SigningParties } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import {
  appendToSignedData,
  attributeOids,
  attributeValues,
  createSigningIdentity,
  encodeAttribute,
  issueCounterSignature,
  parseSignedData,
  prepareCounterSignature,
  signedContent,
} from "../cms/index.ts";
import { issueCertificateList } from "../issuing/index.ts";
import { parseCertificateList } from "../revocation/index.ts";
import type { CertificateList } from "../revocation/index.ts";
import { extendToLT, extendToLTA, verifySignedData } from "./index.ts";
import type { SignedDataReport, SignerReport } from "./index.ts";

const day = 86_400_000;
const startOf = (year: number): Date => new Date(`${String(year)}-01-01T00:00:00Z`);
const until = (year: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: startOf(2025),
  notAfter: startOf(year),
});

/** What expires in this order: the signer, the first stamper, their authority, the archiver; the rest goes on. */
const root = await createParty("ES256", "root-ca", "Root", 1, undefined, until(2060));
const authority = await createParty("ES256", "issuing-ca", "First Authority", 2, root, until(2031));
const archive = await createParty("ES256", "issuing-ca", "Archive Authority", 3, root, until(2055));
const archiver = await createParty("ES256", "tsa", "Archiver", 4, archive, until(2035));
const nextArchiver = await createParty("ES256", "tsa", "Next Archiver", 5, archive, until(2050));
const parties: SigningParties = {
  root,
  authority,
  signer: await createParty("ES256", "signer", "Signer", 6, authority, until(2028)),
  second: await createParty("ES256", "signer", "Second Signer", 7, authority, until(2028)),
  tsa: await createParty("ES256", "tsa", "Stamper", 8, authority, until(2030)),
};

async function listOf(
  issuer: Party,
  thisUpdate: Date,
  revoked: readonly RevokedParty[] = [],
): Promise<CertificateList> {
  const der = await issueCertificateList({
    issuer,
    number: 9n,
    thisUpdate,
    nextUpdate: new Date(thisUpdate.getTime() + day),
    revoked: revoked.map(({ party, revokedAt }) => ({
      serialNumber: party.certificate.serialNumber,
      revokedAt,
      reason: "keyCompromise",
    })),
  });
  return parseCertificateList(der);
}

/** Verifies with the lists of the day of those who still make some, and nothing is good without evidence. */
async function verify(
  der: Uint8Array,
  at: Date,
  revoked: { readonly byRoot?: readonly RevokedParty[]; readonly byAuthority?: readonly RevokedParty[] } = {},
): Promise<SignerReport> {
  const crls = [
    await listOf(root, at, revoked.byRoot),
    await listOf(archive, at),
    ...(at < authority.certificate.notAfter ? [await listOf(authority, at, revoked.byAuthority)] : []),
  ];
  const report: SignedDataReport = verifySignedData({
    signedData: parseSignedData(der),
    content: signedContent(sceneContent),
    anchors: [root.certificate],
    intermediates: [authority.certificate, archive.certificate],
    evidence: { crls, ocspResponses: [] },
    at,
    policy: { revocation: "required", algorithms: "default" },
  });
  const [signer] = report.signers;
  if (signer === undefined) throw new Error("nobody signed");
  return signer;
}

const wanted = { algorithm: "SHA-256" } as const;

function archived(der: Uint8Array, by: Party = archiver, time = sceneTimes.archived): Promise<Uint8Array> {
  return extendToLTA({ stamp: stampWith(by, time) }, { ...readFirst(der), ...wanted });
}

/** A second archive time stamp years later, with what is to be known of the first archiver by then. */
async function renewed(der: Uint8Array, time = startOf(2034)): Promise<Uint8Array> {
  const lists = [await listOf(root, time), await listOf(archive, time)];
  const more = extendToLT(readFirst(der).signedData, {
    certificates: [archive.certificate.raw],
    crls: lists.map(({ raw }) => raw),
    ocspResponses: [],
  });
  return archived(more, nextArchiver, new Date(time.getTime() + 3_600_000));
}

const baseline = await signBaseline(parties.signer);
const stamped = await signAtLevel(parties, "B-T", wanted);
const longTerm = await signAtLevel(parties, "B-LT", wanted);
const [rootList = new Uint8Array(), authorityList = new Uint8Array()] = await sceneLists(parties);
/** At level LT with the root's list only. */
const withRootList = extendToLT(readFirst(stamped).signedData, {
  certificates: [authority.certificate.raw],
  crls: [rootList],
  ocspResponses: [],
});
const once = await archived(longTerm);
const twice = await renewed(once);

const passed = { result: "passed", indication: "TOTAL_PASSED" };
const indeterminate = (subIndication: string) => ({ indication: "INDETERMINATE", subIndication });
const soon = sceneTimes.verified;

function troubles({ checks }: SignerReport): string[] {
  return checks.filter(({ result }) => result !== "passed").map(({ name, result }) => `${name} ${result}`);
}

describe("a signature as years go by (ETSI EN 319 102-1 §5.6.3)", () => {
  it.each([
    ["B-B", "soon", baseline, soon, passed],
    ["B-B", "when the signer expired", baseline, startOf(2029), indeterminate("OUT_OF_BOUNDS_NO_POE")],
    ["B-T", "soon", stamped, soon, passed],
    [
      "B-T",
      "when no list names the signer any more",
      stamped,
      startOf(2029),
      indeterminate("OUT_OF_BOUNDS_NO_POE"),
    ],
    ["B-LT", "when the signer expired", longTerm, startOf(2029), passed],
    [
      "B-LT",
      "when the stamper expired",
      longTerm,
      new Date("2030-06-01"),
      indeterminate("OUT_OF_BOUNDS_NO_POE"),
    ],
    ["B-LT", "when their authority did too", longTerm, startOf(2032), indeterminate("OUT_OF_BOUNDS_NO_POE")],
    ["B-LTA", "soon", once, soon, passed],
    ["B-LTA", "when signer, stamper and authority expired", once, startOf(2032), passed],
    ["B-LTA", "when the archiver expired", once, startOf(2036), indeterminate("OUT_OF_BOUNDS_NO_POE")],
    ["B-LTA twice", "when the first archiver expired", twice, startOf(2040), passed],
    ["B-LTA twice", "when the second expired", twice, startOf(2051), indeterminate("OUT_OF_BOUNDS_NO_POE")],
  ])("of level %s, %s", async (_level, _when, der, at, expected) => {
    const report = await verify(der, at);
    expect(report, troubles(report).join()).toMatchObject(expected);
    if (expected === passed && der !== baseline) {
      expect(report.time.trusted).toEqual(sceneTimes.stamped);
      expect(troubles(report)).toEqual([]);
    }
  });
});

describe("a signature whose certificates were revoked (ETSI EN 319 102-1 §5.6.2.4)", () => {
  const after = new Date("2026-11-22T20:00:00Z");
  const before = new Date("2026-11-22T07:00:00Z");

  it.each([
    ["after it was stamped", after, { ...passed, revokedSince: after }],
    ["before it was stamped", before, indeterminate("REVOKED_NO_POE")],
  ])("the signer's %s, long ago or not", async (_when, revokedAt, expected) => {
    const revoked = [{ party: parties.signer, revokedAt }];
    const der = await archived(await signAtLevel(parties, "B-LT", { ...wanted, revoked }));
    for (const at of [soon, startOf(2032)]) {
      expect(await verify(der, at, { byAuthority: revoked })).toMatchObject(expected);
    }
  });

  it("the signer's after the lists inside, by a list of the day", async () => {
    const revokedAt = new Date("2026-12-01T00:00:00Z");
    const byAuthority = [{ party: parties.signer, revokedAt }];
    const at = new Date("2026-12-02T00:00:00Z");
    expect(await verify(longTerm, at, { byAuthority })).toMatchObject({ ...passed, revokedSince: revokedAt });
    expect(await verify(baseline, at, { byAuthority })).toMatchObject(indeterminate("REVOKED_NO_POE"));
  });

  it("their authority's: what was archived before is good, what was not is nobody's word", async () => {
    const revokedAt = new Date("2026-12-01T00:00:00Z");
    const byRoot = [{ party: authority, revokedAt }];
    const at = new Date("2026-12-02T00:00:00Z");
    const good = await verify(once, at, { byRoot });
    expect(good).toMatchObject({ ...passed, revokedSince: revokedAt, time: { trusted: sceneTimes.stamped } });
    expect(await verify(longTerm, at, { byRoot })).toMatchObject(indeterminate("REVOKED_CA_NO_POE"));
    const late = await archived(longTerm, archiver, new Date("2026-12-01T12:00:00Z"));
    expect(await verify(late, at, { byRoot })).toMatchObject(indeterminate("REVOKED_CA_NO_POE"));
  });
});

describe("a signature that is older than its certificate (ETSI EN 319 102-1 §5.6.2.4)", () => {
  it("is not yet valid, though the certificate is good today", async () => {
    const validity = { notBefore: new Date("2026-11-23T00:00:00Z"), notAfter: startOf(2028) };
    const signer = await createParty("ES256", "signer", "Late Signer", 9, authority, validity);
    const der = await signAtLevel({ ...parties, signer }, "B-LT", wanted);
    const expected = { indication: "TOTAL_FAILED", subIndication: "NOT_YET_VALID" };
    expect(await verify(der, soon)).toMatchObject(expected);
    expect(await verify(await archived(der), startOf(2032))).toMatchObject(expected);
  });
});

describe("evidence of the past (ETSI EN 319 102-1 §5.6.2.2)", () => {
  it("put in after the archive time stamp is as good as today's, and proves nothing when its maker is gone", async () => {
    const { signedData } = readFirst(await archived(withRootList));
    const der = appendToSignedData(signedData, { revocations: [authorityList] });
    expect(await verify(der, startOf(2029))).toMatchObject(passed);
    const later = await verify(der, startOf(2032));
    expect(later).toMatchObject(indeterminate("OUT_OF_BOUNDS_NO_POE"));
    expect(later.time.trusted).toEqual(sceneTimes.archived);
    const judged = later.checks.find(({ name }) => name === "signer-certificate");
    expect(judged?.detail).toContain("proven to be old enough");
  });

  it("put in with a later archive time stamp is too young for an authority that was gone by then", async () => {
    const { signedData } = readFirst(await archived(withRootList));
    const der = await renewed(appendToSignedData(signedData, { revocations: [authorityList] }));
    expect(await verify(der, startOf(2040))).toMatchObject(indeterminate("OUT_OF_BOUNDS_NO_POE"));
  });

  it("that was stale when the signature was made does not speak for it", async () => {
    const stale = await listOf(authority, new Date(sceneTimes.signed.getTime() - 9 * day));
    const { signedData } = readFirst(withRootList);
    const der = await archived(appendToSignedData(signedData, { revocations: [stale.raw] }));
    expect((await verify(der, startOf(2032))).indication).toBe("INDETERMINATE");
  });

  it("cannot be swapped under an archive time stamp", async () => {
    const { signedData } = readFirst(once);
    const [first, second] = signedData.revocations;
    if (first === undefined || second === undefined) throw new Error("not two lists");
    const isFirst = parseCertificateList(first.der).issuer.text === authority.certificate.subject.text;
    const kept = isFirst ? second : first;
    const forged = await listOf(authority, sceneTimes.listed);
    const swapped = appendToSignedData({ ...signedData, revocations: [kept] }, { revocations: [forged.raw] });
    const report = await verify(swapped, startOf(2032));
    expect(troubles(report)).toContain("archive-time-stamp failed");
    expect(report.indication).toBe("INDETERMINATE");
    expect(report.time.trusted).toBeUndefined();
  });

  it("that is not under the time stamp can still say that something was revoked before", async () => {
    const revokedAt = new Date("2026-11-22T07:00:00Z");
    const list = await listOf(authority, startOf(2027), [{ party: parties.signer, revokedAt }]);
    const der = appendToSignedData(readFirst(once).signedData, { revocations: [list.raw] });
    expect(await verify(der, startOf(2032))).toMatchObject(indeterminate("REVOKED_NO_POE"));
  });
});

describe("an archive time stamp (ETSI EN 319 102-1 §5.6.3)", () => {
  const withArchive = (der: Uint8Array, from: Uint8Array): Uint8Array => {
    const [token] = attributeValues(
      readFirst(from).signer.unsignedAttributes,
      attributeOids.archiveTimeStampV3,
    );
    const { signedData, signer } = readFirst(der);
    const attribute = encodeAttribute(attributeOids.archiveTimeStampV3, token?.raw ?? new Uint8Array());
    return appendToSignedData(signedData, { unsignedAttributes: { signer, attributes: [attribute] } });
  };

  it("proves nothing about another signature that it is moved to", async () => {
    const other = await signAtLevel({ ...parties, signer: parties.second }, "B-LT", wanted);
    const report = await verify(withArchive(other, once), startOf(2032));
    expect(troubles(report)).toContain("archive-time-stamp failed");
    expect(report.indication).toBe("INDETERMINATE");
    expect(report.time.trusted).toBeUndefined();
  });

  it("covers no time stamp that is younger than itself", async () => {
    const young = await archived(longTerm, archiver, startOf(2027));
    const older = await archived(young, nextArchiver, sceneTimes.archived);
    const report = await verify(older, new Date("2027-06-01T00:00:00Z"));
    expect(troubles(report)).toEqual(["time-stamp-order failed"]);
    expect(report).toMatchObject(indeterminate("TIMESTAMP_ORDER_FAILURE"));
  });

  it("proves what is inside of a time stamp that it covers: its authority's certificate", async () => {
    const der = await archived(
      appendToSignedData(readFirst(withRootList).signedData, { revocations: [authorityList] }),
    );
    expect(await verify(der, startOf(2032))).toMatchObject({
      ...passed,
      time: { trusted: sceneTimes.stamped },
    });
  });

  it("proves a counter-signature that it covers", async () => {
    const { signedData, signer } = readFirst(longTerm);
    const { certificate, signer: key } = parties.second;
    const identity = createSigningIdentity({ certificate });
    const signingTime = sceneTimes.listed;
    const counter = prepareCounterSignature({ signedData, signer, identity, signingTime });
    const report = await verify(
      await archived(await issueCounterSignature({ signer: key }, counter)),
      startOf(2032),
    );
    expect(report).toMatchObject(passed);
    expect(report.counterSignatures).toMatchObject([{ ...passed, time: { trusted: sceneTimes.archived } }]);
  });
});
