import { describe, expect, it } from "vitest";

import { CallPace } from "./call-pace.ts";

/** Makes calls that take so long, and says which of them were made in this thread: by number from one. */
function synchronousCalls(pace: CallPace, count: number, milliseconds: number): number[] {
  const synchronous: number[] = [];
  for (let call = 1; call <= count; call += 1) {
    if (!pace.nextIsSynchronous()) continue;
    synchronous.push(call);
    pace.note(milliseconds);
  }
  return synchronous;
}

describe("the pace of a key's signatures", () => {
  it("is synchronous for a token in software from the second call on: the first shows that it answers at all", () => {
    expect(synchronousCalls(new CallPace("measured"), 5, 0.1)).toEqual([2, 3, 4, 5]);
  });

  it("is asynchronous for a device, but for a trial ever more rarely", () => {
    const pace = new CallPace("measured");
    expect(synchronousCalls(pace, 3000, 5)).toEqual([2, 7, 24, 89, 346, 1371, 2396]);
  });

  it("does not wait for a trial that has not come back before it makes others on other threads", () => {
    const pace = new CallPace("measured");
    expect([1, 2, 3, 4, 5, 6].map(() => pace.nextIsSynchronous())).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("changes when a quick token grows slow, and back", () => {
    const pace = new CallPace("measured");
    expect(synchronousCalls(pace, 3, 0.1)).toEqual([2, 3]);
    // Calls that were interrupted, now and then, are not yet a slow device.
    for (let time = 0; time < 10; time += 1) {
      expect(synchronousCalls(pace, 2, 50)).toEqual([1, 2]);
      expect(synchronousCalls(pace, 1, 0.1)).toEqual([1]);
    }
    expect(synchronousCalls(pace, 8, 50)).toEqual([1, 2, 3, 8]);
    expect(synchronousCalls(pace, 40, 0.1)).toContain(40);
  });

  it("is what the configuration says, whatever is measured", () => {
    expect(synchronousCalls(new CallPace("synchronous"), 3, 50)).toEqual([1, 2, 3]);
    expect(synchronousCalls(new CallPace("asynchronous"), 3, 0.01)).toEqual([]);
  });
});
