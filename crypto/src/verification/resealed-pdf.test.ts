import { beforeAll, describe, expect, it } from "vitest";

import { appendUpdate, onePagePdf } from "../../testing/build-pdf.ts";
import { forgeSeal, forgeSealSignature } from "../../testing/forge-seal.ts";
import { sealRequest } from "../../testing/seal-pdf.ts";
import { createTestAuthority } from "../../testing/test-authority.ts";
import type { TestAuthority, TestIdentity } from "../../testing/test-authority.ts";
import { latin1Of } from "../bytes/index.ts";
import { openPdf, preparePdfSeal } from "../pdf/index.ts";
import type { PdfSealRequest } from "../pdf/index.ts";
import { verifyDocument } from "./index.ts";
import type { VerificationReport } from "./index.ts";

const at = new Date("2026-11-22T00:00:00Z");
const note = "<< /Type /Annot /Subtype /FreeText /Rect [0 0 200 100] >>";

let authority: TestAuthority;
let maker: TestIdentity;
/** Signs for the document; the forger has a good seal of his own, under the same trusted authority. */
let owner: TestIdentity;
let forger: TestIdentity;
let sealed: Uint8Array;

beforeAll(async () => {
  authority = await createTestAuthority();
  maker = await authority.issue("seal-maker", "Seal Maker");
  owner = await authority.issue("seal-owner", "11000000000001");
  forger = await authority.issue("seal-owner", "11000000000002");
  sealed = await sealPdf(owner, onePagePdf({ page: "/MediaBox [0 0 400 400]" }));
});

async function sealPdf(
  signer: TestIdentity,
  pdf: Uint8Array,
  changes: Partial<PdfSealRequest> = {},
): Promise<Uint8Array> {
  const code = signer === owner ? "11000000000001" : "11000000000002";
  const signers = { listType: 1, certificates: [signer.certificate.raw] } as const;
  const seal = await forgeSeal(maker, { signers, code });
  const prepared = preparePdfSeal(openPdf(pdf), sealRequest({ contentsBytes: 4000, ...changes }));
  const wishes = { seal, dataHash: prepared.dataHash, propertyInfo: "" };
  return prepared.complete(await forgeSealSignature(signer, wishes));
}

function verify(bytes: Uint8Array): VerificationReport {
  return verifyDocument({ name: "reply.pdf", bytes }, { trust: [authority.certificate], at });
}

/** Of each signature, in the form's order: its verdict and what was found of later changes. */
function laterChanges(report: VerificationReport): readonly string[] {
  return report.signatures.map(({ verdict, checks }) => {
    const results = checks.filter(({ name }) => name === "later-changes").map(({ result }) => result);
    return [verdict, ...new Set(results)].join(" ");
  });
}

/** The page of the sealed document, with one more annotation. */
function annotatedPage(pdf: Uint8Array): string {
  const page = /(<<\n\/Type \/Page\n[^]*?)>>\nendobj/g;
  const last = [...latin1Of(pdf).matchAll(page)].at(-1)?.[1] ?? "";
  return `${last.replace(/\/Annots \[([^\]]*)\]/, "/Annots [$1 900 0 R]")}>>`;
}

describe("a sealed PDF that somebody else sealed after it", () => {
  it("keeps both seals good while nothing else was added", async () => {
    const report = verify(await sealPdf(forger, sealed, { xMm: 5 }));
    expect(laterChanges(report)).toEqual(["VALID_WITH_WARNINGS passed", "VALID_WITH_WARNINGS passed"]);
    expect(report.verdict).toBe("VALID_WITH_WARNINGS");
  });

  it("is invalid when a page was changed in between, and the object is named", async () => {
    const altered = appendUpdate(sealed, { 4: "<< /Length 9 >>\nstream\n0 g 0 0 m\nendstream" });
    const report = verify(await sealPdf(forger, altered, { xMm: 5 }));
    expect(report.verdict).toBe("INVALID");
    expect(laterChanges(report)).toEqual(["INVALID failed", "VALID_WITH_WARNINGS passed"]);
    expect(report.signatures[0]).toMatchObject({ sub_indication: "FORMAT_FAILURE" });
    expect(report.summary).toBe("Not valid: After sealing: Object 4 was changed or removed.");
    expect(report.uncovered).toEqual([]);
  });

  it("is indeterminate when an annotation was laid over the page in between", async () => {
    const altered = appendUpdate(sealed, { 3: annotatedPage(sealed), 900: note });
    const report = verify(await sealPdf(forger, altered, { xMm: 5 }));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(laterChanges(report)).toEqual(["INDETERMINATE unknown", "VALID_WITH_WARNINGS passed"]);
    expect(report.summary).toContain("An annotation was added on page 1.");
  });

  it("is indeterminate when the later seal's appearance is larger than a seal", async () => {
    const report = verify(await sealPdf(forger, sealed, { xMm: 5, yMm: 5, widthMm: 130, heightMm: 130 }));
    expect(report.verdict).toBe("INDETERMINATE");
    expect(report.summary).toContain("larger than a seal");
  });

  it("says that a signature is no longer shown when the first one was taken out of the form", async () => {
    const bare = "<< /Type /Catalog /Pages 2 0 R >>";
    const report = verify(await sealPdf(forger, appendUpdate(sealed, { 1: bare }), { xMm: 5 }));
    expect(report.signatures).toHaveLength(1);
    expect(report.summary).toContain("a signature that no field shows is at byte");
  });
});

describe("a PDF from whose form the only signature was taken", () => {
  it("is unsigned, and the summary says that a signature was cut off", () => {
    const report = verify(appendUpdate(sealed, { 1: "<< /Type /Catalog /Pages 2 0 R >>" }));
    expect(report.verdict).toBe("UNSIGNED");
    expect(report.summary).toMatch(
      /^No seal in this file: a signature was cut off at byte \d+; a picture of a seal is not a seal\.$/,
    );
  });
});
