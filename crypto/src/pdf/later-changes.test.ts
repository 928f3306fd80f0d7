import { describe, expect, it } from "vitest";

import { appendUpdate, onePagePdf } from "../../testing/build-pdf.ts";
import { sealPdf } from "../../testing/seal-pdf.ts";
import { bytesOfLatin1, latin1Of } from "../bytes/index.ts";
import { changesAfter } from "./later-changes.ts";
import { openPdf } from "./open.ts";

/** The codes of what changed since the first signature. */
function codes(pdf: Uint8Array): readonly string[] {
  const file = openPdf(pdf);
  const [signature] = file.signatures;
  if (signature === undefined) throw new Error("a signature expected");
  expect(signature.problems).toEqual([]);
  return changesAfter(file, signature).map(({ code }) => code);
}

const note = "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] >>";

describe.each(["table", "stream", "object-streams"] as const)(
  "what follows a seal (cross-reference as %s)",
  (xref) => {
    it.each([
      ["nothing in the file", onePagePdf({ xref })],
      [
        "direct lists",
        onePagePdf({
          xref,
          page: "/Annots [5 0 R]",
          catalog: "/AcroForm << /Fields [] >>",
          objects: { 5: note },
        }),
      ],
      [
        "lists in objects",
        onePagePdf({
          xref,
          page: "/Annots 6 0 R",
          catalog: "/AcroForm 7 0 R",
          objects: { 5: note, 6: "[5 0 R]", 7: "<< /Fields 8 0 R >>", 8: "[]" },
        }),
      ],
    ])("is no change while only seals follow: %s", (_, pdf) => {
      const once = sealPdf(pdf);
      const twice = sealPdf(once, { xMm: 5 });
      expect(codes(once)).toEqual([]);
      expect(codes(twice)).toEqual([]);
      expect(codes(sealPdf(twice, { xMm: 20 }))).toEqual([]);
    });
  },
);

describe("a sealed document that somebody altered and another one sealed", () => {
  const pdf = onePagePdf({
    page: "/Annots [5 0 R]",
    catalog: "/AcroForm 6 0 R /Names 40 0 R",
    objects: { 5: note, 6: "<< /Fields [] /DA (x) >>" },
  });
  const sealed = sealPdf(pdf);
  const text = latin1Of(sealed);
  const widget = /\/Fields \[(\d+ 0 R)\]|\/Fields \[ (\d+ 0 R)\]/.exec(text)?.slice(1).find(Boolean) ?? "";
  const page = /(<<\n\/Type \/Page\n[^]*?)>>\nendobj/.exec(text.slice(pdf.length))?.[1] ?? "";
  const form = "/DA (x) /SigFlags 3";

  it("is the document these attacks begin with", () => {
    expect(widget).toMatch(/^\d+ 0 R$/);
    expect(page).toContain(`/Annots [5 0 R ${widget}]`);
  });

  it.each<[string, string, Record<number, string>]>([
    ["the content of a page", "object-changed", { 4: "<< /Length 0 >>\nstream\n\nendstream" }],
    [
      "a page's content by another reference",
      "object-changed",
      { 3: page.replace("/Contents 4 0 R", "/Contents 900 0 R") + ">>" },
    ],
    ["a page's size", "object-changed", { 3: page.replace("[0 0 200 100]", "[0 0 200 900]") + ">>" }],
    ["an annotation", "object-changed", { 5: note.replace("9 9", "99 99") }],
    [
      "the list of pages",
      "object-changed",
      {
        2: "<< /Type /Pages /Kids [3 0 R 900 0 R] /Count 2 >>",
        900: "<< /Type /Page /MediaBox [0 0 9 9] >>",
      },
    ],
    [
      "what the catalog opens",
      "object-changed",
      { 1: "<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R /Names 40 0 R /OpenAction 3 0 R >>" },
    ],
    ["an object that was referred to and missing", "object-reused", { 40: "<< >>" }],
    ["the form's defaults", "form-changed", { 6: `<< /Fields [${widget}] /DA (y) /SigFlags 3 >>` }],
    [
      "the form by adding a field for text",
      "field-added",
      { 6: `<< /Fields [${widget} 900 0 R] ${form} >>`, 900: "<< /FT /Tx /T (a) >>" },
    ],
    [
      "the form by adding an unsigned field",
      "field-added",
      { 6: `<< /Fields [${widget} 900 0 R] ${form} >>`, 900: "<< /FT /Sig /T (a) >>" },
    ],
    [
      "a page by adding an annotation",
      "annotation-added",
      {
        3: page.replace(`${widget}]`, `${widget} 900 0 R]`) + ">>",
        900: note,
      },
    ],
    ["a page by removing an annotation", "pages-changed", { 3: page.replace("[5 0 R ", "[") + ">>" }],
  ])("has changed: %s", (_, code, objects) => {
    const altered = appendUpdate(sealed, objects);
    expect(codes(altered)).toContain(code);
    expect(codes(sealPdf(altered, { xMm: 5 }))).toContain(code);
  });

  it("has changed when an object moved to another generation, so that every reference to it leads nowhere", () => {
    const content = "0.9 g 10 10 50 20 re f";
    const same = `<< /Length ${String(content.length)} >>\nstream\n${content}\nendstream`;
    expect(text).toContain(`4 0 obj\n${same}\nendobj`);
    const altered = appendUpdate(sealed, { 4: same }, { generation: 1 });
    expect(codes(altered)).toContain("object-changed");
  });

  it("has changed when an object that is only a reference to nothing leads somewhere now", () => {
    const prepared = sealPdf(onePagePdf({ page: "/Annots 5 0 R", objects: { 5: "41 0 R" } }));
    expect(codes(prepared)).toEqual([]);
    expect(codes(appendUpdate(prepared, { 41: `[${note}]` }))).toContain("object-changed");
  });

  it("has changed when a cross-reference stream that a page refers to was replaced by another", () => {
    const prepared = onePagePdf({ xref: "stream", page: "/Thumb 5 0 R" });
    expect(latin1Of(prepared)).toContain("5 0 obj\n<< /Type /XRef");
    const once = sealPdf(prepared);
    const other = "<< /Type /XRef /Length 2 >>\nstream\nhi\nendstream";
    expect(codes(appendUpdate(once, { 5: other }))).toContain("object-changed");
  });

  it("has changed when a later signature's appearance is larger than a seal", () => {
    const large = onePagePdf({ page: "/MediaBox [0 0 900 900]" });
    const once = sealPdf(large, { widthMm: 101, heightMm: 101, xMm: 5, yMm: 5 });
    expect(codes(once)).toEqual([]);
    expect(codes(sealPdf(once, { widthMm: 90, heightMm: 90, xMm: 5, yMm: 5 }))).toEqual([]);
    expect(codes(sealPdf(once, { widthMm: 101, heightMm: 101, xMm: 5, yMm: 5 }))).toEqual([
      "annotation-added",
    ]);
  });

  it("has changed when a later signature's field acts when the file is read", () => {
    const twice = latin1Of(sealPdf(sealed, { xMm: 5 }));
    const added = twice.slice(text.length).replace("/Type /Annot\n", "/AA << >>    \n");
    expect(added).toContain("/AA");
    expect(codes(bytesOfLatin1(text + added))).toEqual(["field-added"]);
  });

  it("has lost its seal when the seal's own field changed", () => {
    const altered = appendUpdate(sealed, {
      [Number.parseInt(widget)]: "<< /FT /Sig /T (Seal1) /Rect [0 0 9 9] >>",
    });
    expect(openPdf(altered)).toMatchObject({ signatures: [], quirks: [{ code: "unreachable-signature" }] });
  });

  it("has changed when a second field borrows the name of the seal", () => {
    const copy = `<< /FT /Sig /T (Seal1) /V << /Type /Sig /Contents <3000> /ByteRange [0 1 2 3] >> >>`;
    const altered = appendUpdate(sealed, { 6: `<< /Fields [${widget} 900 0 R] ${form} >>`, 900: copy });
    expect(codes(altered)).toContain("field-added");
  });

  it("has changed when another catalog takes over", () => {
    const catalog = { 900: "<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R /Names 40 0 R >>" };
    expect(codes(appendUpdate(sealed, catalog, { root: "900 0 R" }))).toContain("form-changed");
  });

  it("cannot be compared when the signed bytes are no document by themselves", () => {
    const file = openPdf(sealed);
    const [signature] = file.signatures;
    if (signature === undefined) throw new Error("a signature expected");
    const early = { ...signature, revisionEnd: 100 };
    expect(changesAfter(file, early)).toMatchObject([{ code: "revision-unreadable" }]);
  });

  it("says when the signature was not shown in the revision it covers", () => {
    const file = openPdf(sealed);
    const [signature] = file.signatures;
    if (signature === undefined) throw new Error("a signature expected");
    const early = { ...signature, revisionEnd: pdf.length };
    expect(changesAfter(file, early).map(({ code }) => code)).toContain("signature-not-in-revision");
  });

  it("is not changed by white space at its end", () => {
    expect(codes(bytesOfLatin1(`${text}\n`))).toEqual([]);
  });
});
