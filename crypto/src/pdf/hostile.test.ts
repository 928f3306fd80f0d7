import { deflateSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { appendFreeEntries, onePagePdf } from "../../testing/build-pdf.ts";
import { bytesOfLatin1 } from "../bytes/index.ts";
import { pdfLimits } from "./limits.ts";
import { openPdf } from "./open.ts";

const form = "/AcroForm 5 0 R";

/** References to objects with consecutive numbers. */
function references(first: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `${String(first + index)} 0 R`).join(" ");
}

function numbered(first: number, count: number, body: (index: number) => string): Record<number, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [first + index, body(index)]));
}

/** A file of one object stream with this many members in its head, of which the catalog is said to be the second. */
function manyMembers(count: number): Uint8Array {
  const head = "0 0 ".repeat(count);
  const packed = deflateSync(bytesOfLatin1(`${head}<< >>`), { level: 1 }).toString("latin1");
  const entries = `/Type /ObjStm /N ${String(count)} /First ${String(head.length)} /Filter /FlateDecode`;
  const stream = `<< ${entries} /Length ${String(packed.length)} >>\nstream\n${packed}\nendstream`;
  const file = `%PDF-1.7\n1 0 obj\n${stream}\nendobj\n`;
  const rows = "\x01\0\0\0\x09\0\0\x02\0\0\0\x01\0\0";
  const xref = `<< /Type /XRef /W [1 4 2] /Index [1 2] /Size 4 /Root 2 0 R /Length 14 >>\nstream\n${rows}\nendstream`;
  return bytesOfLatin1(`${file}3 0 obj\n${xref}\nendobj\nstartxref\n${String(file.length)}\n%%EOF\n`);
}

describe("a PDF that was made to exhaust its reader", () => {
  it("is refused when each stream's length is another stream, and does not exhaust the stack", () => {
    const count = 20_000;
    const streams = numbered(
      5,
      count,
      (index) => `<< /Length ${String(index + 6)} 0 R >>\nstream\n\nendstream`,
    );
    const pdf = onePagePdf({ catalog: form, objects: { ...streams, [count + 5]: "0" } });
    expect(() => openPdf(pdf)).toThrow("too many objects are needed to read one");
  });

  it("is refused when it has more values than memory for them", () => {
    const values = "0 ".repeat(pdfLimits.parsedValues + 1);
    const pdf = onePagePdf({ catalog: form, objects: { 5: `<< /X [${values}] >>` } });
    expect(() => openPdf(pdf)).toThrow("the file has too many values");
  });

  it("is refused when an object stream claims more members than a file may have", () => {
    expect(() => openPdf(manyMembers(pdfLimits.objectStreamMembers + 1))).toThrow(
      "too many objects in object streams",
    );
  });

  it("is refused when its cross-reference lists more objects than the file has room for", () => {
    const pdf = onePagePdf();
    expect(() => openPdf(appendFreeEntries(pdf, 100_000))).toThrow("too many cross-reference entries");
    expect(openPdf(appendFreeEntries(pdf, 10_000)).pages).toHaveLength(1);
  });

  it("is refused when many fields share one long list of widgets", () => {
    const fields = numbered(10, 200, (index) => `<< /FT /Tx /T (f${String(index)}) /Kids 6 0 R >>`);
    const shared = { 5: `<< /Fields [${references(10, 200)}] >>`, 6: `[${"7 0 R ".repeat(1000)}]` };
    const pdf = onePagePdf({ catalog: form, objects: { ...shared, 7: "<< /Subtype /Widget >>", ...fields } });
    expect(() => openPdf(pdf)).toThrow("the form is too large");
  });

  it("is refused when the names of its fields have no end", () => {
    const objects = { 5: "<< /Fields [6 0 R] >>", 6: `<< /FT /Tx /T (${"n".repeat(5000)}) >>` };
    expect(() => openPdf(onePagePdf({ catalog: form, objects }))).toThrow(
      "the name of a form field is too long",
    );
  });

  it("is read in one pass over marks and fields, however many there are of both", () => {
    const fields = numbered(10, 15_000, (index) => `<< /FT /Tx /T (f${String(index)}) /V << /V 1 >> >>`);
    const marks = { 5: `<< /Fields [${references(10, 15_000)}] >>`, 6: `(${"/ByteRange".repeat(500_000)})` };
    const { quirks } = openPdf(onePagePdf({ catalog: form, objects: { ...marks, ...fields } }));
    expect(quirks).toHaveLength(pdfLimits.quirks);
  });
});
