import { describe, expect, it } from "vitest";

import { createRevocationScene, revokedAt, sceneList, sceneTime } from "../../testing/revocation-scene.ts";
import { newSigner } from "../../testing/fabricated-certificate.ts";
import { hexOf } from "../bytes/index.ts";
import { judgeCertificate, parseCertificateList } from "../revocation/index.ts";
import type { CertificateList } from "../revocation/index.ts";
import { IssuingError, prepareCertificateList, signCertificateList } from "./index.ts";
import type { CertificateListToIssue } from "./index.ts";

const scene = await createRevocationScene("SM2");
const { root, authority, good, revoked } = scene;
const serialNumber = revoked.certificate.serialNumber;
const list = async (change: Partial<CertificateListToIssue>): Promise<CertificateList> =>
  parseCertificateList(await sceneList(scene, change));

async function codeOf(change: Partial<CertificateListToIssue>): Promise<string> {
  try {
    await sceneList(scene, change);
  } catch (cause) {
    if (cause instanceof IssuingError) return cause.code;
    throw cause;
  }
  return "issued";
}

describe("a revocation list that we issue", () => {
  it("with its issuer's key identifier and number, makes one certificate revoked and the other not", async () => {
    const crls = [await list({}), await list({ issuer: root, revoked: [] })];
    expect(crls[0]).toMatchObject({ number: 10n, thisUpdate: sceneTime, unknownCriticalExtensions: [] });
    expect(hexOf(crls[0]?.authorityKey?.keyIdentifier ?? new Uint8Array())).toBe(
      hexOf(authority.certificate.subjectKeyIdentifier ?? new Uint8Array()),
    );
    const judge = (certificate: typeof good.certificate) =>
      judgeCertificate({
        certificate,
        intermediates: [authority.certificate],
        anchors: [root.certificate],
        at: sceneTime,
        evidence: { crls, ocspResponses: [] },
        policy: { revocation: "required", algorithms: "default" },
      });
    expect(judge(good.certificate)).toMatchObject({ result: "passed" });
    expect(judge(revoked.certificate)).toMatchObject({ result: "failed", code: "revoked" });
  });

  it("is sorted by serial number, leaves `unspecified` out, and is the same for every order of its entries", async () => {
    const entries = ["00ff", "01", "7f"].map((serial) => ({
      serialNumber: serial,
      revokedAt,
      reason: "unspecified" as const,
    }));
    const one = prepareCertificateList({ ...wanted, revoked: entries });
    const other = prepareCertificateList({ ...wanted, revoked: [...entries].reverse() });
    expect(hexOf(one.toBeSigned)).toBe(hexOf(other.toBeSigned));
    const read = parseCertificateList(await signCertificateList(one));
    expect([...read.entries.keys()]).toEqual(["01", "7f", "00ff"]);
    // RFC 5280 §5.3.1: the reason code's identifier 2.5.29.21 does not occur.
    expect(hexOf(read.tbs)).not.toContain("0603551d15");
  });

  it("without entries has no list of them (RFC 5280 §5.1.2.6)", async () => {
    const read = await list({ revoked: [] });
    expect(read.entryCount).toBe(0);
  });

  it.each<[string, Partial<CertificateListToIssue>, string]>([
    ["whose next update is not later", { nextUpdate: sceneTime }, "certificate-list-invalid"],
    ["at no time", { thisUpdate: new Date(Number.NaN) }, "certificate-list-invalid"],
    ["with a negative number", { number: -1n }, "certificate-list-invalid"],
    ["with a number of 21 octets", { number: 2n ** 159n }, "certificate-list-invalid"],
    ["that is a delta to itself", { baseNumber: 10n }, "certificate-list-invalid"],
    [
      "that is a delta and leads to another",
      { baseNumber: 9n, deltaCrlUrls: ["http://a.example/"] },
      "certificate-list-invalid",
    ],
    ["with an empty scope", { scope: {} }, "certificate-list-invalid"],
    ["for a reason that has no bit", { scope: { onlyReasons: ["unspecified"] } }, "certificate-list-invalid"],
    [
      "with an entry twice, once by the name of its own issuer",
      {
        scope: { isIndirect: true },
        revoked: [
          { serialNumber, revokedAt },
          { serialNumber, revokedAt, certificateIssuer: authority.certificate.subject },
        ],
      },
      "certificate-list-invalid",
    ],
    [
      "with an entry twice",
      {
        revoked: [
          { serialNumber, revokedAt },
          { serialNumber, revokedAt },
        ],
      },
      "certificate-list-invalid",
    ],
    [
      "with an entry that is no number",
      { revoked: [{ serialNumber: "xy", revokedAt }] },
      "certificate-list-invalid",
    ],
    ["with a padded number", { revoked: [{ serialNumber: "0001", revokedAt }] }, "certificate-list-invalid"],
    [
      "that is complete and removes entries",
      { revoked: [{ serialNumber, revokedAt, reason: "removeFromCRL" }] },
      "certificate-list-invalid",
    ],
    [
      "that is not indirect, about another issuer's certificate",
      { revoked: [{ serialNumber, revokedAt, certificateIssuer: root.certificate.subject }] },
      "certificate-list-invalid",
    ],
    ["at an address that is none", { scope: { urls: ["ftp//"] } }, "extension-invalid"],
    ["by a key that may not", { issuer: good }, "issuer-unfit"],
    ["with another key", { issuer: { ...authority, signer: newSigner("SM2") } }, "issuer-unfit"],
  ])("is not issued %s", async (_what, change, code) => {
    expect(await codeOf(change)).toBe(code);
  });

  it("does not leave with a wrong signature", async () => {
    const broken = { ...authority.signer, sign: () => Promise.resolve(new Uint8Array(70)) };
    await expect(sceneList(scene, { issuer: { ...authority, signer: broken } })).rejects.toMatchObject({
      code: "signature-wrong",
    });
  });
});

const wanted: CertificateListToIssue = {
  issuer: authority,
  number: 1n,
  thisUpdate: sceneTime,
  nextUpdate: new Date("2026-12-01T00:00:00Z"),
  revoked: [],
};
