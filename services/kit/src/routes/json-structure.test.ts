import { describe, expect, it } from "vitest";

import { hasLittleStructure } from "./json-structure.ts";

const encoder = new TextEncoder();
const long = "x".repeat(300_000);

describe("a body's structure", () => {
  it.each([
    ["one long text", JSON.stringify({ file: { name: "a", content: long } })],
    ["a text with quotes and backslashes", JSON.stringify({ a: '\\"\\\\"', content: long })],
    ["a text that does not end", `{"a":"${long}`],
    ["no text", "{}"],
    ["nothing", ""],
  ])("is little with %s", (_name, body) => {
    expect(hasLittleStructure(encoder.encode(body))).toBe(true);
  });

  it.each([
    [
      "many members",
      JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [index, ""]))),
    ],
    ["many numbers", JSON.stringify(Array.from({ length: 40_000 }, () => 0))],
    ["many brackets behind a text that ends in a backslash", `{"a":"\\\\",${"[".repeat(70_000)}`],
    ["a text of nothing but quotes", JSON.stringify('"'.repeat(20_000))],
  ])("is much with %s", (_name, body) => {
    expect(hasLittleStructure(encoder.encode(body))).toBe(false);
  });
});
