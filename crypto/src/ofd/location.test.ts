import { describe, expect, it } from "vitest";

import { folderOf, resolveLocation } from "./location.ts";

describe("an ST_Loc", () => {
  const cases = [
    ["Doc_0", "Pages/Page_0/Content.xml", "Doc_0/Pages/Page_0/Content.xml"],
    ["Doc_0", "/Doc_1/Document.xml", "Doc_1/Document.xml"],
    ["Doc_0/Pages", "../Res/a.png", "Doc_0/Res/a.png"],
    ["Doc_0", "./a.xml", "Doc_0/a.xml"],
    ["", "OFD.xml", "OFD.xml"],
    ["Doc_0", "", "Doc_0"],
    ["Doc_0", "/", ""],
    ["Doc_0", "../../a.xml", undefined],
    ["", "..", undefined],
    ["Doc_0", "a\\b.xml", undefined],
  ] as const;
  for (const [folder, location, expected] of cases) {
    it(`${JSON.stringify(location)} in ${JSON.stringify(folder)} means ${String(expected)}`, () => {
      expect(resolveLocation(folder, location)).toBe(expected);
    });
  }

  it("stands in the folder of its part", () => {
    expect(folderOf("Doc_0/Pages/Content.xml")).toBe("Doc_0/Pages");
    expect(folderOf("OFD.xml")).toBe("");
  });
});
