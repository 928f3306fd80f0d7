import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { hexOf } from "../bytes/index.ts";
import { CoseError, decodeCbor, encodeCbor, parseReceipt } from "./index.ts";

describe("the readers of CBOR and receipts", () => {
  it("read what is written, and nothing else ends in another error than theirs", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const read of [decodeCbor, parseReceipt]) {
          try {
            read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CoseError);
          }
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("write each value in one way", () => {
    const key = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.string({ maxLength: 4 }));
    const value = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 10 }), (entries) => {
        const once = encodeCbor(new Map(entries));
        const reversed = encodeCbor(new Map([...new Map(entries)].reverse()));
        expect(hexOf(reversed)).toBe(hexOf(once));
        expect(hexOf(encodeCbor(decodeCbor(once)))).toBe(hexOf(once));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
