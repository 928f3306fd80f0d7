import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { utf8Of } from "../bytes/index.ts";
import {
  parseAddCheckpoint,
  parseCheckpoint,
  parseEntryBundle,
  parseLogPolicy,
  parseLogProof,
  parseNote,
  parseNoteKey,
  parseTilePath,
  TlogError,
} from "./index.ts";

const hash = "vt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=";
const line = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("", "old 1", "index 3", "extra AAAA", "c2sp.org/tlog-proof@v1", hash, "3", "origin"),
  fc.constantFrom(
    "quorum none",
    "group g any w",
    "witness w k",
    "log k",
    `— name ${hash}`,
    "name+00000000+AQ==",
  ),
);
const text = fc.array(line, { maxLength: 10 }).map((lines) => lines.join("\n"));

describe("the readers of a log's texts and files", () => {
  it("read, or end in an error of their own", () => {
    const readers: readonly ((given: string) => unknown)[] = [
      parseAddCheckpoint,
      parseCheckpoint,
      parseLogProof,
      parseNote,
      parseNoteKey,
      (given) => parseLogPolicy(utf8Of(given)),
      (given) => parseEntryBundle(utf8Of(given), { width: 1 }),
      parseTilePath,
    ];
    fc.assert(
      fc.property(text, (given) => {
        for (const read of readers) {
          try {
            read(given);
          } catch (error) {
            expect(error).toBeInstanceOf(TlogError);
          }
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
