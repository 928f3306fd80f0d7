import { beforeAll, describe, expect, it } from "vitest";

import { flippedBytes, flipPatienceMilliseconds } from "../../testing/flip-bytes.ts";
import { createSealingParty } from "../../testing/make-seal.ts";
import { concatBytes, utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { prepareSealSignature, signSealSignature } from "../seal/index.ts";
import { conclude } from "./conclude.ts";
import { verifyDocument } from "./index.ts";
import type { Verdict, VerificationContext } from "./index.ts";
import { verifySealSignatureValue } from "./ses-report.ts";

const sealedData = utf8Of("what was sealed");

let context: VerificationContext;
let goldenSeal: Uint8Array;
let goldenSignature: Uint8Array;

beforeAll(async () => {
  const { authority, owner, seal } = await createSealingParty();
  context = { trust: [authority.certificate], at: new Date("2026-11-22T00:00:00Z") };
  goldenSeal = seal.raw;
  const prepared = prepareSealSignature({
    seal,
    signerCertificate: owner.certificate.raw,
    dataHash: digest("SM3", sealedData),
    propertyInfo: "sealed data",
    signedAt: new Date("2026-11-21T02:02:11Z"),
  });
  goldenSignature = await signSealSignature({ signer: owner.signer }, prepared);
});

function verdictOfSeal(bytes: Uint8Array): Verdict {
  return verifyDocument({ name: "golden.esl", bytes }, context).verdict;
}

function verdictOfSignature(bytes: Uint8Array): Verdict {
  const sealed = { parts: [sealedData], description: "the sealed data" };
  return conclude(verifySealSignatureValue(bytes, sealed, context).findings).verdict;
}

const rejections: readonly Verdict[] = ["INVALID", "INDETERMINATE"];

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
      for (const { index, flipped } of flippedBytes(goldenOf())) {
        expect(rejections, `byte ${String(index)}`).toContain(verdictOf(flipped));
      }
    },
    flipPatienceMilliseconds,
  );

  it("is rejected when it is cut anywhere, or a byte follows it", () => {
    const golden = goldenOf();
    for (const length of golden.keys()) {
      const verdict = verdictOf(golden.subarray(0, length));
      expect(rejections, `${String(length)} bytes`).toContain(verdict);
    }
    expect(verdictOf(concatBytes(golden, Uint8Array.of(0)))).toBe("INVALID");
  });
});
