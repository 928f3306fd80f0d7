import { beforeAll, describe, expect, it } from "vitest";

import { onePagePdf } from "../../testing/build-pdf.ts";
import { flippedBytes, flipPatienceMilliseconds } from "../../testing/flip-bytes.ts";
import { changedPart, forgeSealedOfd, ofdPaths, signatureRecord, zipOf } from "../../testing/forge-ofd.ts";
import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { signPdf } from "../../testing/sign-pdf.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import type { Party, SigningParties } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes, utf8Of } from "../bytes/index.ts";
import { createSigningIdentity, issueSignedData, prepareSignedData } from "../cms/index.ts";
import type { SignatureFlavour } from "../cms/index.ts";
import { digest } from "../digest/index.ts";
import { openOfd } from "../ofd/index.ts";
import type { SealVersion } from "../seal/index.ts";
import { conclude } from "./conclude.ts";
import { verifyDocument } from "./index.ts";
import type { Verdict, VerificationContext } from "./index.ts";
import { verifySealSignatureValue } from "./ses-report.ts";

const sealedData = utf8Of("what was sealed");
const at = new Date("2026-11-22T00:00:00Z");
const signedAt = new Date("2026-11-21T02:02:11Z");
const rejections: readonly Verdict[] = ["INVALID", "INDETERMINATE", "UNSIGNED"];

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let tsa: TestIdentity;
let parties: SigningParties;
let national: SigningParties;
let context: VerificationContext;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  tsa = await authority.issue("tsa", "Time Stamping Authority");
  parties = await createSigningParties("ES256");
  national = await createSigningParties("SM2");
  const trust = [authority.certificate, parties.root.certificate, national.root.certificate];
  context = { trust, at };
});

/** Of a seal of 2025 with a time stamp, which the signature covers. */
async function sealSignature(version: SealVersion): Promise<Uint8Array> {
  const stamp = stampWith(tsa, new Date("2025-06-01T00:00:10Z"));
  const seal = await forgeSeal(maker, {
    version,
    signers: { listType: 1, certificates: [owner.certificate.raw] },
    ...(version === 5 && {
      timeStamp: (value: Uint8Array) => stamp({ algorithm: "SM3", digest: digest("SM3", value) }),
    }),
  });
  const dataHash = digest("SM3", sealedData);
  return forgeSealSignature(owner, { seal, version, dataHash, propertyInfo: "data", signedAt });
}

describe.each([1, 5] as const)("a seal signature of version %s", (version) => {
  it(
    "is rejected after any single byte of it changes",
    async () => {
      const golden = await sealSignature(version);
      const verdictOf = (bytes: Uint8Array): Verdict => {
        const sealed = { parts: [sealedData], description: "the sealed data" };
        return conclude(verifySealSignatureValue(bytes, sealed, context).findings).verdict;
      };
      expect(verdictOf(golden)).toBe("VALID_WITH_WARNINGS");
      for (const { index, flipped } of flippedBytes(golden, 5)) {
        expect(rejections, `byte ${String(index)}`).toContain(verdictOf(flipped));
      }
    },
    flipPatienceMilliseconds,
  );
});

async function message(
  by: Party,
  issuer: Party,
  content: Uint8Array,
  flavour: SignatureFlavour,
): Promise<Uint8Array> {
  const { certificate, signer } = by;
  const identity = createSigningIdentity({ certificate, algorithm: signer.algorithm });
  const prepared = prepareSignedData({
    content: { kind: "detached", bytes: content },
    ...(signer.algorithm === "SM2" && { family: "national" as const }),
    signers: [{ identity, flavour, ...(flavour === "cades" && { signingTime: signedAt }) }],
    certificates: [issuer.certificate.raw],
  });
  return issueSignedData({ signers: [signer] }, prepared);
}

describe("an OFD signed without a seal", () => {
  it(
    "is rejected after a byte of it changes, unless that byte is uncovered or the change is named",
    async () => {
      const seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [] } });
      const record = signatureRecord("s001", ofdPaths.signature, "Sign");
      const parts = await forgeSealedOfd(owner, { seal, record, hasSealFile: false });
      const xml = parts.get(ofdPaths.signature) ?? new Uint8Array();
      const value = await message(national.signer, national.authority, xml, "cades");
      const golden = zipOf(changedPart(parts, ofdPaths.signedValue, value));
      const verify = (bytes: Uint8Array) => verifyDocument({ name: "x.ofd", bytes }, context);
      const { verdict, uncovered, quirks } = verify(golden);
      expect({ verdict, quirks }).toEqual({ verdict: "VALID_WITH_WARNINGS", quirks: [] });
      const ofd = openOfd(golden);
      const ranges = uncovered.flatMap(({ part }) => ofd.uncoveredRanges(part));
      for (const { index, flipped } of flippedBytes(golden, 7)) {
        const report = verify(flipped);
        const isUncovered = ranges.some(({ start, end }) => index >= start && index < end);
        const isCaught = rejections.includes(report.verdict) || report.quirks.length > 0;
        expect(isCaught || isUncovered, `byte ${String(index)}: ${report.verdict}`).toBe(true);
      }
    },
    flipPatienceMilliseconds,
  );
});

describe("a PDF with a message over its ranges", () => {
  it(
    "is rejected after a byte of it changes, or the change is named",
    async () => {
      const golden = await signPdf(onePagePdf(), "ETSI.CAdES.detached", (ranges) =>
        message(parties.signer, parties.authority, concatBytes(...ranges), "pades"),
      );
      const verify = (bytes: Uint8Array) => verifyDocument({ name: "x.pdf", bytes }, context);
      expect(verify(golden)).toMatchObject({ verdict: "VALID_WITH_WARNINGS", quirks: [] });
      for (const { index, flipped } of flippedBytes(golden, 41)) {
        const { verdict, quirks } = verify(flipped);
        const isCaught = rejections.includes(verdict) || quirks.length > 0;
        expect(isCaught, `byte ${String(index)}: ${verdict}`).toBe(true);
      }
    },
    flipPatienceMilliseconds,
  );
});
