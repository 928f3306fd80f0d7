import { derEcdsaSignature } from "@yinxin/crypto/signer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import { derOfHalves } from "./der-of-halves.ts";

const octets = (length: number) =>
  fc
    .tuple(fc.uint8Array({ minLength: length, maxLength: length }), fc.integer({ min: 0, max: length - 1 }))
    // Zeros in front are where encodings go wrong.
    .map(([bytes, zeros]) => bytes.fill(0, 0, zeros % 4 === 0 ? zeros : 0));

describe("SEQUENCE { r, s } of plain halves", () => {
  it.each([
    ["P-256", 32],
    ["P-384", 48],
    ["P-521", 66],
  ] as const)("is for %s what the core writes", (curve, length) => {
    fc.assert(
      fc.property(octets(length), octets(length), (r, s) => {
        const plain = Uint8Array.from([...r, ...s]);
        const expected = derEcdsaSignature(curve, plain);
        if (expected !== undefined) expect(derOfHalves(plain)).toEqual(expected);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("is none of nothing, of an odd length, and of more than any curve has", () => {
    for (const length of [0, 1, 63, 134]) expect(derOfHalves(new Uint8Array(length))).toBeUndefined();
  });
});
