import { describe, expect, it } from "vitest";

import { readFirst, sceneTimes, signAtLevel } from "../../testing/cades-scene.ts";
import { onlySignature } from "../../testing/read-report.ts";
import { createParty } from "../../testing/signing-parties.ts";
import type { SigningParties } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { extendToLTA } from "../cades/index.ts";
import { issueCertificateList } from "../issuing/index.ts";
import { parseCertificateList } from "../revocation/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const until = (year: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date("2025-01-01T00:00:00Z"),
  notAfter: new Date(`${String(year)}-01-01T00:00:00Z`),
});

const root = await createParty("ES256", "root-ca", "Root", 1, undefined, until(2060));
const authority = await createParty("ES256", "issuing-ca", "Authority", 2, root, until(2031));
const archiver = await createParty("ES256", "tsa", "Archiver", 3, root, until(2040));
const parties: SigningParties = {
  root,
  authority,
  signer: await createParty("ES256", "signer", "Signer", 4, authority, until(2028)),
  second: archiver,
  tsa: await createParty("ES256", "tsa", "Stamper", 5, authority, until(2030)),
};
const afterwards = new Date("2026-11-22T20:00:00Z");

/** Signed, stamped and supplied with evidence; the signer's certificate was revoked at the time, if there is one. */
function longTerm(revokedAt?: Date): Promise<Uint8Array> {
  const revoked = revokedAt === undefined ? [] : [{ party: parties.signer, revokedAt }];
  return signAtLevel(parties, "B-LT", { algorithm: "SHA-256", revoked });
}

function archived(der: Uint8Array): Promise<Uint8Array> {
  const stamp = stampWith(archiver, sceneTimes.archived);
  return extendToLTA({ stamp }, { ...readFirst(der), algorithm: "SHA-256" });
}

/** When signer, stamper and their authority have expired, and the root still publishes. */
async function verifyLater(bytes: Uint8Array): Promise<VerificationReport> {
  const at = new Date("2032-01-01T00:00:00Z");
  const list = await issueCertificateList({
    issuer: root,
    number: 7n,
    thisUpdate: at,
    nextUpdate: new Date("2032-01-02T00:00:00Z"),
    revoked: [],
  });
  const evidence = { crls: [parseCertificateList(list)], ocspResponses: [] };
  const context = { trust: [root.certificate], evidence, at, revocation: "required" as const };
  return verifyDocument({ name: "x.p7s", bytes }, context);
}

describe("an archived message whose signer, stamper and authority have expired (ETSI EN 319 102-1 §5.6)", () => {
  const trusted = sceneTimes.stamped.toISOString();

  it("is good, by the time that was proven first", async () => {
    const report = await verifyLater(await archived(await longTerm()));
    expect(report.verdict, report.summary).toBe("VALID");
    expect(onlySignature(report)).toMatchObject({ indication: "TOTAL_PASSED", time: { trusted } });
  });

  it("is valid then revoked when the certificate was revoked after that", async () => {
    const report = await verifyLater(await archived(await longTerm(afterwards)));
    expect(report.verdict, report.summary).toBe("VALID_THEN_REVOKED");
    expect(onlySignature(report)).toMatchObject({ indication: "TOTAL_PASSED", time: { trusted } });
    const detail = onlySignature(report).checks.find(
      ({ name }) => name === "signer-certificate-revocation",
    )?.detail;
    expect(detail).toContain(afterwards.toISOString());
  });

  it("is indeterminate when it was revoked before, and says so", async () => {
    const report = await verifyLater(await archived(await longTerm(new Date("2026-11-22T07:00:00Z"))));
    expect(report.verdict, report.summary).toBe("INDETERMINATE");
    expect(onlySignature(report)).toMatchObject({ sub_indication: "REVOKED_NO_POE", time: { trusted } });
  });

  it("is indeterminate without the archive time stamp, and no time is trusted", async () => {
    for (const [der, word] of [
      [await longTerm(), "OUT_OF_BOUNDS_NO_POE"],
      [await longTerm(afterwards), "REVOKED_NO_POE"],
    ] as const) {
      const report = await verifyLater(der);
      expect(report.verdict, report.summary).toBe("INDETERMINATE");
      expect(onlySignature(report).sub_indication).toBe(word);
      expect(onlySignature(report).time.trusted).toBeUndefined();
    }
  });
});
