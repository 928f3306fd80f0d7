import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { isUscc } from "./uscc.ts";

const symbols = Array.from("0123456789ABCDEFGHJKLMNPQRTUWXY");

describe("a unified social credit code (GB 32100-2015)", () => {
  it.each(["91350100M000100Y43", "91330100799655058B", "914403001922038216", "9144030071526726XG"])(
    "%s, which is public, is one",
    (code) => {
      expect(isUscc(code)).toBe(true);
    },
  );

  it("has 18 symbols, none of them I, O, S, V, Z or a small letter", () => {
    expect(isUscc("")).toBe(false);
    expect(isUscc("91350100M000100Y4")).toBe(false);
    expect(isUscc("91350100M000100Y433")).toBe(false);
    expect(isUscc("91350100m000100Y43")).toBe(false);
    expect(isUscc("9135O100M000100Y43")).toBe(false);
  });

  it("notices every change of one symbol", () => {
    const code = "91350100M000100Y43";
    fc.assert(
      fc.property(fc.nat(17), fc.constantFrom(...symbols), (index, symbol) => {
        const changed = code.slice(0, index) + symbol + code.slice(index + 1);
        expect(isUscc(changed)).toBe(changed === code);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
