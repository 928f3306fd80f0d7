import { beforeAll, describe, expect, it } from "vitest";

import { onePagePdf } from "../../testing/build-pdf.ts";
import { flippedBytes, flipPatienceMilliseconds } from "../../testing/flip-bytes.ts";
import { createSealingParty } from "../../testing/make-seal.ts";
import { sealRequest } from "../../testing/seal-pdf.ts";
import { openPdf, preparePdfSeal } from "../pdf/index.ts";
import { maximumSealSignatureBytes, prepareSealSignature, signSealSignature } from "../seal/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationContext, VerificationReport } from "./index.ts";

let context: VerificationContext;
let golden: Uint8Array;

beforeAll(async () => {
  const { authority, owner, seal } = await createSealingParty();
  context = { trust: [authority.certificate], at: new Date("2026-11-22T00:00:00Z") };
  const signedAt = new Date("2026-11-21T02:02:11Z");
  const prepare = (dataHash: Uint8Array) =>
    prepareSealSignature({
      seal,
      signerCertificate: owner.certificate.raw,
      dataHash,
      propertyInfo: "",
      signedAt,
    });
  // The size does not depend on the hash, which is not known before the place is.
  const contentsBytes = maximumSealSignatureBytes(prepare(new Uint8Array(32)));
  const place = preparePdfSeal(openPdf(onePagePdf()), sealRequest({ contentsBytes, signedAt }));
  golden = place.complete(await signSealSignature({ signer: owner.signer }, prepare(place.dataHash)));
});

function verify(bytes: Uint8Array): VerificationReport {
  return verifyDocument({ name: "golden.pdf", bytes }, context);
}

describe("a small PDF sealed by us", () => {
  it("is valid, and nothing is uncovered", () => {
    expect(verify(golden)).toMatchObject({ verdict: "VALID_WITH_WARNINGS", uncovered: [] });
  });

  it(
    "is not valid after any single byte changes",
    () => {
      for (const { index, flipped } of flippedBytes(golden)) {
        const { verdict } = verify(flipped);
        expect(["INVALID", "INDETERMINATE", "UNSIGNED"], `byte ${String(index)}`).toContain(verdict);
      }
    },
    flipPatienceMilliseconds,
  );
});
