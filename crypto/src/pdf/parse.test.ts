import { describe, expect, it } from "vitest";

import { bytesOfLatin1, latin1Of } from "../bytes/index.ts";
import type { PdfObject } from "./objects.ts";
import { rawOf } from "./objects.ts";
import { parseObject } from "./parse.ts";

function parse(text: string): PdfObject {
  return parseObject({ bytes: bytesOfLatin1(text), at: 0 });
}

describe("a PDF object", () => {
  it("keeps the bytes it stood in", () => {
    const text = "<< /A [1 0 R (x) <4 1>] /B#20C true >>";
    expect(latin1Of(rawOf(parse(`${text} trailing`)))).toBe(text);
  });

  it.each([
    ["17", 17],
    ["-.002", -0.002],
    ["+4.", 4],
  ])("reads the number %s", (text, value) => {
    expect(parse(text)).toMatchObject({ kind: "number", value });
  });

  it.each([
    ["(a(b)c)", "a(b)c"],
    ["(\\(\\)\\\\\\n\\101\\7z)", "()\\\nA\u0007z"],
    ["(one\\\r\ntwo)", "onetwo"],
    ["<48 6 5 6C>", "Hel"],
    ["<487>", "Hp"],
  ])("reads the string %j (ISO 32000-1 §7.3.4)", (text, value) => {
    const object = parse(text);
    expect(object.kind === "string" && latin1Of(object.bytes)).toBe(value);
  });

  it("resolves the escapes of a name", () => {
    expect(parse("/Adobe#20Green")).toMatchObject({ kind: "name", value: "Adobe Green" });
  });

  it("tells a reference from two numbers", () => {
    expect(parse("[12 0 R 12 0 12]")).toMatchObject({
      items: [{ kind: "reference", number: 12 }, { value: 12 }, { value: 0 }, { value: 12 }],
    });
  });

  it("passes comments", () => {
    expect(parse("% a ) comment\n[1 % two\r 3]")).toMatchObject({ items: [{ value: 1 }, { value: 3 }] });
  });

  it("names the keys that occur twice and keeps the first value", () => {
    const object = parse("<< /A 1 /A 2 >>");
    expect(object).toMatchObject({ duplicates: ["A"] });
    expect(object.kind === "dictionary" && object.entries.get("A")).toMatchObject({ value: 1 });
  });

  it.each([
    "",
    "(open",
    "<41",
    "<4z>",
    "[1",
    "<< /A",
    "<< A 1 >>",
    "truth",
    "1-2",
    "/A#G1",
    "--5",
    ">",
    "obj",
  ])("refuses %j", (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: "pdf-malformed" }));
  });

  it("refuses a nest that would exhaust the stack", () => {
    expect(() => parse("[".repeat(100_000))).toThrow(expect.objectContaining({ code: "pdf-too-large" }));
  });
});
