import { describe, expect, it } from "vitest";

import { fuzzedParsers } from "./parsers.ts";
import { seedsOf } from "./seeds.ts";

describe("the seeds of the fuzzer", () => {
  it.each(fuzzedParsers)("for $name begin with what it reads", async ({ name, parse }) => {
    const [first = new Uint8Array()] = await seedsOf(name);
    await expect(Promise.resolve(first).then(parse)).resolves.toBeDefined();
  });
});
