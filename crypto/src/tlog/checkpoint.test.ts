import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { encodeCheckpoint, parseCheckpoint } from "./index.ts";

// sum.golang.org, as its clients saw it at this size.
const goSumCheckpoint = "go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n";

describe("a checkpoint", () => {
  it("is three lines: origin, size, root (C2SP tlog-checkpoint)", () => {
    const checkpoint = parseCheckpoint(goSumCheckpoint);
    expect(checkpoint).toMatchObject({ origin: "go.sum database tree", size: 35_225_469 });
    expect(encodeCheckpoint(checkpoint)).toBe(goSumCheckpoint);
  });

  it("reads back as it was written", () => {
    fc.assert(
      fc.property(fc.nat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, root) => {
        const checkpoint = { origin: "ledger.example/log", size, root };
        expect(parseCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("may have extension lines, which say nothing here", () => {
    expect(parseCheckpoint(`${goSumCheckpoint}anything\n`)).toEqual(parseCheckpoint(goSumCheckpoint));
  });

  it.each([
    ["no final newline", goSumCheckpoint.slice(0, -1)],
    ["no origin", goSumCheckpoint.replace("go.sum database tree", "")],
    ["a size with a leading zero", goSumCheckpoint.replace("35225469", "035225469")],
    ["a negative size", goSumCheckpoint.replace("35225469", "-1")],
    ["a size that a number cannot hold", goSumCheckpoint.replace("35225469", "18446744073709551615")],
    ["a root of another length", goSumCheckpoint.replace("vt5T6GaL", "")],
    ["a root that is not base64", goSumCheckpoint.replace("vt5T", "v-5T")],
    ["an empty extension line", `${goSumCheckpoint}\n`],
    ["no root", "origin\n1\n"],
  ])("is malformed with %s", (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: "checkpoint-malformed" }));
  });

  it.each([
    ["an origin of two lines", { origin: "a\nb", size: 1, root: new Uint8Array(32) }],
    ["a fraction of a leaf", { origin: "a", size: 1.5, root: new Uint8Array(32) }],
    ["a short root", { origin: "a", size: 1, root: new Uint8Array(20) }],
  ])("is not written with %s", (_, checkpoint) => {
    expect(() => encodeCheckpoint(checkpoint)).toThrow(
      expect.objectContaining({ code: "checkpoint-malformed" }),
    );
  });
});
