import { beforeAll, describe, expect, it } from "vitest";

import { flippedBytes, flipPatienceMilliseconds } from "../../testing/flip-bytes.ts";
import { simpleOfd } from "../../testing/forge-ofd.ts";
import { createSealingParty } from "../../testing/make-seal.ts";
import { createOfd, openOfd, prepareOfdSeal } from "../ofd/index.ts";
import { prepareSealSignature, signSealSignature } from "../seal/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationContext, VerificationReport } from "./index.ts";

let context: VerificationContext;
let golden: Uint8Array;

beforeAll(async () => {
  const { authority, owner, seal } = await createSealingParty();
  context = { trust: [authority.certificate], at: new Date("2026-11-22T00:00:00Z") };
  const signedAt = new Date("2026-11-21T02:02:11Z");
  const place = prepareOfdSeal(openOfd(createOfd(simpleOfd(), signedAt)), {
    pages: [{ pageIndex: 0, boundary: { x: 120, y: 200, width: 42, height: 42 } }],
    sealBytes: seal.raw,
    signatureMethodOid: "1.2.156.10197.1.501",
    signedAt,
    provider: { name: "yinxin", company: "yinxin", version: "0" },
  });
  const { dataHash, propertyInfo } = place;
  const signerCertificate = owner.certificate.raw;
  const prepared = prepareSealSignature({ seal, signerCertificate, dataHash, propertyInfo, signedAt });
  golden = place.complete(await signSealSignature({ signer: owner.signer }, prepared));
});

function verify(bytes: Uint8Array): VerificationReport {
  return verifyDocument({ name: "golden.ofd", bytes }, context);
}

describe("a small OFD sealed by us", () => {
  it("is valid, and uncovered are only the list of signatures and the archive's attributes", () => {
    expect(verify(golden)).toMatchObject({
      verdict: "VALID_WITH_WARNINGS",
      uncovered: [
        { part: "Doc_0/Signs/Signatures.xml", visible: false },
        { part: "zip:attributes", visible: false },
      ],
    });
  });

  it(
    "is not valid after any single byte changes, unless the report called that byte uncovered",
    () => {
      const { uncovered } = verify(golden);
      const ofd = openOfd(golden);
      const ranges = uncovered.flatMap(({ part }) => ofd.uncoveredRanges(part));
      for (const { index, flipped } of flippedBytes(golden)) {
        const { verdict } = verify(flipped);
        const isCaught = verdict !== "VALID" && verdict !== "VALID_WITH_WARNINGS";
        const isUncovered = ranges.some(({ start, end }) => index >= start && index < end);
        expect(isCaught || isUncovered, `byte ${String(index)}: ${verdict}`).toBe(true);
      }
    },
    flipPatienceMilliseconds,
  );
});
