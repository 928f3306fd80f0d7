import { describe, expect, it } from "vitest";

import { Breaker } from "./breaker.ts";
import { restartDelay } from "./restart-delay.ts";
import { sessionLimit } from "./session-limit.ts";
import { readTokenOptions } from "./token-options.ts";

const device = { family: "simulator" } as Parameters<typeof sessionLimit>[1];

describe("the options of a token store", () => {
  it("have defaults, and a request has three times as long as a call", () => {
    expect(readTokenOptions()).toMatchObject({ queueLimit: 1024, deadlineMilliseconds: 10_000 });
    expect(readTokenOptions({ deadlineMilliseconds: 500 }).requestMilliseconds).toBe(1_500);
  });

  it.each([
    ["sessions", { sessions: 0 }],
    ["deadlineMilliseconds", { deadlineMilliseconds: 0.5 }],
    ["failures", { breaker: { failures: 0, withinMilliseconds: 1 } }],
  ])("are refused with the name of the one that is wrong: %s", (name, options) => {
    expect(() => readTokenOptions(options)).toThrow(
      expect.objectContaining({
        code: "configuration-malformed",
        message: expect.stringContaining(name) as string,
      }),
    );
  });

  it("leave two sessions to others, but use one at least", () => {
    expect(sessionLimit(undefined, device)).toBe(32);
    expect(sessionLimit(undefined, { ...device, maximumSessions: 10 })).toBe(8);
    expect(sessionLimit(4, { ...device, maximumSessions: 10 })).toBe(4);
    expect(sessionLimit(64, { ...device, maximumSessions: 1 })).toBe(1);
    expect(sessionLimit(4, { ...device, maximumSessions: Number.NaN })).toBe(4);
  });
});

describe("the breaker", () => {
  it("opens at the third failure within the time, and counts anew then", () => {
    const breaker = new Breaker(3, 30_000);
    expect([0, 1, 2, 3].map((now) => breaker.fail(now))).toEqual([false, false, true, false]);
  });

  it("forgets failures that are long past", () => {
    const breaker = new Breaker(3, 30_000);
    expect([0, 20_000, 40_000, 60_000].map((now) => breaker.fail(now))).toEqual([
      ...[false, false, false, false],
    ]);
  });
});

describe("the delay before a host is started again", () => {
  it("is none for five crashes in a minute, and doubles after that up to ten seconds", () => {
    let earlier: readonly number[] = [];
    const delays = Array.from({ length: 12 }, (_, number) => {
      const { delay, restarts } = restartDelay(earlier, number);
      earlier = restarts;
      return delay;
    });
    expect(delays).toEqual([0, 0, 0, 0, 0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000]);
    expect(restartDelay(earlier, 120_000).delay).toBe(0);
  });
});
