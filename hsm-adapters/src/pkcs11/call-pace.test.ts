import { describe, expect, it } from "vitest";

import { CallPace } from "./call-pace.ts";

function paceAfter(...milliseconds: readonly number[]): CallPace {
  const pace = new CallPace("measured");
  for (const each of milliseconds) pace.note(each);
  return pace;
}

describe("the pace of a key's signatures", () => {
  it("is asynchronous until it was measured, so that a device that hangs stops nobody else", () => {
    expect(paceAfter().isSynchronous).toBe(false);
    expect(paceAfter(0.05, 0.05, 0.05).isSynchronous).toBe(false);
  });

  it("is synchronous for a token in software, even if most of the first calls waited for each other", () => {
    expect(paceAfter(3, 2, 0.1, 5).isSynchronous).toBe(true);
  });

  it("stays asynchronous for a device that takes a millisecond", () => {
    expect(paceAfter(1, 1, 1, 1, 0.1, 0.1).isSynchronous).toBe(false);
  });

  it("is measured again once a quick key was slow", () => {
    expect(paceAfter(0.1, 0.1, 0.1, 0.1, 50).isSynchronous).toBe(false);
    expect(paceAfter(0.1, 0.1, 0.1, 0.1, 50, 5, 5, 5, 5).isSynchronous).toBe(false);
    expect(paceAfter(0.1, 0.1, 0.1, 0.1, 50, 0.1, 0.1, 0.1, 0.1).isSynchronous).toBe(true);
  });

  it("is what the configuration says, whatever is measured", () => {
    expect(new CallPace("synchronous").isSynchronous).toBe(true);
    const asynchronous = new CallPace("asynchronous");
    for (let count = 0; count < 8; count += 1) asynchronous.note(0.01);
    expect(asynchronous.isSynchronous).toBe(false);
  });
});
