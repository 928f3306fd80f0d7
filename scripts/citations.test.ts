import { describe, expect, it } from "vitest";

import { citationsIn, covers, lackOf, readStandards } from "./citations.ts";

const found = (text: string): string[] =>
  citationsIn(text).map(({ standard, clause }) => `${standard} ${clause ?? "whole"}`);

describe("citations of a source file", () => {
  it.each([
    ["// RFC 5280 §6.1.3 (a)(3)", ["RFC 5280 6.1.3"]],
    ["/** GB/T 38540-2020 §7.2. */", ["GB/T 38540-2020 7.2"]],
    ["GB/T 32918.2-2016 §5.5", ["GB/T 32918.2-2016 5.5"]],
    ["GM/T 0031-2014 §6.1, and more", ["GM/T 0031-2014 6.1"]],
    ["ETSI EN 319 102-1 §5.1.3", ["ETSI EN 319 102-1 5.1.3"]],
    ["RFC 5652 §5.3, §11.4 and §6", ["RFC 5652 5.3", "RFC 5652 11.4", "RFC 5652 6"]],
    ["RFC 8018 §A.2", ["RFC 8018 A.2"]],
    ["GB/T 32918.5-2017 annex A", ["GB/T 32918.5-2017 A"]],
    ["C2SP tlog-tiles says", ["C2SP tlog-tiles whole"]],
    ["X.690 §11.6 and FIPS 186-5 §6.4", ["X.690 11.6", "FIPS 186-5 6.4"]],
    ["RFC 5280 §6.1.4 (k) and §6.1.5", ["RFC 5280 6.1.4", "RFC 5280 6.1.5"]],
    ["EN 319 102-1 §5.2, SP 800-186 §3.2.1", ["ETSI EN 319 102-1 5.2", "NIST SP 800-186 3.2.1"]],
    ["draft-ietf-oauth-status-list §8.3", ["draft-ietf-oauth-status-list 8.3"]],
    ["APPNOTE 6.3.10 §4.3.7; WCAG 2.2 §3.3.8", ["APPNOTE 4.3.7", "WCAG 3.3.8"]],
    ["GB 32100-2015 §4.2, ISO/IEC 15948 §9", ["GB 32100-2015 4.2", "ISO/IEC 15948 9"]],
    ["X.509 §9.5.2.8 and SEC 1 §3.6.1", ["X.509 9.5.2.8", "SEC 1 3.6.1"]],
    ["ISO 32000-1 §7.2.2, table 1", ["ISO 32000-1 7.2.2"]],
    ["an X.509 certificate is no citation", []],
    ["nothing here", []],
  ])("are read from %j", (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it("run over the line breaks of a comment, and know their line", () => {
    const text = ["/**", " * What is said in RFC", " * 3161 §2.4.2 counts.", " */"].join("\n");
    expect(citationsIn(text)).toEqual([{ standard: "RFC 3161", clause: "2.4.2", line: 2 }]);
  });
});

describe("docs/standards.md", () => {
  const markdown = [
    "## RFC 5280 — certificates",
    "| Clause | What | Code | Test |",
    "| ------ | ---- | ---- | ---- |",
    "| §6.1, §7.1 | paths | `crypto/src/x509/path.ts` | `crypto/src/x509/path.test.ts` |",
    "## Who reads what we write",
    "| openssl | `a/b.test.ts`: “accepts a chain”, “and a list”; `a/c.test.ts`: “more” |",
  ].join("\n");
  const { rows, tests } = readStandards(markdown);

  it("covers a clause by its row, or by the row of the clause above it, and nothing beside", () => {
    const isCovered = (standard: string, clause?: string): boolean =>
      rows.some((row) => covers(row, { standard, clause, line: 1 }));
    expect(isCovered("RFC 5280", "6.1")).toBe(true);
    expect(isCovered("RFC 5280", "6.1.4")).toBe(true);
    expect(isCovered("RFC 5280")).toBe(true);
    expect(isCovered("RFC 5280", "6.10")).toBe(false);
    expect(isCovered("RFC 5280", "6")).toBe(false);
    expect(isCovered("RFC 5281", "6.1")).toBe(false);
  });

  it("names its files and tests", () => {
    expect(rows[0]?.paths).toEqual(["crypto/src/x509/path.ts", "crypto/src/x509/path.test.ts"]);
    expect(tests).toEqual([
      { path: "a/b.test.ts", name: "accepts a chain", line: 6 },
      { path: "a/b.test.ts", name: "and a list", line: 6 },
      { path: "a/c.test.ts", name: "more", line: 6 },
    ]);
  });

  it("has code and a test in every row", () => {
    const lackIn = (...paths: string[]): string | undefined =>
      lackOf({ standard: "RFC 5280", clauses: [], paths, line: 1 });
    expect(lackIn("a/b.ts", "a/b.test.ts")).toBeUndefined();
    expect(lackIn("a/b.ts")).toBe("test");
    expect(lackIn("a/b.test.ts")).toBe("code");
  });
});
