import { beforeAll, describe, expect, it } from "vitest";

import { crlDistributionPoints } from "../../testing/encode-extensions.ts";
import { fabricateList, listEntry } from "../../testing/fabricate-list.ts";
import { extension, extensions, fabricate, newSigner } from "../../testing/fabricated-certificate.ts";
import type { Entity } from "../../testing/fabricated-certificate.ts";
import {
  createRevocationScene,
  revokedAt,
  sceneList,
  sceneRequest,
  sceneResponse,
  sceneTime,
} from "../../testing/revocation-scene.ts";
import type { RevocationScene } from "../../testing/revocation-scene.ts";
import { contextExplicit, contextImplicit, element, integer, nullValue, sequence } from "../der/index.ts";
import type { CertificateListToIssue } from "../issuing/index.ts";
import { judgeCertificate, parseCertificateList, parseOcspResponse } from "./index.ts";
import type { CertificateJudgement, CertificateList, CertificateQuestion } from "./index.ts";

const nextUpdate = new Date("2026-11-29T00:00:00Z");
let scene: RevocationScene;
let rootList: CertificateList;

beforeAll(async () => {
  scene = await createRevocationScene("ES256");
  rootList = parseCertificateList(await sceneList(scene, { issuer: scene.root, revoked: [] }));
});

async function list(change: Partial<CertificateListToIssue> = {}): Promise<CertificateList> {
  return parseCertificateList(await sceneList(scene, change));
}

function judge(
  about: Entity,
  crls: readonly CertificateList[],
  change: Partial<CertificateQuestion> = {},
): CertificateJudgement {
  return judgeCertificate({
    certificate: about.certificate,
    intermediates: [scene.authority.certificate],
    anchors: [scene.root.certificate],
    at: sceneTime,
    evidence: { crls, ocspResponses: [] },
    policy: { revocation: "required", algorithms: "default" },
    ...change,
  });
}

const statuses = ({ revocation }: CertificateJudgement): string[] => revocation.map(({ status }) => status);

describe("a certificate and revocation lists (RFC 5280 §6.3)", () => {
  it("passes when lists of all its authorities are current and do not name it", async () => {
    const judged = judge(scene.good, [rootList, await list()]);
    expect(judged).toMatchObject({ result: "passed", candidates: [] });
    expect(statuses(judged)).toEqual(["good", "good", "not-checked"]);
    expect(judged.revocation[0]?.source).toMatchObject({ kind: "crl", thisUpdate: sceneTime, nextUpdate });
  });

  it("fails when one names it, with the time and the reason", async () => {
    const judged = judge(scene.revoked, [rootList, await list()]);
    expect(judged).toMatchObject({
      result: "failed",
      code: "revoked",
      clause: "RFC 5280 §6.1.3 (a)(3)",
      subIndication: "REVOKED_NO_POE",
    });
    expect(judged.revocation[0]).toMatchObject({ status: "revoked", revokedAt, reason: "keyCompromise" });
  });

  it("fails when its authority is revoked", async () => {
    const { serialNumber } = scene.authority.certificate;
    const revoking = await list({ issuer: scene.root, revoked: [{ serialNumber, revokedAt }] });
    const judged = judge(scene.good, [revoking, await list()]);
    expect(judged).toMatchObject({ result: "failed", code: "revoked", subIndication: "REVOKED_CA_NO_POE" });
  });

  it("is unknown without evidence, where the policy asks for it", () => {
    const judged = judge(scene.good, []);
    expect(judged).toMatchObject({
      result: "unknown",
      code: "revocation-unknown",
      subIndication: "TRY_LATER",
    });
    const asked = (revocation: "none" | "if-present"): CertificateJudgement =>
      judge(scene.good, [], { policy: { revocation, algorithms: "default" } });
    expect(asked("if-present").result).toBe("passed");
    expect(statuses(asked("none"))).toEqual(["not-checked", "not-checked", "not-checked"]);
  });

  it("passes for a time before it was revoked, and says when that was", async () => {
    const at = new Date("2026-11-19T00:00:00Z");
    const judged = judge(scene.revoked, [rootList, await list()], { at, now: sceneTime });
    expect(judged).toMatchObject({ result: "passed" });
    expect(judged.revocation[0]).toMatchObject({ status: "good", revokedAt });
    // Without a later "now", the list is one from the future.
    expect(judge(scene.revoked, [rootList, await list()], { at }).result).toBe("unknown");
  });

  it("waits for the end of a suspension", async () => {
    const { serialNumber } = scene.revoked.certificate;
    const holding = await list({ revoked: [{ serialNumber, revokedAt, reason: "certificateHold" }] });
    expect(judge(scene.revoked, [rootList, holding]).subIndication).toBe("TRY_LATER");
  });

  it.each<[string, Partial<CertificateListToIssue>]>([
    ["stale", { thisUpdate: new Date("2026-11-01T00:00:00Z"), nextUpdate: new Date("2026-11-08T00:00:00Z") }],
    ["about authorities only", { scope: { only: "authorities" } }],
    ["for some reasons only", { scope: { onlyReasons: ["keyCompromise"] } }],
    ["of another distribution point", { scope: { urls: ["http://elsewhere.example/list"] } }],
  ])("is not known to be good by a list that is %s", async (_what, change) => {
    const judged = judge(scene.good, [rootList, await list({ revoked: [], ...change })]);
    expect(judged).toMatchObject({
      result: "unknown",
      code: "revocation-unknown",
      clause: "RFC 5280 §6.3.3",
    });
  });

  it("is good by lists that cover all reasons together, and revoked by one of them", async () => {
    const others = [
      "cACompromise",
      "affiliationChanged",
      "superseded",
      "cessationOfOperation",
      "certificateHold",
      "privilegeWithdrawn",
      "aACompromise",
    ] as const;
    const some = await list({ scope: { onlyReasons: ["keyCompromise"] } });
    const rest = await list({ number: 11n, scope: { onlyReasons: others }, revoked: [] });
    expect(judge(scene.good, [rootList, some, rest]).result).toBe("passed");
    expect(judge(scene.good, [rootList, some]).detail).toContain("every reason");
    expect(judge(scene.revoked, [rootList, rest, some]).code).toBe("revoked");
  });

  it("is not judged by a list that a stranger of the same name signed", async () => {
    const stranger = await fabricate({
      subject: scene.authority.certificate.subject.raw,
      extensions: [extensions.authority()],
    });
    const forged = await fabricateList({ issuer: stranger, thisUpdate: sceneTime, nextUpdate });
    const judged = judge(scene.good, [rootList, forged], {
      intermediates: [scene.authority.certificate, stranger.certificate],
    });
    expect(judged).toMatchObject({ result: "unknown", code: "revocation-unknown" });
    expect(judged.detail).toContain("not signed by anybody who may");
  });

  it.each([
    ["in the list", [extension("1.2.3", nullValue(), true)], []],
    ["in an entry of it", undefined, [extension("1.2.3", nullValue(), true)]],
  ])(
    "is not judged by a list with an unknown critical extension %s (RFC 5280 §5.2, §5.3)",
    async (_where, ofList, ofEntry) => {
      const strange = await fabricateList({
        issuer: scene.authority,
        thisUpdate: sceneTime,
        nextUpdate,
        entries: [listEntry("0102", revokedAt, ...ofEntry)],
        ...(ofList && { extensions: ofList }),
      });
      expect(judge(scene.good, [rootList, strange]).detail).toContain("unknown critical extension 1.2.3");
    },
  );

  it("that expired is known not to be revoked only from a list that remembers it", async () => {
    const old = await fabricate({
      subject: "Old",
      issuer: scene.authority,
      notAfter: new Date("2026-10-01T00:00:00Z"),
    });
    const remembering = await list({ expiredSince: new Date("2020-01-01T00:00:00Z") });
    expect(judge(old, [rootList, remembering])).toMatchObject({
      code: "expired",
      subIndication: "OUT_OF_BOUNDS_NOT_REVOKED",
    });
    expect(judge(old, [rootList, await list()])).toMatchObject({
      code: "expired",
      subIndication: "OUT_OF_BOUNDS_NO_POE",
    });
  });

  it("is not asked for in paths that something else is wrong with", async () => {
    const judged = judge(scene.good, [rootList, await list()], {
      anchors: [scene.good.certificate],
      policy: { revocation: "required", algorithms: "default", requiredKeyUsage: ["keyCertSign"] },
    });
    expect(judged).toMatchObject({
      result: "failed",
      code: "key-usage",
      revocation: [],
      subIndication: "CHAIN_CONSTRAINTS_FAILURE",
    });
  });
});

describe("a delta list (RFC 5280 §5.2.4)", () => {
  const later = new Date("2026-11-22T12:00:00Z");
  const delta = (change: Partial<CertificateListToIssue>): Promise<CertificateList> =>
    list({ number: 12n, baseNumber: 10n, thisUpdate: later, ...change });

  it("adds a revocation to its base and takes a suspension away", async () => {
    const { serialNumber } = scene.revoked.certificate;
    const empty = await list({ revoked: [] });
    const adding = await delta({});
    expect(judge(scene.revoked, [rootList, empty, adding], { at: later }).code).toBe("revoked");
    const holding = await list({ revoked: [{ serialNumber, revokedAt, reason: "certificateHold" }] });
    const lifting = await delta({ revoked: [{ serialNumber, revokedAt, reason: "removeFromCRL" }] });
    expect(judge(scene.revoked, [rootList, holding], { at: later }).code).toBe("revoked");
    expect(judge(scene.revoked, [rootList, holding, lifting], { at: later }).result).toBe("passed");
  });

  it("keeps a base alive that is stale by itself", async () => {
    const stale = await list({ revoked: [], nextUpdate: new Date("2026-11-22T06:00:00Z") });
    expect(judge(scene.good, [rootList, stale], { at: later }).result).toBe("unknown");
    expect(judge(scene.good, [rootList, stale, await delta({})], { at: later }).result).toBe("passed");
  });

  it("says nothing alone, or to a base older than it starts from", async () => {
    expect(judge(scene.good, [rootList, await delta({})], { at: later }).result).toBe("unknown");
    const base = await list({ revoked: [] });
    const tooNew = await delta({ baseNumber: 11n });
    expect(judge(scene.revoked, [rootList, base, tooNew], { at: later }).result).toBe("passed");
  });
});

describe("an indirect list (RFC 5280 §5.2.5)", () => {
  const directory = (entity: Entity): Uint8Array => contextExplicit(4, entity.certificate.subject.raw);
  const url = "http://lists.example/all";

  async function indirect(
    entries: readonly Uint8Array[],
  ): Promise<{ lists: Entity; about: Entity; crl: CertificateList }> {
    const lists = await fabricate({
      subject: "Lists",
      issuer: scene.root,
      extensions: [extensions.keyUsage(0x02)],
    });
    const about = await fabricate({
      subject: "About",
      issuer: scene.authority,
      extensions: [crlDistributionPoints({ url, issuer: lists.certificate.subject.raw })],
    });
    const name = contextExplicit(0, contextImplicit(0, element(0x86, new TextEncoder().encode(url)), true));
    const scope = extension("2.5.29.28", sequence(name, element(0x84, Uint8Array.of(0xff))), true);
    const number = extension("2.5.29.20", integer(1n), false);
    const crl = await fabricateList({
      issuer: lists,
      thisUpdate: sceneTime,
      nextUpdate,
      entries,
      extensions: [number, scope],
    });
    return { lists, about, crl };
  }

  it("speaks for the authorities that its entries name, from one entry on to the next", async () => {
    const issuer = extension("2.5.29.29", sequence(directory(scene.authority)), true);
    const serial = "03e9";
    const ofOther = await indirect([listEntry(serial, revokedAt)]);
    const under = (lists: Entity) => ({ intermediates: [scene.authority.certificate, lists.certificate] });
    expect(judge(ofOther.about, [rootList, ofOther.crl], under(ofOther.lists)).result).toBe("passed");
    const ofIts = await indirect([listEntry("0102", revokedAt, issuer), listEntry(serial, revokedAt)]);
    expect(judge(ofIts.about, [rootList, ofIts.crl], under(ofIts.lists)).code).toBe("revoked");
  });

  it("counts only from a signer with a path to the same anchor", async () => {
    const { about, crl } = await indirect([]);
    expect(judge(about, [rootList, crl]).code).toBe("revocation-unknown");
  });
});

describe("an authority that changed its key (RFC 4210 §4.4)", () => {
  it("speaks for certificates under the old key in a list signed with the new one", async () => {
    const authority = extensions.authority();
    const newKey = newSigner();
    const oldOne = await fabricate({ subject: "Changed", issuer: scene.root, extensions: [authority] });
    const newWithOld = await fabricate({
      subject: "Changed",
      signer: newKey,
      issuer: oldOne,
      extensions: [authority],
    });
    const end = await fabricate({ subject: "End", issuer: oldOne, serialNumber: 77 });
    const crl = await fabricateList({ issuer: newWithOld, thisUpdate: sceneTime, nextUpdate });
    const judged = judge(end, [rootList, crl], {
      intermediates: [oldOne.certificate, newWithOld.certificate],
    });
    expect(judged.result).toBe("passed");
    const naming = await fabricateList({
      issuer: newWithOld,
      thisUpdate: sceneTime,
      nextUpdate,
      entries: [listEntry("4d", revokedAt)],
    });
    expect(
      judge(end, [rootList, naming], { intermediates: [oldOne.certificate, newWithOld.certificate] }).code,
    ).toBe("revoked");
  });
});

describe("a certificate and OCSP responses (RFC 6960 §3.2)", () => {
  it("passes or fails by what the responder says", async () => {
    const response = async (about: Entity) =>
      parseOcspResponse(await sceneResponse(scene, sceneRequest(scene, about)));
    const by = async (about: Entity): Promise<CertificateJudgement> =>
      judge(about, [], {
        evidence: {
          crls: [rootList],
          ocspResponses: [await response(scene.good), await response(scene.revoked)],
        },
      });
    const passed = await by(scene.good);
    expect(passed.result).toBe("passed");
    expect(passed.revocation[0]?.source?.kind).toBe("ocsp");
    expect(await by(scene.revoked)).toMatchObject({ result: "failed", code: "revoked" });
    expect(await by(scene.responder)).toMatchObject({ result: "unknown", code: "revocation-unknown" });
  });

  it("fails when a list says revoked and a response says good", async () => {
    const good = parseOcspResponse(await sceneResponse(scene, sceneRequest(scene, scene.good)));
    const { serialNumber } = scene.good.certificate;
    const naming = await list({ revoked: [{ serialNumber, revokedAt, reason: "superseded" }] });
    const judged = judge(scene.good, [], { evidence: { crls: [rootList, naming], ocspResponses: [good] } });
    expect(judged.code).toBe("revoked");
  });
});

describe("an SM2 hierarchy", () => {
  it("is judged with its lists and responses like any other", async () => {
    const sm2 = await createRevocationScene("SM2");
    const crls = [
      parseCertificateList(await sceneList(sm2, { issuer: sm2.root, revoked: [] })),
      parseCertificateList(await sceneList(sm2)),
    ];
    const question = { intermediates: [sm2.authority.certificate], anchors: [sm2.root.certificate] };
    expect(judge(sm2.good, crls, question).result).toBe("passed");
    expect(judge(sm2.revoked, crls, question).code).toBe("revoked");
  });
});
