import { describe, expect, it } from "vitest";

import { conformanceTable, isConformant } from "./conformance-row.ts";

describe("the table of conformance", () => {
  const good = { suite: "PKITS", right: 246, of: 246 };
  const bad = { suite: "A", right: 1, of: 3, note: "by their rule" };

  it("has a line a suite in order, what was missed, and the sum", () => {
    expect(conformanceTable([good, bad]).split("\n")).toEqual([
      "A           1 of      3  2 MISSED  by their rule",
      "PKITS     246 of    246",
      "all       247 of    249  2 MISSED",
    ]);
  });

  it("is conformance only if there were cases, and every one had its outcome", () => {
    expect(isConformant([good])).toBe(true);
    expect(isConformant([good, bad])).toBe(false);
    expect(isConformant([])).toBe(false);
    expect(isConformant([{ suite: "x", right: 0, of: 0 }])).toBe(false);
  });
});
