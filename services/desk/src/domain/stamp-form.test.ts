import { describe, expect, it } from "vitest";

import { readStampForm, reasonLengthMax, stampFormDefaults } from "./stamp-form.ts";

const file = { name: "批复.pdf", content: new Uint8Array([1]) };
const form = { ...stampFormDefaults, sealId: "seal_1" };

describe("the stamp form", () => {
  it("is read with numbers in millimetres, full-width ones too", () => {
    expect(
      readStampForm(
        { ...form, page: "２", xMm: "１２.５", yMm: " 200 ", reason: " 批复〔2026〕18号 " },
        file,
      ),
    ).toEqual({
      request: { file, sealId: "seal_1", page: 2, xMm: 12.5, yMm: 200, reason: "批复〔2026〕18号" },
    });
  });

  it("is right with its defaults, and leaves an empty reason out", () => {
    expect(readStampForm(form, file)).toEqual({
      request: { file, sealId: "seal_1", page: 1, xMm: 125, yMm: 190 },
    });
  });

  it("names every mistake, not only the first", () => {
    const wrong = { sealId: "", page: "0", xMm: "-1", yMm: "1e3", reason: "x".repeat(reasonLengthMax + 1) };
    expect(readStampForm(wrong, undefined)).toEqual({
      problems: [
        { field: "file", code: "missing" },
        { field: "seal_id", code: "missing" },
        { field: "page", code: "not-a-page" },
        { field: "x_mm", code: "not-a-length" },
        { field: "y_mm", code: "not-a-length" },
        { field: "reason", code: "too-long" },
      ],
    });
  });

  it.each(["", "1.5", "00000", "10000", "一", "NaN", "0x1"])("takes %j for no page", (page) => {
    expect(readStampForm({ ...form, page }, file)).toEqual({
      problems: [{ field: "page", code: "not-a-page" }],
    });
  });

  it.each(["", "2001", "1.234", "Infinity", "1,5", "--1"])("takes %j for no length", (xMm) => {
    expect(readStampForm({ ...form, xMm }, file)).toEqual({
      problems: [{ field: "x_mm", code: "not-a-length" }],
    });
  });
});
