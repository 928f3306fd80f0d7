import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../fuzz-runs.ts";
import { diceOf } from "./dice.ts";
import { mutated } from "./mutate.ts";
import { complaintAbout, fuzzedParsers } from "./parsers.ts";
import { foundInputs, seedsOf } from "./seeds.ts";

describe.each(fuzzedParsers)("the parser $name", (parser) => {
  it("answers every input that was once found to be too much for it", async () => {
    for (const { file, bytes } of foundInputs(parser.name)) {
      expect(await complaintAbout(parser, bytes), file).toBeUndefined();
    }
  });

  it("reads changed inputs, or refuses them with its own error", async () => {
    const dice = diceOf(20261122);
    const seeds = (await seedsOf(parser.name)).filter(({ length }) => length < 50_000);
    for (let tries = 0; tries < fuzzRuns(40); tries += 1) {
      const base = seeds[dice(seeds.length)] ?? new Uint8Array();
      const input = mutated(base, dice, seeds[dice(seeds.length)] ?? base);
      expect(await complaintAbout(parser, input)).toBeUndefined();
    }
  });
});
