import { utf8Of } from "@yinxin/crypto/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import { readNameList, terminated, textOfName } from "./skf-names.ts";

const texts = (list: string): string[] => readNameList(utf8Of(list)).map(textOfName);

describe("a list of names", () => {
  it("ends at the empty name, with the octets, or at a name that is none", () => {
    expect(texts("a\0印章\0\0rest\0\0")).toEqual(["a", "印章"]);
    expect(texts("")).toEqual([]);
    expect(texts("\0\0")).toEqual([]);
    expect(texts("a\0b")).toEqual(["a", "b"]);
    expect(texts(`a\0${"x".repeat(513)}\0b\0\0`)).toEqual(["a"]);
    expect(texts("a\0".repeat(5000))).toHaveLength(1024);
  });

  it("reads whatever was written, and any octets at all", () => {
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((octets) => octets.map((octet) => octet || 1));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), fc.uint8Array(), (names, rest) => {
        const list = [...names.flatMap((each) => [...terminated(each)]), 0, ...rest];
        expect(readNameList(Uint8Array.from(list))).toEqual(names.map((each) => Uint8Array.from(each)));
        expect(readNameList(rest).every((each) => each.length > 0 && !each.includes(0))).toBe(true);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("a name", () => {
  it("is UTF-8 if it can be, and GB 18030 if not", () => {
    expect(textOfName(utf8Of("电子印章"))).toBe("电子印章");
    expect(textOfName(Uint8Array.of(0xb5, 0xe7, 0xd7, 0xd3))).toBe("电子");
  });
});
