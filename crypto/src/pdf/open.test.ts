import { deflateSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { appendUpdate, assemblePdf, onePagePdf } from "../../testing/build-pdf.ts";
import { bytesOfLatin1, latin1Of } from "../bytes/index.ts";
import { openPdf } from "./open.ts";
import { PdfError } from "./pdf-error.ts";

/** Replaces text by text of any length; what points behind it is then wrong, which is sometimes the purpose. */
function edit(pdf: Uint8Array, from: string | RegExp, to: string): Uint8Array {
  const text = latin1Of(pdf);
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`nothing to edit: ${String(from)}`);
  return bytesOfLatin1(edited);
}

function codeOf(pdf: Uint8Array): string {
  try {
    openPdf(pdf);
  } catch (error) {
    if (error instanceof PdfError) return error.code;
    throw error;
  }
  return "opened";
}

function startXrefOf(pdf: Uint8Array): string {
  return /startxref\n(\d+)/.exec(latin1Of(pdf))?.[1] ?? "";
}

function streamObject(entries: string, data: Uint8Array): string {
  return `<< ${entries} /Length ${String(data.length)} >>\nstream\n${latin1Of(data)}\nendstream`;
}

describe.each(["table", "stream", "object-streams"] as const)(
  "a PDF with its cross-reference as %s",
  (xref) => {
    it("opens with its page and without signatures", () => {
      const pdf = onePagePdf({ xref });
      expect(openPdf(pdf)).toMatchObject({
        pages: [{ rotation: 0, cropBox: [0, 0, 200, 100] }],
        signatures: [],
        revisions: [{ end: pdf.length }],
        quirks: [],
      });
    });

    it("is refused as encrypted if the trailer says so", () => {
      expect(codeOf(onePagePdf({ xref, trailer: "/Encrypt 9 0 R" }))).toBe("pdf-encrypted");
    });
  },
);

describe("a file that is not a whole PDF", () => {
  const pdf = onePagePdf();
  it.each([
    ["it is empty", new Uint8Array(), "not-pdf"],
    ["it is another format", bytesOfLatin1("PK\u0003\u0004"), "not-pdf"],
    ["something precedes the header", bytesOfLatin1(`\n${latin1Of(pdf)}`), "not-pdf"],
    ["it is cut in the middle", pdf.subarray(0, 300), "pdf-truncated"],
    ["its end-of-file marker is cut off", pdf.subarray(0, pdf.length - 6), "pdf-truncated"],
  ])("is refused when %s", (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });
});

describe("a broken structure", () => {
  const pdf = onePagePdf();
  const catalog = "<< /Type /Catalog /Pages 2 0 R >>";
  const pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
  const page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>";
  const withObjects = (objects: Record<number, string>): Uint8Array =>
    assemblePdf({ xref: "table", objects: { 1: catalog, 2: pages, 3: page, ...objects } });

  it.each([
    ["startxref points elsewhere", edit(pdf, /startxref\n\d+/, "startxref\n15")],
    ["startxref points behind the end", edit(pdf, /startxref\n\d+/, "startxref\n99999")],
    ["startxref is missing", edit(pdf, "startxref", "startyref")],
    ["a cross-reference entry is not twenty bytes", edit(pdf, " 65535 f \n", " 65535 f\n")],
    ["an object is not where its entry says", edit(pdf, "3 0 obj", "7 0 obj")],
    ["a section lists an object twice", edit(pdf, "trailer", "3 1\n0000000015 00000 n \ntrailer")],
    ["/Prev leads back", edit(pdf, "/Root", `/Prev ${startXrefOf(pdf)} /Root`)],
    ["/Size is missing", edit(pdf, "/Size", "/Seyz")],
    ["there is no catalog", edit(pdf, "/Root", "/Ruht")],
    ["the page tree leads back to itself", withObjects({ 2: "<< /Type /Pages /Kids [2 0 R] >>" })],
    ["a page stands twice in the tree", withObjects({ 2: "<< /Type /Pages /Kids [3 0 R 3 0 R] >>" })],
    ["a page is inside the tree's dictionary", withObjects({ 2: `<< /Type /Pages /Kids [${page}] >>` })],
    ["there is no page", withObjects({ 2: "<< /Type /Pages /Kids [] >>" })],
    ["a page has no size", withObjects({ 3: "<< /Type /Page >>" })],
    ["a page is turned by half a right angle", withObjects({ 3: page.replace(">>", "/Rotate 45 >>") })],
    ["the crop box misses the page", withObjects({ 3: page.replace(">>", "/CropBox [20 20 30 30] >>") })],
    ["references form a loop", withObjects({ 3: "4 0 R", 4: "3 0 R" })],
    [
      "form fields form a loop",
      onePagePdf({
        catalog: "/AcroForm << /Fields [5 0 R] >>",
        objects: { 5: "<< /T (a) /Kids [5 0 R] >>" },
      }),
    ],
    [
      "a form field is reached twice",
      onePagePdf({ catalog: "/AcroForm << /Fields [5 0 R 5 0 R] >>", objects: { 5: "<< /T (a) >>" } }),
    ],
  ])("is refused when %s", (_, bytes) => {
    expect(codeOf(bytes)).toBe("pdf-malformed");
  });

  it("is refused when a stream's length does not lead to its end", () => {
    const objects = { 5: "<< /Length 3 >>\nstream\nfour\nendstream" };
    expect(codeOf(onePagePdf({ page: "/Rotate 5 0 R", objects }))).toBe("pdf-malformed");
  });

  it("is refused when a stream's length is inside the stream", () => {
    const objects = { 5: "<< /Length 5 0 R >>\nstream\nfour\nendstream" };
    expect(codeOf(onePagePdf({ page: "/Rotate 5 0 R", objects }))).toBe("pdf-malformed");
  });

  it("is refused when another revision follows whose end-of-file marker was damaged", () => {
    const damaged = edit(appendUpdate(onePagePdf(), { 3: page }), /%%EOF\n$/, "%%EOG\n");
    expect(codeOf(damaged)).toBe("pdf-malformed");
  });
});

describe("a hostile PDF", () => {
  /** 80 MB of zeros in 80 kB. */
  const bomb = deflateSync(new Uint8Array(80 * 1024 * 1024), { level: 9 });

  it("is refused when an object stream is a deflate bomb", () => {
    const holder = streamObject("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", bomb);
    // An update with a cross-reference stream moves object 3 into the bomb.
    const pdf = onePagePdf({ objects: { 5: holder } });
    const section = streamObject(
      `/Type /XRef /W [1 3 1] /Index [3 1] /Size 8 /Root 1 0 R /Prev ${startXrefOf(pdf)}`,
      Uint8Array.from([2, 0, 0, 5, 0]),
    );
    const update = `7 0 obj\n${section}\nendobj\nstartxref\n${String(pdf.length)}\n%%EOF\n`;
    expect(codeOf(bytesOfLatin1(latin1Of(pdf) + update))).toBe("pdf-too-large");
  });

  it("is refused when its cross-reference stream claims a billion objects", () => {
    const section = streamObject("/Type /XRef /W [0 1 0] /Size 1000000000 /Root 1 0 R", new Uint8Array(8));
    expect(codeOf(bytesOfLatin1(`%PDF-1.7\n1 0 obj\n${section}\nendobj\nstartxref\n9\n%%EOF\n`))).toBe(
      "pdf-malformed",
    );
  });

  it("is refused when its objects overlap so that reading them all would take for ever", () => {
    // Each object begins with a comment that holds the beginnings of all the following ones.
    const numbers = Array.from({ length: 3_000 }, (_, index) => String(10 + index));
    const base = onePagePdf({
      catalog: `/AcroForm << /Fields [${numbers.map((n) => `${n} 0 R`).join(" ")}] >>`,
    });
    let body = "";
    let table = "";
    for (const number of numbers) {
      table += `${String(base.length + body.length).padStart(10, "0")} 00000 n \n`;
      body += `${number} 0 obj %`;
    }
    body += "\n<< >> endobj\n";
    const trailer = `<< /Size 9000 /Root 1 0 R /Prev ${startXrefOf(base)} >>`;
    const section = `xref\n10 ${String(numbers.length)}\n${table}trailer\n${trailer}\n`;
    const end = `startxref\n${String(base.length + body.length)}\n%%EOF\n`;
    expect(codeOf(bytesOfLatin1(latin1Of(base) + body + section + end))).toBe("pdf-too-large");
  });
});

describe("the pages", () => {
  const mm = (points: number): number => (points * 25.4) / 72;

  it.each([
    ["as it is", "", mm(200), mm(100)],
    ["turned by a right angle", "/Rotate 90", mm(100), mm(200)],
    ["turned backwards", "/Rotate -90", mm(100), mm(200)],
    ["upside down", "/Rotate 540", mm(200), mm(100)],
    ["cropped", "/CropBox [10 20 110 60]", mm(100), mm(40)],
    ["cropped beyond the medium", "/CropBox [-50 -50 1000 50]", mm(200), mm(50)],
    ["in larger units", "/UserUnit 2", mm(400), mm(200)],
  ])("have the size that is displayed: %s", (_, page, widthMm, heightMm) => {
    const [only] = openPdf(onePagePdf({ page })).pages;
    expect(only?.widthMm).toBeCloseTo(widthMm, 9);
    expect(only?.heightMm).toBeCloseTo(heightMm, 9);
  });

  it("inherit what they do not say, from the nearest node", () => {
    const pdf = assemblePdf({
      xref: "table",
      objects: {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: "<< /Type /Pages /Kids [3 0 R 5 0 R] /MediaBox [0 0 72 144] /Rotate 90 >>",
        3: "<< /Type /Pages /Kids [4 0 R] /Rotate 0 >>",
        4: "<< /Type /Page >>",
        5: "<< /Type /Page /MediaBox [144 0 0 72] >>",
      },
    });
    const sizes = openPdf(pdf).pages.map(({ rotation, widthMm }) => [
      rotation,
      Math.round(widthMm * 10) / 10,
    ]);
    expect(sizes).toEqual([
      [0, 25.4],
      [90, 25.4],
    ]);
  });
});

describe("an updated PDF", () => {
  const first = onePagePdf();
  const second = appendUpdate(first, { 3: "<< /Type /Page /MediaBox [0 0 72 72] >>" });

  it("shows the newest revision", () => {
    expect(openPdf(second).pages[0]?.widthMm).toBeCloseTo(25.4, 9);
  });

  it("lists its revisions", () => {
    expect(openPdf(second).revisions.map(({ end }) => end)).toEqual([first.length, second.length]);
  });

  it("never gives out an object number again, not even one that is no longer used", () => {
    expect(openPdf(second).document.xref.nextNumber).toBe(1000);
  });

  const hybrid = (listed: string): Uint8Array => {
    const table = latin1Of(onePagePdf({ objects: { 5: "/Unused" } }));
    const start = startXrefOf(bytesOfLatin1(table));
    const streamAt = table.indexOf("xref\n0 6");
    const page = table.indexOf("3 0 obj");
    const row = Buffer.from([1, 0, 0, 0, 0]);
    row.writeUInt16BE(page, 1);
    const stream = streamObject("/Type /XRef /W [1 2 2] /Index [3 1] /Size 7", Uint8Array.from(row));
    const hidden = table
      .replace(/(xref\n0 6\n(?:.*\n){3}).*\n/, `$1${listed}`)
      .replace("xref\n0 6", `6 0 obj\n${stream}\nendobj\nxref\n0 6`)
      .replace("/Root", `/XRefStm ${String(streamAt)} /Root`)
      .replace(`startxref\n${start}`, `startxref\n${String(Number(start) + stream.length + 16)}`);
    return bytesOfLatin1(hidden);
  };

  it("reads objects of a hybrid file that the table calls free (ISO 32000-1 §7.5.8.4)", () => {
    expect(openPdf(hybrid("0000000000 00000 f \n")).pages).toHaveLength(1);
  });

  it("refuses a hybrid file whose table and stream find one object at two places", () => {
    expect(() => openPdf(hybrid("0000000015 00000 n \n"))).toThrow("object 3 is in two places");
  });
});

describe("the quirks", () => {
  it("name a /ByteRange that no field leads to: a signature may have been cut off", () => {
    const pdf = onePagePdf({ objects: { 5: "<< /Type /Sig /ByteRange [0 1 2 3] >>" } });
    expect(openPdf(pdf).quirks).toEqual([
      { code: "unreachable-signature", where: expect.stringMatching(/^byte \d+$/) as string },
    ]);
  });

  it("name bytes that follow the end, unless they are white space", () => {
    expect(openPdf(bytesOfLatin1(`${latin1Of(onePagePdf())}\0\0<!-- served by -->`)).quirks).toEqual([
      { code: "bytes-after-eof", where: "end of file" },
    ]);
    expect(openPdf(bytesOfLatin1(`${latin1Of(onePagePdf())}\0\0\r\n`)).quirks).toEqual([]);
  });
});
