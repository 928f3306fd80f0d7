import { beforeAll, describe, expect, it } from "vitest";

import {
  changedPart,
  forgeSealedOfd,
  ofdPaths,
  pageXml,
  signatureRecord,
  simpleOfd,
  zipOf,
} from "../../testing/forge-ofd.ts";
import type { OfdParts } from "../../testing/forge-ofd.ts";
import { forgeSeal } from "../../testing/forge-seal.ts";
import { checksThat, onlySignature } from "../../testing/read-report.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { utf8Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { rawOfDerSignature } from "../sm2/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let seal: Uint8Array;
let sealed: OfdParts;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [owner.certificate.raw] } });
  sealed = await forgeSealedOfd(owner, { seal });
});

function verify(parts: OfdParts | Uint8Array, trust = [authority.certificate]): VerificationReport {
  const bytes = parts instanceof Uint8Array ? parts : zipOf(parts);
  return verifyDocument({ name: "reply.ofd", bytes }, { trust, at });
}

describe("a sealed OFD", () => {
  it("is valid with notes: the time is claimed only and revocation was not asked for", () => {
    const report = verify(sealed);
    expect(report).toMatchObject({ format: "ofd", verdict: "VALID_WITH_WARNINGS", quirks: [] });
    expect(report.summary).toBe(
      "Valid, with notes: sealed with 测试市审批局 (11000000000001); nothing was changed since; revocation not checked; time claimed only.",
    );
    expect(onlySignature(report)).toMatchObject({
      id: "s001",
      kind: "seal",
      indication: "TOTAL_PASSED",
      sub_indication: null,
      signer: { subject: "CN=11000000000001, O=11000000MB2C00001XYinxin Test, C=CN", algorithm: "SM2" },
      seal: { code: "11000000000001", name: "测试市审批局", type: 1, version: 4 },
      time: { claimed: "2026-11-21T02:02:11.000Z" },
      coverage: { whole: true },
    });
    expect(checksThat(report, "failed")).toEqual([]);
    expect(checksThat(report, "not-checked")).toEqual([
      "maker-certificate-revocation",
      "signer-certificate-revocation",
      "timestamp",
    ]);
  });

  it("has every step of GB/T 38540-2020 §7.3 in its report, in the standard's order", () => {
    const names = onlySignature(verify(sealed)).checks.map(({ name }) => name);
    const order = [
      "signature-format",
      "signature-value",
      "signer-in-seal",
      "seal-format",
      "seal-signature",
      "maker-certificate-chain",
      "maker-certificate-validity",
      "maker-certificate-key-usage",
      "maker-certificate-revocation",
      "seal-validity",
      "signer-certificate-chain",
      "signer-certificate-validity",
      "signer-certificate-key-usage",
      "signer-certificate-revocation",
      "signing-time",
      "timestamp",
      "data-hash",
    ];
    expect(names.filter((name) => order.includes(name))).toEqual(order);
  });

  it("is indeterminate without a trust anchor, though everything else is right", () => {
    const report = verify(sealed, []);
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report).sub_indication).toBe("NO_CERTIFICATE_CHAIN_FOUND");
    expect(checksThat(report, "unknown")).toEqual(["maker-certificate-chain", "signer-certificate-chain"]);
    expect(checksThat(report, "failed")).toEqual([]);
  });

  it("is invalid when changed, even if nobody is trusted", () => {
    expect(verify(changedPart(sealed, ofdPaths.page, pageXml("<x/>")), []).verdict).toBe("INVALID");
  });

  it("names the list of signatures and the archive as uncovered, because more may be signed", () => {
    expect(verify(sealed).uncovered).toEqual([
      { part: ofdPaths.list, visible: false },
      { part: "zip:attributes", visible: false },
    ]);
  });

  it("may do without a seal file, as tax documents do", async () => {
    const parts = await forgeSealedOfd(owner, { seal, hasSealFile: false });
    expect(verify(parts).verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("may be sealed by one of whom the seal lists only a digest (certListType 2)", async () => {
    const digests = [{ algorithm: "SM3", value: digest("SM3", owner.certificate.raw) }];
    const listed = await forgeSeal(maker, { signers: { listType: 2, digests } });
    expect(verify(await forgeSealedOfd(owner, { seal: listed })).verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("may have a raw signature value, which is named as a quirk", async () => {
    const report = verify(await forgeSealedOfd(owner, { seal, rewrite: rawOfDerSignature }));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.quirks).toEqual([{ code: "raw-signature", where: `${ofdPaths.signedValue}: signature` }]);
  });

  it("is invalid with something in the place of a time stamp that is none", async () => {
    const report = verify(await forgeSealedOfd(owner, { seal, timeStamp: Uint8Array.of(0x30, 0) }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["timestamp"]);
  });

  it("cannot be called good when the seal has a critical extension that nobody here knows", async () => {
    const extensions = [{ oid: "1.2.3.4", isCritical: true, value: new Uint8Array(1) }];
    const signers = { listType: 1, certificates: [owner.certificate.raw] } as const;
    const report = verify(
      await forgeSealedOfd(owner, { seal: await forgeSeal(maker, { signers, extensions }) }),
    );
    expect(report.verdict).toBe("INDETERMINATE");
    expect(checksThat(report, "unknown")).toEqual(["critical-extensions"]);
    expect(verify(await forgeSealedOfd(owner, { seal, extensions })).verdict).toBe("INDETERMINATE");
  });

  it("cannot be called good before the time it claims", async () => {
    const signedAt = new Date("2026-11-22T08:00:00Z");
    const report = verify(await forgeSealedOfd(owner, { seal, signedAt }));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report).sub_indication).toBe("TRY_LATER");
  });

  it("is judged by the property information only if that names a place", async () => {
    const elsewhere = verify(
      await forgeSealedOfd(owner, { seal, propertyInfo: "/Doc_0/Signs/Sign_1/Signature.xml" }),
    );
    expect(elsewhere.verdict).toBe("INVALID");
    expect(checksThat(elsewhere, "failed")).toEqual(["property-info"]);
    const freeText = verify(await forgeSealedOfd(owner, { seal, propertyInfo: "doc 1" }));
    expect(freeText.verdict).toBe("VALID_WITH_WARNINGS");
    expect(freeText.summary).toContain("does not say which signature it belongs to");
  });
});

describe("an OFD signature without a seal (Type=Sign)", () => {
  it("is invalid when its value is a seal signature and not a message", async () => {
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const report = verify(await forgeSealedOfd(owner, { seal, record }));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toEqual(["signature-format"]);
  });

  it("is indeterminate as a bare value, which names no certificate", async () => {
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const parts = await forgeSealedOfd(owner, { seal, record });
    const bare = await owner.signer.sign({ message: new Uint8Array(1) });
    for (const value of [bare, rawOfDerSignature(bare)]) {
      const report = verify(changedPart(parts, ofdPaths.signedValue, value));
      expect(report.verdict).toBe("INDETERMINATE");
      expect(onlySignature(report).sub_indication).toBe("NO_SIGNING_CERTIFICATE_FOUND");
    }
  });

  it("is still invalid when a part it lists was changed", async () => {
    const record = signatureRecord("s001", ofdPaths.signature, "Sign");
    const parts = await forgeSealedOfd(owner, { seal, record });
    expect(verify(changedPart(parts, ofdPaths.page, pageXml("<x/>"))).verdict).toBe("INVALID");
  });
});

describe("an OFD that cannot be looked into", () => {
  it("is unsigned without signatures", () => {
    expect(verify(simpleOfd())).toMatchObject({ format: "ofd", verdict: "UNSIGNED", signatures: [] });
  });

  it("is invalid when it breaks off", () => {
    const zip = zipOf(sealed);
    const report = verify(zip.subarray(0, zip.length / 2));
    expect(report).toMatchObject({ format: "ofd", verdict: "INVALID", problem: { code: "zip-truncated" } });
  });

  it("is no OFD if the archive has no OFD.xml", () => {
    const report = verify(new Map([["word/document.xml", utf8Of("<w/>")]]));
    expect(report).toMatchObject({ format: "unknown", verdict: "INDETERMINATE" });
  });
});
