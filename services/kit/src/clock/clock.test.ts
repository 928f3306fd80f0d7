import { describe, expect, it } from "vitest";

import { fixedClock, systemClock } from "./index.ts";

describe("a fixed clock", () => {
  it("moves only when told, in either direction", () => {
    const clock = fixedClock("2026-11-21T02:00:00Z");
    expect(clock.now()).toEqual(clock.now());
    clock.advance(1500);
    expect(clock.now().toISOString()).toBe("2026-11-21T02:00:01.500Z");
    clock.advance(-1500);
    expect(clock.now().toISOString()).toBe("2026-11-21T02:00:00.000Z");
  });

  it("gives times that cannot be used to move it", () => {
    const clock = fixedClock("2026-11-21T02:00:00Z");
    clock.now().setFullYear(1970);
    expect(clock.now().getUTCFullYear()).toBe(2026);
  });
});

describe("the system clock", () => {
  it("is between two looks at the machine's", () => {
    const before = Date.now();
    const now = systemClock.now().getTime();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });
});
