import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { onePagePdf } from "../../testing/build-pdf.ts";
import { convert, runTool, withFolder } from "../../testing/run-tool.ts";
import { sealPdf } from "../../testing/seal-pdf.ts";
import { equalBytes, latin1Of } from "../bytes/index.ts";
import { openPdf } from "./open.ts";

const reply = new Uint8Array(readFileSync(new URL("../../../fixtures/documents/reply.pdf", import.meta.url)));
const sealOnReply = { xMm: 120, yMm: 186, widthMm: 42, heightMm: 42 };

/** What `qpdf --check` says; status 0 is clean, 3 has warnings. */
function check(pdf: Uint8Array): string {
  return withFolder((folder) => {
    const path = join(folder, "checked.pdf");
    writeFileSync(path, pdf);
    const { status, output } = runTool("qpdf", ["--check", path]);
    return status === 0 ? "clean" : output;
  });
}

describe("qpdf", () => {
  const samples: readonly (readonly [string, Uint8Array])[] = [
    ["a table", onePagePdf()],
    ["a stream", onePagePdf({ xref: "stream" })],
    ["object streams", onePagePdf({ xref: "object-streams" })],
    ["the reply", reply],
  ];

  toolTest(["qpdf"], "finds nothing wrong with what we seal, once or twice", () => {
    for (const [name, pdf] of samples) {
      const sealed = sealPdf(pdf);
      expect(check(sealed), name).toBe("clean");
      expect(check(sealPdf(sealed, { xMm: 5 })), `${name}, twice`).toBe("clean");
    }
  });

  const variants = [["--object-streams=generate"], ["--linearize"], ["--qdf"]];
  for (const flags of variants) {
    toolTest(
      ["qpdf"],
      `writes with ${flags.join(" ")} what we can seal, and finds nothing wrong with it`,
      () => {
        const pdf = convert("qpdf", [...flags, "IN", "OUT"], reply);
        const sealed = sealPdf(pdf, sealOnReply);
        expect(equalBytes(sealed.subarray(0, pdf.length), pdf)).toBe(true);
        expect(openPdf(sealed).signatures).toMatchObject([
          { id: "Seal1", coversWholeFile: true, problems: [] },
        ]);
        expect(check(sealed)).toBe("clean");
      },
    );
  }

  toolTest(["qpdf"], "encrypts what we then refuse", () => {
    const encrypted = convert("qpdf", ["--encrypt", "", "owner", "256", "--", "IN", "OUT"], reply);
    expect(() => openPdf(encrypted)).toThrow(expect.objectContaining({ code: "pdf-encrypted" }));
  });
});

describe("poppler", () => {
  toolTest(["pdfsig"], "lists our field and says that the total document is signed", () => {
    withFolder((folder) => {
      const path = join(folder, "sealed.pdf");
      writeFileSync(path, sealPdf(reply, sealOnReply));
      const { output } = runTool("pdfsig", [path]);
      expect(output).toContain("Signature Field Name: Seal1");
      expect(output).toContain("Signing Time: Nov 21 2026");
      expect(output).toContain("Total document signed");
    });
  });

  /** Position and size in a pixel image of the page at 254 dpi, where a millimetre is ten pixels. */
  const request = { xMm: 10, yMm: 8, widthMm: 16, heightMm: 16 };

  for (const rotation of [0, 90, 180, 270]) {
    toolTest(
      ["pdftoppm"],
      `shows the seal upright where it was put, on a page turned by ${String(rotation)}`,
      () => {
        const page = `/MediaBox [-20 -30 300 200] /CropBox [5 7 105 127] /Rotate ${String(rotation)}`;
        const image = render(sealPdf(onePagePdf({ page }), request));
        expect(image.colorAt(10 + 11, 8 + 11), "lower right quarter").toBe("red");
        expect(image.colorAt(10 + 11, 8 + 5), "upper right quarter").toBe("red");
        expect(image.colorAt(10 + 5, 8 + 11), "lower left quarter").toBe("red");
        expect(image.colorAt(10 + 5, 8 + 5), "upper left quarter").toBe("blue");
        const [left, top, right, bottom] = image.coloredBox();
        expect(Math.abs(left - 10)).toBeLessThanOrEqual(0.2);
        expect(Math.abs(top - 8)).toBeLessThanOrEqual(0.2);
        expect(Math.abs(right - 26)).toBeLessThanOrEqual(0.2);
        expect(Math.abs(bottom - 24)).toBeLessThanOrEqual(0.2);
      },
    );
  }
});

interface Image {
  /** The colour at a place in millimetres from the top left. */
  colorAt(xMm: number, yMm: number): "red" | "blue" | "other";
  /** The box around all red and blue, in millimetres: left, top, right, bottom. */
  coloredBox(): readonly [number, number, number, number];
}

const pixelsPerMm = 10;

/** Draws the first page with poppler at 254 dpi and reads the binary PPM. */
function render(pdf: Uint8Array): Image {
  const ppm = withFolder((folder) => {
    writeFileSync(join(folder, "page.pdf"), pdf);
    const flags = ["-r", String(pixelsPerMm * 25.4), "-cropbox", "-singlefile"];
    const { status, output } = runTool("pdftoppm", [
      ...flags,
      join(folder, "page.pdf"),
      join(folder, "page"),
    ]);
    if (status !== 0) throw new Error(output);
    return new Uint8Array(readFileSync(join(folder, "page.ppm")));
  });
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(latin1Of(ppm.subarray(0, 40)));
  if (header === null) throw new Error("not a PPM");
  const width = Number(header[1]);
  const pixels = ppm.subarray(header[0].length);
  const colorOf = (index: number): "red" | "blue" | "other" => {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(index * 3, index * 3 + 3);
    if (green > 100) return "other";
    if (red > 180 && blue < 100) return "red";
    return blue > 180 && red < 100 ? "blue" : "other";
  };
  return {
    colorAt: (xMm, yMm) => colorOf(Math.round(yMm * pixelsPerMm) * width + Math.round(xMm * pixelsPerMm)),
    coloredBox: () => {
      const colored = Array.from({ length: pixels.length / 3 }, (_, index) => index).filter(
        (index) => colorOf(index) !== "other",
      );
      const xs = colored.map((index) => index % width);
      const ys = colored.map((index) => Math.floor(index / width));
      const least = (values: number[]): number =>
        values.reduce((a, b) => Math.min(a, b), Infinity) / pixelsPerMm;
      const most = (values: number[]): number =>
        (values.reduce((a, b) => Math.max(a, b), 0) + 1) / pixelsPerMm;
      return [least(xs), least(ys), most(xs), most(ys)];
    },
  };
}
