import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { onePagePdf } from "../../testing/build-pdf.ts";
import { sealPdf, sealRequest, someDerValue } from "../../testing/seal-pdf.ts";
import { bytesOfLatin1, concatBytes, equalBytes } from "../bytes/index.ts";
import { openPdf } from "./open.ts";
import type { PdfFile } from "./open.ts";
import { rawOf } from "./objects.ts";
import { parseObject } from "./parse.ts";
import { PdfError } from "./pdf-error.ts";
import { preparePdfSeal } from "./prepare-seal.ts";

const kinds = ["table", "stream", "object-streams"] as const;
const plain = kinds.map((xref) => onePagePdf({ xref }));
const sealed = plain.map((pdf) => sealPdf(pdf));

/** The file, or `undefined` if it was refused; anything but a PdfError is a fault and fails the test. */
function openOrRefuse(pdf: Uint8Array): PdfFile | undefined {
  try {
    return openPdf(pdf);
  } catch (error) {
    if (error instanceof PdfError) return undefined;
    throw error;
  }
}

describe("reading", () => {
  const anyPdf = fc.constantFrom(...plain, ...sealed);

  it("refuses a file cut anywhere with a PdfError, or says that the seal is gone", () => {
    fc.assert(
      fc.property(anyPdf, fc.nat(), (pdf, length) => {
        const file = openOrRefuse(pdf.subarray(0, length % (pdf.length - 1)));
        expect(file?.signatures ?? []).toEqual([]);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("meets every change of a few bytes with a file or a PdfError", () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(anyPdf, fc.array(change, { minLength: 1, maxLength: 5 }), (pdf, changes) => {
        const changed = Uint8Array.from(pdf);
        for (const [at, value] of changes) changed[at % pdf.length] = value;
        const file = openOrRefuse(changed);
        for (const signature of file?.signatures ?? []) signature.signedBytes();
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("meets a swap of two stretches with a file or a PdfError", () => {
    fc.assert(
      fc.property(anyPdf, fc.nat(), fc.nat(), fc.nat({ max: 60 }), (pdf, one, other, length) => {
        const from = one % pdf.length;
        const to = other % pdf.length;
        const changed = Uint8Array.from(pdf);
        changed.set(pdf.subarray(from, Math.min(from + length, from + pdf.length - to)), to);
        openOrRefuse(changed);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("meets any bytes behind a header with a PdfError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const end = bytesOfLatin1("\nstartxref\n9\n%%EOF\n");
        expect(openOrRefuse(concatBytes(bytesOfLatin1("%PDF-1.7\n"), bytes, end))).toBeUndefined();
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("reads an object and its own bytes to the same object", () => {
    const leaf = fc.oneof(
      fc.constantFrom("true", "null", "-1.5", "12 0 R", "/Name", "(a(b)\\n)", "<0aF>", "[]", "<<>>"),
      fc.integer().map(String),
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, leaf, tie("array"), tie("dictionary")),
      array: fc.array(tie("value")).map((items) => `[${items.join(" ")}]`),
      dictionary: fc
        .array(tie("value"))
        .map((items) => `<< ${items.map((item, at) => `/K${String(at)} ${String(item)}`).join("\n")} >>`),
    })).value;
    fc.assert(
      fc.property(value, (text) => {
        const source = bytesOfLatin1(String(text));
        expect(rawOf(parseObject({ bytes: source, at: 0 }))).toEqual(source);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe.each(kinds.map((kind, index) => [kind, sealed[index] ?? new Uint8Array()] as const))(
  "a sealed PDF with its cross-reference as %s",
  (name, pdf) => {
    const [before, after] = openPdf(pdf).signatures[0]?.signedBytes() ?? [];
    const value = someDerValue();

    /** Whether a verifier that trusts this reader would take the file for the one that was sealed. */
    function looksUntouched(file: PdfFile | undefined): boolean {
      const [signature] = file?.signatures ?? [];
      const [first, second] = signature?.signedBytes() ?? [];
      if (signature?.coversWholeFile !== true || before === undefined || after === undefined) return false;
      if (first === undefined || second === undefined) return false;
      return equalBytes(first, before) && equalBytes(second, after) && equalBytes(signature.contents, value);
    }

    it("looks untouched as it is", () => {
      expect(looksUntouched(openPdf(pdf))).toBe(true);
    });

    // 0x20 changes the case of a letter; one kind of file shows what that does, and the others cost a second each.
    it.each(name === "table" ? [0x01, 0x20] : [0x01])(
      "no longer does after any byte of it changed (by %d)",
      (bits) => {
        const changed = Uint8Array.from(pdf);
        const unnoticed: number[] = [];
        for (const [at, byte] of pdf.entries()) {
          changed[at] = byte ^ bits;
          if (looksUntouched(openOrRefuse(changed))) unnoticed.push(at);
          changed[at] = byte;
        }
        expect(unnoticed).toEqual([]);
      },
    );
  },
);

describe("preparing", () => {
  it("seals wherever the box lies on the page, and refuses wherever it does not", () => {
    const pdf = openPdf(onePagePdf({ page: "/Rotate 90 /CropBox [10 10 190 90]" }));
    const [page] = pdf.pages;
    const millimetres = fc.double({ min: -10, max: 80, noNaN: true });
    fc.assert(
      fc.property(
        millimetres,
        millimetres,
        fc.double({ min: 0.1, max: 60, noNaN: true }),
        (xMm, yMm, sizeMm) => {
          const request = sealRequest({ xMm, yMm, widthMm: sizeMm, heightMm: sizeMm });
          const widest = Math.max(
            xMm + sizeMm - (page?.widthMm ?? 0),
            yMm + sizeMm - (page?.heightMm ?? 0),
            -xMm,
            -yMm,
          );
          fc.pre(Math.abs(widest) > 0.02);
          if (widest > 0) expect(() => preparePdfSeal(pdf, request)).toThrow(PdfError);
          else
            expect(openPdf(preparePdfSeal(pdf, request).complete(someDerValue())).signatures).toHaveLength(1);
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
  });
});
