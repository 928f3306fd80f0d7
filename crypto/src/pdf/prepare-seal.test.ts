import { describe, expect, it } from "vitest";

import { appendUpdate, assemblePdf, onePagePdf } from "../../testing/build-pdf.ts";
import { sealPdf, sealRequest, someDerValue } from "../../testing/seal-pdf.ts";
import { bytesOfLatin1, concatBytes, latin1Of } from "../bytes/index.ts";
import { digest } from "../digest/index.ts";
import { dictionaryAt } from "./document.ts";
import type { PdfDictionary } from "./objects.ts";
import { openPdf } from "./open.ts";
import type { PdfFile } from "./open.ts";
import { rectangleAt } from "./page-tree.ts";
import type { Rectangle } from "./page-tree.ts";
import { preparePdfSeal } from "./prepare-seal.ts";
import type { PdfSealRequest } from "./prepare-seal.ts";
import { readFields } from "./fields.ts";

function fieldOf(file: PdfFile, name: string): PdfDictionary {
  const field = readFields(file.document).fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new Error(`no field ${name}`);
  return field.dictionary;
}

function annotationCounts(file: PdfFile): readonly number[] {
  return file.pages.map((page) => {
    const list = file.document.resolve(
      dictionaryAt(file.document, page.reference, "page").entries.get("Annots"),
    );
    return list.kind === "array" ? list.items.length : 0;
  });
}

function refusal(pdf: Uint8Array, changes: Partial<PdfSealRequest> = {}): string {
  try {
    preparePdfSeal(openPdf(pdf), sealRequest(changes));
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "prepared";
}

describe.each(["table", "stream", "object-streams"] as const)(
  "sealing a PDF with its cross-reference as %s",
  (xref) => {
    const pdf = onePagePdf({ xref });

    it("keeps the input, byte for byte, in front of one new revision", () => {
      const sealed = sealPdf(pdf);
      expect(sealed.subarray(0, pdf.length)).toEqual(pdf);
      expect(openPdf(sealed).revisions.map(({ end }) => end)).toEqual([pdf.length, sealed.length]);
    });

    it("writes the new cross-reference section as the old one was", () => {
      const kinds = openPdf(sealPdf(pdf)).document.xref.sections.map(({ kind }) => kind);
      expect(kinds).toEqual(xref === "table" ? ["table", "table"] : ["stream", "stream"]);
    });

    it("gives the digest of what the signature will cover before there is a value", () => {
      const prepared = preparePdfSeal(openPdf(pdf), sealRequest());
      const [signature] = openPdf(prepared.complete(someDerValue())).signatures;
      expect(prepared.fieldName).toBe(signature?.id);
      expect(prepared.dataHash).toEqual(digest("SM3", ...(signature?.signedBytes() ?? [])));
    });

    it("gives the same bytes for the same request", () => {
      expect(sealPdf(pdf)).toEqual(sealPdf(pdf));
    });

    it("adds a second seal that leaves the first one's bytes alone", () => {
      const once = sealPdf(pdf);
      const twice = sealPdf(once, { xMm: 5 });
      expect(twice.subarray(0, once.length)).toEqual(once);
      expect(
        openPdf(twice).signatures.map(({ id, coversWholeFile, revisionEnd, problems }) => ({
          id,
          coversWholeFile,
          revisionEnd,
          problems,
        })),
      ).toEqual([
        { id: "Seal1", coversWholeFile: false, revisionEnd: once.length, problems: [] },
        { id: "Seal2", coversWholeFile: true, revisionEnd: twice.length, problems: [] },
      ]);
      expect(annotationCounts(openPdf(twice))).toEqual([2]);
    });

    it("uses only object numbers that no revision ever used", () => {
      const grown = appendUpdate(pdf, { 3: "<< /Type /Page /MediaBox [0 0 200 100] >>" }, { size: 77 });
      const sealed = openPdf(sealPdf(xref === "table" ? grown : pdf));
      const before = openPdf(xref === "table" ? grown : pdf).document.xref;
      const added = [...sealed.document.xref.newest.entries.keys()].filter(
        (number) => !before.entries.has(number),
      );
      expect(Math.min(...added)).toBeGreaterThanOrEqual(before.nextNumber);
    });
  },
);

/** Where a rectangle in user space is displayed; written from the definition of /Rotate, not from the code under test. */
function displayed(
  [left, bottom, right, top]: Rectangle,
  crop: Rectangle,
  rotation: number,
  unitMm: number,
): number[] {
  const width = crop[2] - crop[0];
  const height = crop[3] - crop[1];
  const corners = [
    [left - crop[0], crop[3] - top],
    [right - crop[0], crop[3] - bottom],
  ] as const;
  // One turn clockwise carries a point (x, y), measured from the top left, to (height - y, x).
  const turned = corners.map(([x, y]) => {
    let [px, py, w, h] = [x, y, width, height];
    for (let turn = 0; turn < rotation; turn += 90) [px, py, w, h] = [h - py, px, h, w];
    return [px, py] as const;
  });
  const xs = turned.map(([x]) => x * unitMm);
  const ys = turned.map(([, y]) => y * unitMm);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

describe("the place of the seal", () => {
  const unit = 25.4 / 72;
  const boxes = [
    { box: "/MediaBox [0 0 200 100]", crop: [0, 0, 200, 100] as const, unitMm: unit },
    {
      box: "/MediaBox [-30 -40 400 300] /CropBox [50 20 250 140]",
      crop: [50, 20, 250, 140] as const,
      unitMm: unit,
    },
    { box: "/MediaBox [0 0 100 50] /UserUnit 2", crop: [0, 0, 100, 50] as const, unitMm: unit * 2 },
  ];
  const cases = boxes.flatMap((box) => [0, 90, 180, 270].map((rotation) => ({ ...box, rotation })));

  it.each(cases)(
    "is millimetres from the displayed top left: $box /Rotate $rotation",
    ({ box, crop, rotation, unitMm }) => {
      const pdf = onePagePdf({ page: `${box} /Rotate ${String(rotation)}` });
      const place = { xMm: 12.3, yMm: 4.5, widthMm: 20, heightMm: 15 };
      const sealed = openPdf(sealPdf(pdf, place));
      const rectangle = rectangleAt(sealed.document, fieldOf(sealed, "Seal1").entries.get("Rect"), "Rect");
      const found = displayed(rectangle ?? [0, 0, 0, 0], crop, rotation, unitMm);
      [12.3, 4.5, 32.3, 19.5].forEach((expected, index) => {
        expect(Math.abs((found[index] ?? NaN) - expected)).toBeLessThan(0.001);
      });
    },
  );

  it.each([
    ["begins left of the page", { xMm: -1 }],
    ["begins above the page", { yMm: -0.5 }],
    ["ends right of the page", { xMm: 51 }],
    ["ends below the page", { yMm: 16 }],
    ["has no width", { widthMm: 0 }],
    ["has a negative height", { heightMm: -20, yMm: 30 }],
    ["is not a number", { xMm: Number.NaN }],
  ])("is refused when it %s", (_, changes) => {
    expect(refusal(onePagePdf(), changes)).toBe("placement-outside-page");
  });

  it("may be the very edge of the page", () => {
    expect(refusal(onePagePdf(), { xMm: 200 * unit - 20, yMm: 100 * unit - 20 })).toBe("prepared");
  });

  it.each([1, -1, 0.5])("is refused on page %d of a one-page document", (pageIndex) => {
    expect(refusal(onePagePdf(), { pageIndex })).toBe("page-not-found");
  });

  it("is the page that was asked for, even if two pages share one list of annotations", () => {
    const page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Annots 5 0 R >>";
    const pdf = assemblePdf({
      xref: "table",
      objects: {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        3: page,
        4: page,
        5: "[6 0 R]",
        6: "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] >>",
      },
    });
    expect(annotationCounts(openPdf(sealPdf(pdf, { pageIndex: 1 })))).toEqual([1, 2]);
  });
});

describe("what is there already", () => {
  const oldField = "<< /FT /Tx /T (old) /Type /Annot /Subtype /Widget /Rect [0 0 9 9] >>";

  it.each([
    ["everything direct", "/Annots [5 0 R]", "/AcroForm << /Fields [5 0 R] /DA (x) >>", {}],
    [
      "everything in objects of its own",
      "/Annots 6 0 R",
      "/AcroForm 7 0 R",
      { 6: "[5 0 R]", 7: "<< /Fields 8 0 R /SigFlags 1 >>", 8: "[5 0 R]" },
    ],
    ["a form without a list of fields", "/Annots [5 0 R]", "/AcroForm 7 0 R", { 7: "<< /DA (x) >>" }],
    ["a list of annotations that is null", "/Annots 99 0 R", "/AcroForm null", {}],
  ])("is extended, not replaced: %s", (_, page, catalog, objects) => {
    const pdf = onePagePdf({ page, catalog, objects: { 5: oldField, ...objects } });
    const before = openPdf(pdf);
    const after = openPdf(sealPdf(pdf));
    expect(annotationCounts(after)[0]).toBe((annotationCounts(before)[0] ?? 0) + 1);
    const names = (file: PdfFile): string[] => readFields(file.document).fields.map(({ name }) => name);
    expect(names(after)).toEqual([...names(before), "Seal1"]);
    const form = dictionaryAt(
      after.document,
      after.document.resolve(catalogEntry(after, "AcroForm")),
      "form",
    );
    expect(form.entries.get("SigFlags")).toMatchObject({ value: 3 });
  });

  function catalogEntry(file: PdfFile, key: string): ReturnType<PdfFile["document"]["resolve"]> {
    const catalog = dictionaryAt(file.document, file.document.trailer.entries.get("Root"), "catalog");
    return file.document.resolve(catalog.entries.get(key));
  }

  it("keeps unknown entries of page, catalog and trailer as they were written", () => {
    const pdf = onePagePdf({
      page: "/X#20Y (a\\)b) /__proto__ 7",
      catalog: "/Lang (zh-CN)",
      trailer: "/Info 5 0 R /Vendor [1  2]",
      objects: { 5: "<< /Title (t) >>" },
    });
    const update = latin1Of(sealPdf(pdf).subarray(pdf.length));
    expect(update).toContain("/X#20Y (a\\)b)");
    expect(update).toContain("/__proto__ 7");
    expect(update).toContain("/Lang (zh-CN)");
    expect(update).toContain("/Vendor [1  2]");
    expect(update).toContain("/Info 5 0 R");
  });

  it("keeps the first half of the file identifier and changes the second (ISO 32000-1 §14.4)", () => {
    const sealed = openPdf(sealPdf(onePagePdf({ trailer: "/ID [<00FF> <00FF>]" })));
    const id = sealed.document.resolve(sealed.document.trailer.entries.get("ID"));
    const halves =
      id.kind === "array" ? id.items.map((item) => (item.kind === "string" ? item.bytes : [])) : [];
    expect(halves[0]).toEqual(Uint8Array.of(0, 255));
    expect(halves[1]).toHaveLength(16);
  });

  it("is refused if a dictionary that must be rewritten names a key twice", () => {
    expect(refusal(onePagePdf({ page: "/Tabs /S /Tabs /R" }))).toBe("pdf-malformed");
  });

  it("is refused if bytes follow the end", () => {
    expect(refusal(bytesOfLatin1(`${latin1Of(onePagePdf())}<!-- -->`))).toBe("pdf-malformed");
  });

  it("gets a line end if the file has none", () => {
    const pdf = onePagePdf();
    const bare = pdf.subarray(0, pdf.length - 1);
    expect(latin1Of(sealPdf(bare)).startsWith(`${latin1Of(bare)}\n`)).toBe(true);
  });
});

describe("the field's name", () => {
  it("is the first that is free", () => {
    const objects = { 5: "<< /T (Seal1) >>", 6: "<< /T (Seal3) >>" };
    const pdf = onePagePdf({ catalog: "/AcroForm << /Fields [5 0 R 6 0 R] >>", objects });
    expect(preparePdfSeal(openPdf(pdf), sealRequest()).fieldName).toBe("Seal2");
  });

  it.each(["印章一", "Seal (1)", "office-7"])("may be %s", (fieldName) => {
    expect(openPdf(sealPdf(onePagePdf(), { fieldName })).signatures.map(({ id }) => id)).toEqual([fieldName]);
  });

  it.each(["", "a.b", "a\nb", "x".repeat(101)])("is refused when it is %j", (fieldName) => {
    expect(refusal(onePagePdf(), { fieldName })).toBe("field-name-refused");
  });

  it("is refused when it is taken", () => {
    expect(refusal(sealPdf(onePagePdf()), { fieldName: "Seal1" })).toBe("field-name-refused");
  });
});

describe("a document that permits no further signature", () => {
  const withSignature = (reference: string, field = "", catalog = ""): Uint8Array =>
    onePagePdf({
      catalog: `/AcroForm << /Fields [5 0 R] >> ${catalog}`,
      objects: {
        5: `<< /FT /Sig /T (first) /V 6 0 R ${field} >>`,
        6: `<< /Type /Sig /Contents <3000> /ByteRange [0 1 2 3] ${reference} >>`,
      },
    });
  const transform = (method: string, parameters: string): string =>
    `/Reference [<< /TransformMethod /${method} /TransformParams << ${parameters} >> >>]`;

  it.each([
    ["certified against every change", withSignature(transform("DocMDP", "/P 1"))],
    [
      "certified through /Perms only",
      onePagePdf({ catalog: `/Perms << /DocMDP << ${transform("DocMDP", "/P 1")} >> >>` }),
    ],
    ["all fields locked", withSignature(transform("FieldMDP", "/Action /All"))],
    ["this field locked by name", withSignature(transform("FieldMDP", "/Action /Include /Fields [(Seal1)]"))],
    [
      "all but other fields locked",
      withSignature(transform("FieldMDP", "/Action /Exclude /Fields [(note)]")),
    ],
    ["locked by the field's own dictionary", withSignature("", "/Lock << /Action /All >>")],
    [
      "locked entirely by the field's own dictionary",
      withSignature("", "/Lock << /Action /Include /Fields [] /P 1 >>"),
    ],
    ["an XFA form", onePagePdf({ catalog: "/AcroForm << /Fields [] /XFA (x) >>" })],
  ])("is refused: %s", (_, pdf) => {
    expect(refusal(pdf)).toBe("pdf-signing-not-permitted");
  });

  it.each([
    ["certified for signing", withSignature(transform("DocMDP", "/P 2"))],
    ["certified without a level, which means signing", withSignature(transform("DocMDP", ""))],
    ["another field locked", withSignature(transform("FieldMDP", "/Action /Include /Fields [(note)]"))],
    ["this field exempt", withSignature(transform("FieldMDP", "/Action /Exclude /Fields [(Seal1)]"))],
    [
      "a lock on a field that nobody signed",
      onePagePdf({ catalog: "/AcroForm << /Fields [<< /FT /Sig /T (a) /Lock << /Action /All >> >>] >>" }),
    ],
  ])("is told from one that does: %s", (_, pdf) => {
    expect(refusal(pdf)).toBe("prepared");
  });
});

describe("the signature value", () => {
  const prepared = preparePdfSeal(openPdf(onePagePdf()), sealRequest({ contentsBytes: 300 }));

  it("may fill its place to the last byte", () => {
    expect(openPdf(prepared.complete(someDerValue(300))).signatures[0]?.contents).toHaveLength(300);
  });

  it("is refused when it does not fit", () => {
    expect(() => prepared.complete(someDerValue(301))).toThrow(
      expect.objectContaining({ code: "contents-too-large" }),
    );
  });

  it.each([
    ["empty", new Uint8Array()],
    ["followed by something", concatBytes(someDerValue(), Uint8Array.of(0))],
    ["cut off", someDerValue().subarray(0, 200)],
  ])("is refused when it is %s, since a reader could not tell it from its padding", (_, value) => {
    expect(() => prepared.complete(value)).toThrow(RangeError);
  });

  it("changes nothing but itself", () => {
    const one = prepared.complete(someDerValue(200));
    const other = prepared.complete(someDerValue(300));
    const [before, after] = openPdf(one).signatures[0]?.signedBytes() ?? [];
    expect(openPdf(other).signatures[0]?.signedBytes()).toEqual([before, after]);
  });

  it.each([0, 1.5, 2 ** 21])("cannot be given %d bytes of room", (contentsBytes) => {
    expect(() => preparePdfSeal(openPdf(onePagePdf()), sealRequest({ contentsBytes }))).toThrow(RangeError);
  });
});
