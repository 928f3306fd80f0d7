import { describe, expect, it } from "vitest";

import { undoPngFilters, undoTiffPredictor } from "./predictors.ts";

describe("the PNG row filters (ISO/IEC 15948 §9)", () => {
  it.each([
    ["none", 0, [5, 6, 7, 8]],
    ["sub", 1, [5, 1, 1, 1]],
    ["up", 2, [4, 4, 4, 4]],
    ["average", 3, [5, 3, 3, 3]],
    ["Paeth", 4, [4, 1, 1, 1]],
  ])("are undone: %s", (_, filter, row) => {
    const data = Uint8Array.from([0, 1, 2, 3, 4, filter, ...row]);
    expect(undoPngFilters(data, 4, 1)).toEqual(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
  });

  it.each([
    ["an unknown filter", [5, 0, 0], 2],
    ["half a row", [0, 1, 2, 0], 2],
  ])("are refused with %s", (_, data, rowBytes) => {
    expect(() => undoPngFilters(Uint8Array.from(data), rowBytes, 1)).toThrow(
      expect.objectContaining({ code: "pdf-malformed" }),
    );
  });
});

describe("the TIFF predictor", () => {
  it("is undone within each row, by component", () => {
    const data = Uint8Array.from([1, 2, 1, 1, 255, 0, 9, 9, 1, 1, 0, 0]);
    expect(undoTiffPredictor(data, 6, 2)).toEqual(Uint8Array.from([1, 2, 2, 3, 1, 3, 9, 9, 10, 10, 10, 10]));
  });
});
