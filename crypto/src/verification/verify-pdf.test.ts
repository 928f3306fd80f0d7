import { beforeAll, describe, expect, it } from "vitest";

import { appendUpdate, onePagePdf } from "../../testing/build-pdf.ts";
import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { checksThat, onlySignature } from "../../testing/read-report.ts";
import { sealRequest } from "../../testing/seal-pdf.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { bytesOfLatin1, concatBytes, latin1Of, utf8Of } from "../bytes/index.ts";
import { openPdf, preparePdfSeal } from "../pdf/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const unsealed = onePagePdf();

let authority: TestAuthority;
let owner: TestIdentity;
let seal: Uint8Array;
let sealed: Uint8Array;

beforeAll(async () => {
  authority = await createTestAuthority();
  const maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  seal = await forgeSeal(maker, { signers: { listType: 1, certificates: [owner.certificate.raw] } });
  sealed = await sealPdf(unsealed);
});

async function sealPdf(pdf: Uint8Array, signedAt = new Date("2026-11-21T02:02:11Z")): Promise<Uint8Array> {
  const prepared = preparePdfSeal(openPdf(pdf), sealRequest({ contentsBytes: 4000, signedAt }));
  const wishes = { seal, dataHash: prepared.dataHash, propertyInfo: "", signedAt };
  return prepared.complete(await forgeSealSignature(owner, wishes));
}

function verify(bytes: Uint8Array, trust = [authority.certificate]): VerificationReport {
  return verifyDocument({ name: "reply.pdf", bytes }, { trust, at });
}

/** Replaces bytes by as many others, so that nothing else moves. */
function edited(pdf: Uint8Array, from: string, to: string): Uint8Array {
  const text = latin1Of(pdf);
  if (from.length !== to.length || !text.includes(from)) throw new Error(`cannot edit ${from}`);
  return bytesOfLatin1(text.replace(from, to));
}

describe("a sealed PDF", () => {
  it("is valid with notes, and its seal and signer are named", () => {
    const report = verify(sealed);
    expect(report).toMatchObject({
      format: "pdf",
      verdict: "VALID_WITH_WARNINGS",
      uncovered: [],
      quirks: [],
    });
    expect(report.summary).toBe(
      "Valid, with notes: sealed with 测试市审批局 (11000000000001); nothing was changed since; revocation not checked; time claimed only.",
    );
    expect(onlySignature(report)).toMatchObject({
      id: "Seal1",
      kind: "seal",
      signer: { subject: "CN=11000000000001, O=11000000MB2C00001XYinxin Test, C=CN", algorithm: "SM2" },
      seal: { code: "11000000000001", version: 4 },
      time: { claimed: "2026-11-21T02:02:11.000Z" },
      coverage: { whole: true },
    });
    expect(checksThat(report, "failed")).toEqual([]);
  });

  it("is indeterminate without a trust anchor", () => {
    const report = verify(sealed, []);
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report).sub_indication).toBe("NO_CERTIFICATE_CHAIN_FOUND");
  });

  it("is invalid after a byte changed, and the signed revision is named", () => {
    const report = verify(edited(sealed, "0.9 g 10 10 50 20", "0.1 g 10 10 50 20"));
    const range = `bytes 0–${String(sealed.length - 1)}`;
    expect(report.verdict).toBe("INVALID");
    expect(report.summary).toBe(`Not valid: The signed revision (${range}) was changed after sealing.`);
    expect(checksThat(report, "failed")).toEqual(["data-hash"]);
    expect(onlySignature(report).sub_indication).toBe("HASH_FAILURE");
  });

  it("is invalid after an update was appended, even one that changes no page", () => {
    for (const objects of [{ 4: "<< /Length 0 >>\nstream\n\nendstream" }, { 900: "<< >>" }]) {
      const report = verify(appendUpdate(sealed, objects));
      expect(report.verdict).toBe("INVALID");
      expect(report.uncovered).toMatchObject([{ visible: true }]);
      expect(report.summary).toContain("were added after the last signature");
      expect(onlySignature(report).coverage.whole).toBe(false);
    }
  });

  it("is invalid when anything follows its end, however short", () => {
    const report = verify(concatBytes(sealed, utf8Of("%x")));
    expect(report.verdict).toBe("INVALID");
    expect(report.uncovered).toMatchObject([{ visible: true }]);
  });

  it("is invalid when more than a line end follows, though it be empty lines", () => {
    expect(verify(concatBytes(sealed, utf8Of("\n\n\n"))).verdict).toBe("INVALID");
  });

  it("may be followed by a line end, which is named as uncovered", () => {
    const report = verify(concatBytes(sealed, utf8Of("\n")));
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
    expect(report.uncovered).toMatchObject([{ visible: false }]);
  });

  it("is invalid when the byte range leaves out more than the signature value", () => {
    const [, , start = 0] = openPdf(sealed).signatures[0]?.byteRange ?? [];
    const report = verify(edited(sealed, ` ${String(start)} `, ` ${String(start + 1)} `));
    expect(report.verdict).toBe("INVALID");
    expect(checksThat(report, "failed")).toContain("byte-range");
    expect(onlySignature(report).sub_indication).toBe("FORMAT_FAILURE");
  });

  it("is invalid when the room behind the signature value is used", () => {
    const [, gapStart = 0, gapEnd = 0] = openPdf(sealed).signatures[0]?.byteRange ?? [];
    expect(gapStart).toBeLessThan(gapEnd);
    const hidden = Uint8Array.from(sealed);
    hidden[gapEnd - 2] = 0x31;
    expect(checksThat(verify(hidden), "failed")).toEqual(["byte-range"]);
  });

  it("may be sealed again; the first signature then covers an earlier revision", async () => {
    const twice = await sealPdf(sealed, new Date("2026-11-21T03:00:00Z"));
    const report = verify(twice);
    expect(report).toMatchObject({ verdict: "VALID_WITH_WARNINGS", uncovered: [] });
    expect(report.signatures.map(({ coverage }) => coverage.whole)).toEqual([false, true]);
    expect(report.summary).toContain("Seal1 covers an earlier revision only");
  });

  it("is unsigned before it is sealed", () => {
    expect(verify(unsealed)).toMatchObject({ format: "pdf", verdict: "UNSIGNED", signatures: [] });
  });
});

describe("a PDF signature of a kind that waits for a later version", () => {
  it("is indeterminate, and says which kind it is", () => {
    const report = verify(edited(sealed, "/GM.sm2seal", "/GM.sm2xxxx"));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(onlySignature(report)).toMatchObject({
      kind: "signature",
      sub_indication: "SIG_CONSTRAINTS_FAILURE",
    });
    expect(report.summary).toContain("GM.sm2xxxx");
  });
});

describe("a PDF that cannot be looked into", () => {
  it("is invalid when it breaks off", () => {
    const report = verify(unsealed.subarray(0, unsealed.length / 2));
    expect(report).toMatchObject({ format: "pdf", verdict: "INVALID", problem: { code: "pdf-truncated" } });
    expect(report.summary).toContain("FORMAT_FAILURE");
  });

  it("is invalid when it has more signatures than anyone lays on a document", () => {
    const numbers = Array.from({ length: 101 }, (_, index) => 5 + index);
    const fields = numbers.map((number) => `${String(number)} 0 R`).join(" ");
    const field = (number: number): string => `<< /FT /Sig /T (f${String(number)}) /V << /Type /Sig >> >>`;
    const report = verify(
      onePagePdf({
        catalog: `/AcroForm << /Fields [${fields}] >>`,
        objects: Object.fromEntries(numbers.map((number) => [number, field(number)])),
      }),
    );
    expect(report).toMatchObject({ verdict: "INVALID", problem: { code: "too-many-signatures" } });
  });

  it("is indeterminate when it is encrypted", () => {
    const report = verify(onePagePdf({ trailer: "/Encrypt 9 0 R" }));
    expect(report).toMatchObject({ verdict: "INDETERMINATE", problem: { code: "pdf-encrypted" } });
  });
});
