import { describe, expect, it } from "vitest";

import { boxText, parseBox } from "./box.ts";

describe("an ST_Box", () => {
  it("is four numbers of millimetres", () => {
    expect(parseBox("0 0 210 297")).toEqual({ x: 0, y: 0, width: 210, height: 297 });
    expect(parseBox(" -1.5\t.5 1e2 10. ")).toEqual({ x: -1.5, y: 0.5, width: 100, height: 10 });
  });

  it("is refused without a size, with other numbers, or beyond any sheet", () => {
    for (const text of [
      "",
      "0 0 210",
      "0 0 0 297",
      "0 0 -1 5",
      "a b c d",
      "0 0 0x10 5",
      "0 0 1e99 5",
      "NaN 0 1 1",
      "0 0 1 1 1",
    ]) {
      expect(parseBox(text), text).toBeUndefined();
    }
  });

  it("is written with four decimals and without noise", () => {
    expect(boxText({ x: 0.1 + 0.2, y: 1 / 3, width: 42, height: 10.000_01 })).toBe("0.3 0.3333 42 10");
  });
});
