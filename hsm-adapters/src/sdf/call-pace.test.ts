import { describe, expect, it } from "vitest";

import type { NativeFunction } from "../native/index.ts";
import { createCallPace } from "./call-pace.ts";

/** A function of a library that takes this long when it is called at once; it tells how it was called. */
function functionOf(milliseconds: number): { readonly call: NativeFunction; readonly calls: string[] } {
  const calls: string[] = [];
  const call = (): number => {
    calls.push("at once");
    const start = performance.now();
    while (performance.now() - start < milliseconds);
    return 0;
  };
  const later = (): Promise<number> => {
    calls.push("later");
    return Promise.resolve(0);
  };
  return { call: Object.assign(call, { later }), calls };
}

describe("the pace of calls", () => {
  it("goes to other threads for good once calls take long", async () => {
    const pace = createCallPace("measured");
    const slow = functionOf(5);
    for (let count = 0; count < 4; count += 1) await pace(slow.call, []);
    expect(slow.calls).toEqual(["at once", "later", "later", "later"]);
  });

  it("is what the profile says where it says so", async () => {
    const slow = functionOf(5);
    for (const calls of ["synchronous", "asynchronous"] as const) {
      const pace = createCallPace(calls);
      await pace(slow.call, []);
      await pace(slow.call, []);
    }
    expect(slow.calls).toEqual(["at once", "at once", "later", "later"]);
  });
});
