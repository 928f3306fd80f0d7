import { describe, expect, it } from "vitest";

import { onePagePdf } from "../../testing/build-pdf.ts";
import { sealPdf } from "../../testing/seal-pdf.ts";
import { openPdf } from "../pdf/index.ts";
import { createLaterChanges } from "./pdf-later-changes.ts";

describe("the comparison of signed revisions with what is shown now", () => {
  const sealed = openPdf(sealPdf(sealPdf(sealPdf(onePagePdf(), { xMm: 5 }), { xMm: 10 }), { xMm: 15 }));
  const resultsWithin = (mostEntries: number): readonly string[] => {
    const laterChanges = createLaterChanges(sealed, mostEntries);
    return sealed.signatures.flatMap((signature) => laterChanges(signature)).map(({ check }) => check.result);
  };

  it("finds nothing where only seals follow", () => {
    expect(resultsWithin(1_000_000)).toEqual(["passed", "passed", "passed"]);
  });

  it("leaves open what there is no allowance for; the last signature needs none", () => {
    const once = sealed.document.xref.entries.size;
    expect(resultsWithin(once)).toEqual(["passed", "unknown", "passed"]);
    expect(resultsWithin(0)).toEqual(["unknown", "unknown", "passed"]);
  });
});
