import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";

import { onePagePdf } from "../../testing/build-pdf.ts";
import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { changedPart, forgeSealedOfd, ofdPaths, signatureRecord, zipOf } from "../../testing/forge-ofd.ts";
import type { SealedOfdWishes } from "../../testing/forge-ofd.ts";
import { checksThat, onlySignature } from "../../testing/read-report.ts";
import { sealRequest } from "../../testing/seal-pdf.ts";
import { signPdf } from "../../testing/sign-pdf.ts";
import { createSigningParties } from "../../testing/signing-parties.ts";
import type { SigningParties } from "../../testing/signing-parties.ts";
import { stampWith } from "../../testing/stamp-with.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes, pemOfDer, utf8Of } from "../bytes/index.ts";
import { createSigningIdentity, issueSignedData, prepareSignedData } from "../cms/index.ts";
import { digest } from "../digest/index.ts";
import { openPdf, preparePdfSeal } from "../pdf/index.ts";
import { verificationReportSchema, verifyDocument } from "./index.ts";
import type { VerificationContext, VerificationReport } from "./index.ts";

const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
const isReport = ajv.compile<VerificationReport>(verificationReportSchema);

const at = new Date("2026-11-23T00:00:00Z");
const stampedAt = new Date("2026-11-22T08:00:00Z");

let parties: SigningParties;
let stranger: SigningParties;
let authority: TestAuthority;
let owner: TestIdentity;
let seal: Uint8Array;

beforeAll(async () => {
  parties = await createSigningParties("SM2");
  stranger = await createSigningParties("SM2");
  authority = await createTestAuthority();
  owner = await authority.issue("seal-owner", "11000000000001");
  const maker = await authority.issue("seal-maker", "Seal Maker");
  seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [owner.certificate.raw] } });
});

function verify(bytes: Uint8Array, context: Partial<VerificationContext> = {}): VerificationReport {
  const trust = [authority.certificate, parties.root.certificate];
  const report = verifyDocument({ name: "x", bytes }, { trust, at, ...context });
  isReport(JSON.parse(JSON.stringify(report)));
  expect(isReport.errors, report.summary).toBeNull();
  return report;
}

/** The document under a time stamp of a whole revision. */
function stamped(pdf: Uint8Array, { tsa, authority: issuing }: SigningParties): Promise<Uint8Array> {
  const stamp = stampWith(tsa, stampedAt, { chain: [issuing.certificate.raw] });
  return signPdf(pdf, "ETSI.RFC3161", (ranges) =>
    stamp({ algorithm: "SM3", digest: digest("SM3", ...ranges) }),
  );
}

async function sealedPdf(): Promise<Uint8Array> {
  const signedAt = new Date("2026-11-21T02:02:11Z");
  const prepared = preparePdfSeal(openPdf(onePagePdf()), sealRequest({ contentsBytes: 4000, signedAt }));
  const wishes = { seal, dataHash: prepared.dataHash, propertyInfo: "", signedAt };
  return prepared.complete(await forgeSealSignature(owner, wishes));
}

describe("a PDF that nobody signed, with a time stamp over it", () => {
  it("is unsigned, whoever stamped it: a time is nobody's word for what the document says", async () => {
    const trusted = verify(await stamped(onePagePdf(), parties));
    expect(trusted.verdict, trusted.summary).toBe("UNSIGNED");
    expect(onlySignature(trusted)).toMatchObject({ kind: "timestamp", verdict: "VALID" });
    expect(trusted.summary).toContain(stampedAt.toISOString());
    const strange = verify(await stamped(onePagePdf(), stranger));
    expect(strange.verdict, strange.summary).toBe("UNSIGNED");
    expect(onlySignature(strange).verdict).toBe("INDETERMINATE");
  });

  it("is invalid when it was changed after it was stamped", async () => {
    const file = await stamped(onePagePdf(), parties);
    file[60] = (file[60] ?? 0) ^ 1;
    expect(verify(file).verdict).toBe("INVALID");
  });
});

describe("a sealed PDF with a time stamp over all of it", () => {
  it("is as good as its seal, and a time stamp that cannot be judged is a note", async () => {
    const good = verify(await stamped(await sealedPdf(), parties));
    expect(good.verdict, good.summary).toBe("VALID_WITH_WARNINGS");
    expect(good.signatures.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ["seal", "VALID_WITH_WARNINGS"],
      ["timestamp", "VALID"],
    ]);
    const strange = verify(await stamped(await sealedPdf(), stranger));
    expect(strange.verdict, strange.summary).toBe("VALID_WITH_WARNINGS");
    expect(strange.summary).toMatch(/time stamp \S+ proves nothing/);
  });
});

async function signedValue(over: Uint8Array, hash: "SM3" | "whole" = "whole"): Promise<Uint8Array> {
  const bytes = hash === "SM3" ? digest("SM3", over) : over;
  const { certificate, signer } = parties.signer;
  const prepared = prepareSignedData({
    content: { kind: hash === "SM3" ? "attached" : "detached", bytes },
    family: "national",
    signers: [
      {
        identity: createSigningIdentity({ certificate, algorithm: "SM2" }),
        flavour: "cades",
        signingTime: stampedAt,
      },
    ],
    certificates: [parties.authority.certificate.raw],
  });
  return issueSignedData({ signers: [signer] }, prepared);
}

/** An OFD whose signature is said to be one without a seal. */
async function signedOfd(wishes: Partial<SealedOfdWishes>): Promise<Uint8Array> {
  const record = signatureRecord("s001", ofdPaths.signature, "Sign");
  const parts = await forgeSealedOfd(owner, { seal, record, ...wishes });
  const xml = parts.get(ofdPaths.signature) ?? new Uint8Array();
  return zipOf(changedPart(parts, ofdPaths.signedValue, await signedValue(xml)));
}

describe("an OFD signed without a seal", () => {
  it("is good where it shows none, and names who signed", async () => {
    const report = verify(await signedOfd({ hasSealFile: false }));
    expect(report.verdict, report.summary).toBe("VALID_WITH_WARNINGS");
    expect(onlySignature(report).kind).toBe("signature");
    expect(report.summary).toContain("signed by CN=Parties Signer");
  });

  it("is not good where it brings a seal for readers to draw, which nobody sealed with", async () => {
    const report = verify(await signedOfd({ hasSealFile: true }));
    expect(report.verdict, report.summary).toBe("INDETERMINATE");
    expect(checksThat(report, "unknown")).toEqual(["seal-file"]);
  });
});

describe("a text with more than one message", () => {
  it("is refused: the first is no word for the others", async () => {
    const good = pemOfDer(await signedValue(utf8Of("yes")), "CMS");
    const detached = utf8Of("yes");
    expect(verify(utf8Of(good), { detached }).verdict).toBe("VALID_WITH_WARNINGS");
    for (const label of ["CMS", "PKCS7"]) {
      const other = pemOfDer(Uint8Array.of(0x30, 0), label);
      const report = verify(utf8Of(good + other), { detached });
      expect(report, label).toMatchObject({ verdict: "INVALID", problem: { code: "pem-malformed" } });
    }
  });
});

describe("a message with the digest of something inside", () => {
  it("is a signature over that digest only, and over nothing else that has it", async () => {
    const document = utf8Of("a document that was never signed");
    const der = await signedValue(document, "SM3");
    expect(verify(der, { detached: document }).verdict).toBe("INVALID");
    expect(verify(der, { detached: digest("SM3", document) }).verdict).toBe("VALID_WITH_WARNINGS");
    const file = await signPdf(onePagePdf(), "GM.sm2sign", (ranges) =>
      signedValue(concatBytes(...ranges), "SM3"),
    );
    expect(verify(file).verdict).toBe("INVALID");
  });
});
