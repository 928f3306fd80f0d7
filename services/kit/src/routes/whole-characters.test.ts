import { describe, expect, it } from "vitest";

import { hasWholeCharacters } from "./whole-characters.ts";

const isTaken = (text: string): boolean => hasWholeCharacters(JSON.parse(text), text);

describe("the texts of a request", () => {
  it.each(['{"a":["\\ud83d"]}', '{"\\udE00":1}', '["x\\u0000"]', '"\\uDBFFa"'])(
    "are refused where no log could hold them: %s",
    (text) => {
      expect(isTaken(text)).toBe(false);
    },
  );

  it.each(['{"a":"\\ud83d\\ude00"}', '"印信"', '["\\\\ud83d", "\\u0001", null, 1]'])(
    "are taken with whole characters, however they are written: %s",
    (text) => {
      expect(isTaken(text)).toBe(true);
    },
  );

  it("are looked at however deep they stand", () => {
    const text = `${"[".repeat(50_000)}"\\ud83d"${"]".repeat(50_000)}`;
    expect(isTaken(text)).toBe(false);
  });
});
