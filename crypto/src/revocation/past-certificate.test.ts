import { beforeAll, describe, expect, it } from "vitest";

import { issueEntity } from "../../testing/issue-entity.ts";
import { createRevocationScene, revokedAt, sceneList } from "../../testing/revocation-scene.ts";
import type { RevocationScene } from "../../testing/revocation-scene.ts";
import { judgePastCertificate, judgePastSignature, parseCertificateList } from "./index.ts";
import type { CertificateList, PastJudgement, PastQuestion } from "./index.ts";

const listEnd = new Date("2026-11-23T00:00:00Z");
const now = new Date("2048-06-01T00:00:00Z");
let scene: RevocationScene;
let crls: CertificateList[];

beforeAll(async () => {
  scene = await createRevocationScene("ES256");
  crls = [
    // Younger than the proof for what the authority issued: only then is its key known to be good at that time.
    parseCertificateList(
      await sceneList(scene, {
        issuer: scene.root,
        revoked: [],
        thisUpdate: new Date("2026-11-26T00:00:00Z"),
      }),
    ),
    parseCertificateList(await sceneList(scene, { nextUpdate: listEnd })),
  ];
});

/** Long after every certificate expired; `provenAt` is when a time stamp covered all but the root's list, which another did later. */
function judge(
  about: "good" | "revoked",
  provenAt: Date | undefined,
  change: Partial<PastQuestion> = {},
): PastJudgement {
  return judgePastCertificate({
    certificate: scene[about].certificate,
    intermediates: [scene.authority.certificate],
    anchors: [scene.root.certificate],
    now,
    evidence: { crls, ocspResponses: [] },
    policy: { revocation: "required", algorithms: "default" },
    proofs: { earliestOf: (object) => (object === crls[0]?.raw ? renewed : provenAt) },
    ...change,
  });
}

const archived = new Date("2026-11-25T00:00:00Z");
const renewed = new Date("2040-01-01T00:00:00Z");

describe("a certificate of the past (ETSI EN 319 102-1 §5.6.2.1)", () => {
  it("is good as long as its evidence was fresh, if that is proven to be old", () => {
    const past = judge("good", archived);
    expect(past).toMatchObject({ result: "passed", controlTime: listEnd });
    expect(past.revocation.map(({ status }) => status)).toEqual(["good", "good"]);
  });

  it("is good until it was revoked", () => {
    expect(judge("revoked", archived)).toMatchObject({ result: "passed", controlTime: revokedAt });
  });

  it("is unknown when nothing proves the age of certificates and evidence", () => {
    const past = judge("good", new Date("2049-01-01T00:00:00Z"));
    expect(past).toMatchObject({
      result: "unknown",
      subIndication: "NO_POE",
      clause: "EN 319 102-1 §5.6.2.2",
    });
  });

  it("is unknown when the age of the certificate, or of what the root said before it expired, is not proven", () => {
    const noCertificate = (object: Uint8Array) =>
      object === scene.good.certificate.raw ? undefined : archived;
    expect(judge("good", archived, { proofs: { earliestOf: noCertificate } }).subIndication).toBe("NO_POE");
    const noRootList = (object: Uint8Array) => (object === crls[0]?.raw ? undefined : archived);
    expect(judge("good", archived, { proofs: { earliestOf: noRootList } }).subIndication).toBe("NO_POE");
  });

  it("is good until it expired, where revocation is not asked for", async () => {
    const notAfter = new Date("2030-01-01T00:00:00Z");
    const wanted = { profile: "signer", algorithm: "ES256", commonName: "Short", notAfter } as const;
    const { certificate } = await issueEntity({ ...wanted, issuer: scene.authority });
    const policy = { revocation: "none", algorithms: "default" } as const;
    expect(judge("good", archived, { certificate, policy })).toMatchObject({
      result: "passed",
      controlTime: notAfter,
    });
  });

  it("is revoked by a list of any age, where missing evidence is no obstacle", () => {
    const policy = { revocation: "if-present", algorithms: "default" } as const;
    const lists = new Set(crls.map(({ raw }) => raw));
    const proofs = { earliestOf: (object: Uint8Array) => (lists.has(object) ? undefined : archived) };
    expect(judge("revoked", archived, { policy, proofs }).controlTime).toEqual(revokedAt);
    expect(judge("good", archived, { policy, proofs }).controlTime).toEqual(scene.root.certificate.notAfter);
  });

  it("is unknown without a path", () => {
    const past = judgePastCertificate({
      certificate: scene.good.certificate,
      intermediates: [],
      anchors: [scene.root.certificate],
      now,
      evidence: { crls, ocspResponses: [] },
      policy: { revocation: "required", algorithms: "default" },
      proofs: { earliestOf: () => archived },
    });
    expect(past).toMatchObject({
      result: "unknown",
      code: "no-chain",
      subIndication: "NO_CERTIFICATE_CHAIN_FOUND",
    });
  });
});

describe("a signature of the past (ETSI EN 319 102-1 §5.6.2.4)", () => {
  const conclude = (
    existedAt: Date | undefined,
    subIndication: "REVOKED_NO_POE" | "NO_CERTIFICATE_CHAIN_FOUND" = "REVOKED_NO_POE",
  ) =>
    judgePastSignature({
      certificate: scene.revoked.certificate,
      subIndication,
      past: judge("revoked", archived),
      ...(existedAt && { existedAt }),
    });

  it("passes if it is proven to be older than the revocation", () => {
    expect(conclude(new Date("2026-11-20T07:59:59Z"))).toEqual({ result: "passed" });
    expect(conclude(revokedAt)).toEqual({ result: "passed" });
  });

  it("stays what it is today without such a proof", () => {
    const unknown = { result: "unknown", subIndication: "REVOKED_NO_POE" };
    expect(conclude(new Date("2026-11-20T08:00:01Z"))).toEqual(unknown);
    expect(conclude(undefined)).toEqual(unknown);
  });

  it("fails if it is older than the certificate", () => {
    expect(conclude(new Date("2019-01-01T00:00:00Z"))).toEqual({
      result: "failed",
      subIndication: "NOT_YET_VALID",
    });
  });

  it("is not healed where time is not what is missing", () => {
    expect(conclude(new Date("2026-11-20T00:00:00Z"), "NO_CERTIFICATE_CHAIN_FOUND").result).toBe("unknown");
  });
});
