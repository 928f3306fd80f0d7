import { describe, expect, it } from "vitest";

import { isAsShown, stepsOf } from "./check-readme.ts";

describe("the README check", () => {
  it("reads each command with the output that follows it", () => {
    const markdown =
      "text\n```console\n$ one\na\nb\n$ two\n```\n```sh\n$ not this\n```\n```console\n$ three\nc\n```\n";
    expect(stepsOf(markdown)).toEqual([
      { command: "one", expected: ["a", "b"] },
      { command: "two", expected: [] },
      { command: "three", expected: ["c"] },
    ]);
  });

  it("compares literally except for the ellipsis", () => {
    expect(isAsShown(["a (1) …", "end"], "a (1) and more\nend\n")).toBe(true);
    expect(isAsShown(["a (1) …", "end"], "a (2) and more\nend\n")).toBe(false);
    expect(isAsShown(["…", "end"], "x\ny\nend\n")).toBe(true);
    expect(isAsShown(["…", "end"], "x\nend\nz\n")).toBe(false);
    expect(isAsShown([], "surprise\n")).toBe(false);
  });
});
