import { beforeAll, describe, expect, it } from "vitest";

import { smallestPicture } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import { concatBytes, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { issueSeal, parseSeal, prepareSeal, prepareSealSignature, signSealSignature } from "../seal/index.ts";
import { conclude } from "./conclude.ts";
import { verifyDocument } from "./index.ts";
import type { Verdict, VerificationContext } from "./index.ts";
import { verifySealSignatureValue } from "./ses-report.ts";

const sealedData = utf8Of("what was sealed");
/** Which bits of each byte are flipped: one, or with SLOW=1 each of the eight. */
const masks = process.env["SLOW"] === "1" ? [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80] : [0x01];
const patienceMilliseconds = 60_000 * masks.length;

let context: VerificationContext;
let goldenSeal: Uint8Array;
let goldenSignature: Uint8Array;

beforeAll(async () => {
  const authority = await createTestAuthority();
  const maker = await authority.issue("seal-maker", "Seal Maker");
  const owner = await authority.issue("seal-owner", "11000000000001");
  context = { trust: [authority.certificate], at: new Date("2026-11-22T00:00:00Z") };
  const prepared = prepareSeal({
    code: "11000000000001",
    name: "测试市审批局",
    type: 1,
    signerCertificates: [owner.certificate.raw],
    createdAt: new Date("2026-01-01T00:00:00Z"),
    validFrom: new Date("2026-01-01T00:00:00Z"),
    validUntil: new Date("2031-01-01T00:00:00Z"),
    picture: { type: "PNG", data: smallestPicture, widthMm: 42, heightMm: 42 },
    vendorId: "YINXIN",
    makerCertificate: maker.certificate.raw,
  });
  goldenSeal = await issueSeal({ maker: maker.signer }, prepared);
  const request = {
    seal: parseSeal(goldenSeal),
    signerCertificate: owner.certificate.raw,
    dataHash: digest("SM3", sealedData),
    propertyInfo: "sealed data",
    signedAt: new Date("2026-11-21T02:02:11Z"),
  };
  goldenSignature = await signSealSignature({ signer: owner.signer }, prepareSealSignature(request));
});

function verdictOfSeal(bytes: Uint8Array): Verdict {
  return verifyDocument({ name: "golden.esl", bytes }, context).verdict;
}

function verdictOfSignature(bytes: Uint8Array): Verdict {
  const sealed = { parts: [sealedData], description: "the sealed data" };
  return conclude(verifySealSignatureValue(bytes, sealed, context).findings).verdict;
}

describe.each([
  ["a seal", () => goldenSeal, verdictOfSeal],
  ["a seal signature", () => goldenSignature, verdictOfSignature],
])("%s made by us", (_, goldenOf, verdictOf) => {
  it("is valid, with the notes of an offline verification", () => {
    expect(verdictOf(goldenOf())).toBe("VALID_WITH_WARNINGS");
  });

  it(
    "is rejected after any single byte of it changes",
    () => {
      const golden = goldenOf();
      for (const index of golden.keys()) {
        for (const mask of masks) {
          const flipped = Uint8Array.from(golden);
          flipped[index] = (golden[index] ?? 0) ^ mask;
          const where = `byte ${String(index)} ^ ${String(mask)}`;
          expect(["INVALID", "INDETERMINATE"], where).toContain(verdictOf(flipped));
        }
      }
    },
    patienceMilliseconds,
  );

  it("is rejected when it is cut anywhere, or a byte follows it", () => {
    const golden = goldenOf();
    for (const length of golden.keys()) {
      expect(["INVALID", "INDETERMINATE"], `${String(length)} bytes`).toContain(
        verdictOf(golden.subarray(0, length)),
      );
    }
    expect(verdictOf(concatBytes(golden, Uint8Array.of(0)))).toBe("INVALID");
  });
});
