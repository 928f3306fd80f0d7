import { beforeAll, describe, expect, it } from "vitest";

import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { concatBytes, latin1Of } from "../bytes/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

let authority: TestAuthority;
let maker: TestIdentity;
let owner: TestIdentity;
let seal: Uint8Array;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [owner.certificate.raw] } });
});

function verify(bytes: Uint8Array, at = new Date("2026-11-22T00:00:00Z")): VerificationReport {
  return verifyDocument({ name: "seal.esl", bytes }, { trust: [authority.certificate], at });
}

function failedChecks({ signatures }: VerificationReport): string[] {
  return signatures
    .flatMap(({ checks }) => checks.filter(({ result }) => result === "failed"))
    .map(({ name }) => name);
}

describe("a seal by itself", () => {
  it("is valid but for revocation, and its maker is the signer of the report", () => {
    const report = verify(seal);
    expect(report).toMatchObject({
      format: "ses-seal",
      verdict: "VALID_WITH_WARNINGS",
      summary:
        "Valid, with notes: the seal 测试市审批局 (11000000000001) is as its maker signed it; revocation not checked.",
      signatures: [
        {
          kind: "seal",
          signer: { subject: "CN=Seal Maker, O=Yinxin Test, C=CN" },
          seal: { code: "11000000000001", name: "测试市审批局", type: 1, version: 4 },
          time: { claimed: "2025-06-01T00:00:00.000Z" },
        },
      ],
    });
  });

  it("is judged at the time of the verification", () => {
    const late = verify(seal, new Date("2035-06-01T00:00:01Z"));
    expect(late.verdict).toBe("INVALID");
    expect(failedChecks(late)).toEqual(["seal-validity"]);
    expect(verify(seal, new Date("2025-05-31T23:59:59Z")).signatures[0]?.sub_indication).toBe(
      "NOT_YET_VALID",
    );
  });

  it("is invalid when its maker's certificate cannot be read", async () => {
    const signers = { listType: 1, certificates: [] } as const;
    const report = verify(await forgeSeal(maker, { signers, makerCertificate: Uint8Array.of(0x30, 0) }));
    expect(report.verdict).toBe("INVALID");
    expect(failedChecks(report)).toEqual(["seal-format"]);
  });

  it("is invalid with another certificate in the maker's place", async () => {
    const signers = { listType: 1, certificates: [] } as const;
    const report = verify(await forgeSeal(maker, { signers, makerCertificate: owner.certificate.raw }));
    expect(failedChecks(report)).toEqual(["seal-signature"]);
  });

  it("is invalid when it names another algorithm than SM2 with SM3", async () => {
    const signers = { listType: 1, certificates: [] } as const;
    const report = verify(await forgeSeal(maker, { signers, algorithmOid: "1.2.840.10045.4.3.2" }));
    expect(failedChecks(report)).toEqual(["seal-signature"]);
    expect(report.signatures[0]?.sub_indication).toBe("CRYPTO_CONSTRAINTS_FAILURE");
  });

  it("is invalid when bytes follow it", () => {
    const report = verify(concatBytes(seal, Uint8Array.of(0)));
    expect(report).toMatchObject({ format: "ses-seal", verdict: "INVALID" });
    expect(report.signatures[0]).toMatchObject({
      sub_indication: "FORMAT_FAILURE",
      checks: [{ name: "seal-format" }, {}, {}],
    });
  });
});

describe("a seal of another edition", () => {
  it.each([0, 2, 3, 6])("is indeterminate as version %i, with the reason, not invalid", (version) => {
    // ID "ES", then the version: INTEGER of one octet.
    const at = latin1Of(seal).indexOf("ES\u0002\u0001\u0004");
    const other = Uint8Array.from(seal);
    other[at + 4] = version;
    const report = verify(other);
    expect(report).toMatchObject({ format: "ses-seal", verdict: "INDETERMINATE" });
    expect(report.summary).toContain(
      `Not supported by this version: the seal has version ${String(version)}`,
    );
    expect(report.signatures[0]?.checks[0]).toMatchObject({ name: "signature-supported", result: "unknown" });
  });
});

describe("a seal signature by itself", () => {
  it("is indeterminate at best, because what it sealed is not at hand", async () => {
    const wishes = { seal, dataHash: new Uint8Array(32), propertyInfo: "/Signature.xml" };
    const report = verify(await forgeSealSignature(owner, wishes));
    expect(report).toMatchObject({ format: "ses-signature", verdict: "INDETERMINATE" });
    expect(report.signatures).toMatchObject([
      { sub_indication: "SIGNED_DATA_NOT_FOUND", seal: { version: 4 } },
    ]);
    expect(failedChecks(report)).toEqual([]);
  });

  it("is invalid when its signer's certificate cannot be read", async () => {
    const signerCertificate = Uint8Array.of(0x30, 0);
    const wishes = { seal, dataHash: new Uint8Array(32), propertyInfo: "", signerCertificate };
    const report = verify(await forgeSealSignature(owner, wishes));
    expect(report.verdict).toBe("INVALID");
    expect(failedChecks(report)).toEqual(["signature-format", "signer-in-seal"]);
  });
});
