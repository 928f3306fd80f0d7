import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { canonicalJson, defineAuditCatalogue } from "./index.ts";

describe("canonical JSON (RFC 8785)", () => {
  it("is the text of the RFC's own example (§3.2.3)", () => {
    const value = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts members by UTF-16 code units, as the RFC's example does (§3.2.3)", () => {
    const names = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
    const value = Object.fromEntries(names.map((name) => [name, 0]));
    const parsed = JSON.parse(canonicalJson(value)) as object;
    expect(canonicalJson(value).match(/"(?:[^"\\]|\\.)*"/gu)).toEqual(
      ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"].map((name) => JSON.stringify(name)),
    );
    expect(parsed).toEqual(value);
  });

  it("means the same value, and is the same text however the members stand", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        const back: unknown = JSON.parse(text);
        expect(back).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(back)).toBe(text);
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("leaves out members that are undefined and writes -0 as 0", () => {
    expect(canonicalJson({ b: undefined, a: -0 })).toBe('{"a":0}');
  });

  it.each([
    ["a number that is not finite", Number.NaN],
    ["an infinite number", Number.POSITIVE_INFINITY],
    ["half a character", "\ud800"],
    ["a name with half a character", { "\udc00": 1 }],
    ["a date", new Date(0)],
    ["bytes", Uint8Array.of(1)],
    ["a bigint", 1n],
    ["undefined in a list", [undefined]],
    ["a function", () => 1],
    ["a map", new Map()],
  ])("does not exist for %s", (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

describe("an audit catalogue", () => {
  it.each(["Thing.changed", "thing", "thing.", "thing.changed.again", "thing changed"])(
    "does not take %j as the name of an event",
    (name) => {
      expect(() => defineAuditCatalogue({ [name]: undefined as never })).toThrow(RangeError);
    },
  );
});
