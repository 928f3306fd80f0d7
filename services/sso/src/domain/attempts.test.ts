import { describe, expect, it } from "vitest";

import {
  accountRule,
  addressRule,
  countAttempt,
  delaySeconds,
  forgottenAfterSeconds,
  longestDelaySeconds,
} from "./attempts.ts";
import type { AttemptState } from "./attempts.ts";

const start = new Date("2026-11-21T02:00:00Z");
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

function tryTimes(times: number, at: Date): AttemptState {
  let state: AttemptState | undefined;
  for (let count = 0; count < times; count += 1) state = countAttempt(state, at, accountRule);
  if (state === undefined) throw new Error("blocked too early");
  return state;
}

describe("attempts at one key", () => {
  it("cost nothing for the first few", () => {
    expect(tryTimes(accountRule.freeAttempts, start).blockedUntil).toEqual(start);
  });

  it("are blocked for two seconds after that, then twice as long each time, up to a limit", () => {
    const delays = [6, 7, 8, 9].map((failures) => delaySeconds(failures, accountRule));
    expect(delays).toEqual([2, 4, 8, 16]);
    expect(delaySeconds(1000, accountRule)).toBe(longestDelaySeconds);
    expect(delaySeconds(1000, addressRule)).toBe(30);
  });

  it("are not counted while blocked, so the block is not prolonged", () => {
    const blocked = tryTimes(accountRule.freeAttempts + 1, start);
    expect(countAttempt(blocked, later(1), accountRule)).toBeUndefined();
    expect(countAttempt(blocked, later(2), accountRule)).toMatchObject({ failures: 7 });
  });

  it("are forgotten after an hour without any", () => {
    const blocked = tryTimes(accountRule.freeAttempts + 1, start);
    expect(countAttempt(blocked, later(forgottenAfterSeconds), accountRule)).toMatchObject({ failures: 1 });
  });
});
