import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import {
  combineShares,
  encodeShare,
  parseShare,
  readShareWords,
  splitSecret,
  wordsOfShare,
} from "./index.ts";

const sets = fc
  .record({
    secret: fc
      .constantFrom(16, 32)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
    count: fc.integer({ min: 2, max: 16 }),
    seed: fc.integer({ min: 1 }),
  })
  .chain(({ secret, count, seed }) =>
    fc.integer({ min: 2, max: count }).map((threshold) => {
      let state = seed;
      const random = (length: number): Uint8Array =>
        Uint8Array.from({ length }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 16);
      return { secret, threshold, ...splitSecret({ secret, threshold, count }, random) };
    }),
  );

describe("shares of any secret", () => {
  it("give it back, and are read from their bytes and words", () => {
    const property = fc.property(
      sets,
      fc.constantFrom("en", "zh"),
      ({ secret, threshold, shares, set }, language) => {
        expect(combineShares(shares.slice(-threshold), set)).toEqual(secret);
        for (const share of shares.slice(0, 2)) {
          expect(parseShare(encodeShare(share))).toEqual(share);
          expect(readShareWords(wordsOfShare(share, language).join(" "))).toEqual({ share });
        }
      },
    );
    fc.assert(property, { numRuns: fuzzRuns(50) });
  });

  it("never give another secret when any one byte of one of them is another", () => {
    const property = fc.property(
      sets,
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      ({ threshold, shares, set }, which, where, difference) => {
        const used = shares.slice(0, threshold);
        const at = which % threshold;
        const [share] = used.slice(at);
        if (share === undefined) throw new Error("there is no such share");
        const { value, ...rest } = share;
        const place = where % value.length;
        const wrong = { ...rest, value: value.with(place, (value[place] ?? 0) ^ difference) };
        expect(() => combineShares(used.with(at, wrong), set)).toThrow(`wrong: share ${String(rest.index)}`);
        expect(() => combineShares(used.with(at, wrong))).toThrow("a share is wrong");
      },
    );
    fc.assert(property, { numRuns: fuzzRuns(50) });
  });

  it("are never read from what is none, and no text makes the reader throw", () => {
    const property = fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
      expect(readShareWords(text)).toHaveProperty("reason");
    });
    fc.assert(property, { numRuns: fuzzRuns(100) });
  });
});
