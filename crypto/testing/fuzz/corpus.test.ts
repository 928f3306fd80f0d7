import { describe, expect, it } from "vitest";

import { diceOf, mutated } from "./mutate.ts";
import { fuzzedParsers } from "./parsers.ts";
import { foundInputs, seedsOf } from "./seeds.ts";
import { fuzzRuns } from "../fuzz-runs.ts";

describe.each(fuzzedParsers)("the parser $name", ({ name, parse, refusals }) => {
  const isAnswered = (input: Uint8Array): void => {
    try {
      parse(input);
    } catch (cause) {
      expect(
        refusals.some((refusal) => cause instanceof refusal),
        String(cause),
      ).toBe(true);
    }
  };

  it("answers every input that was once found to be too much for it", () => {
    for (const { bytes } of foundInputs(name)) isAnswered(bytes);
  });

  it("reads changed inputs, or refuses them with its own error", () => {
    const dice = diceOf(20261122);
    const seeds = seedsOf(name).filter(({ length }) => length < 50_000);
    for (let tries = 0; tries < fuzzRuns(60); tries += 1) {
      const base = seeds[dice(seeds.length)] ?? new Uint8Array();
      isAnswered(mutated(base, dice, seeds[dice(seeds.length)] ?? base));
    }
  });
});
