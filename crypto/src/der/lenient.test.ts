import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { bytesOfHex, concatBytes, hexOf, utf8Of } from "../bytes/index.ts";
import {
  bitString,
  compareDer,
  DerError,
  element,
  octetString,
  parseDer,
  parseInner,
  readBits,
  readBoolean,
  readImplicitOctets,
  readInteger,
  readSetOf,
  readString,
  readTime,
  sequence,
  setOf,
  smallInteger,
  tags,
} from "./index.ts";
import type { DerElement } from "./index.ts";

const lenient = (hex: string): DerElement => parseDer(bytesOfHex(hex), { profile: "lenient" });
const quirksOf = ({ reading }: DerElement): string[] => reading.quirks.map(({ code }) => code);
const time = (tag: number, text: string): Uint8Array => element(tag, utf8Of(text));

describe("the lenient profile", () => {
  it("reads lengths that are not the shortest, and names them", () => {
    const root = lenient("30810502820001aa");
    expect(hexOf(root.children[0]?.contents ?? new Uint8Array())).toBe("aa");
    expect(root.reading.quirks).toEqual([
      { code: "ber-length", offset: 1 },
      { code: "ber-length", offset: 4 },
    ]);
  });

  it("reads indefinite lengths, nested ones too, and keeps the bytes as they stand", () => {
    const root = lenient("3080a080040101000002010500000400".slice(0, 28));
    expect(root.children.map(({ tag }) => tag)).toEqual([0xa0, 0x02]);
    expect(hexOf(root.raw)).toBe("3080a08004010100000201050000");
    expect(hexOf(root.contents)).toBe("a0800401010000020105");
    expect(hexOf(root.children[0]?.raw ?? new Uint8Array())).toBe("a0800401010000");
    expect(quirksOf(root)).toEqual(["ber-indefinite-length", "ber-indefinite-length"]);
  });

  it.each([
    ["an indefinite length without its end", "3080020105", "der-truncated"],
    ["an indefinite length with half of its end", "308002010500", "der-truncated"],
    ["a primitive element of indefinite length", "048001020000", "der-bad-length"],
    ["a piece of another type", "2403020101", "der-bad-tag"],
    ["a BIT STRING in pieces", "230403020001", "der-bad-tag"],
    ["a BOOLEAN in pieces", "21030101ff", "der-bad-tag"],
    ["bytes that are no zeros after the element", "0201050001", "der-trailing-bytes"],
  ])("does not read %s", (_what, hex, code) => {
    expect(() => lenient(hex)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it("joins a string in pieces, to any depth", () => {
    const root = lenient("24800402aabb24030401cc0000");
    expect(root).toMatchObject({ tag: tags.octetString, constructed: false, children: [] });
    expect(hexOf(root.contents)).toBe("aabbcc");
    expect(hexOf(root.raw)).toBe("24800402aabb24030401cc0000");
  });

  it("joins an implicitly tagged OCTET STRING in pieces, which only its reader can know to be one", () => {
    expect(hexOf(readImplicitOctets(lenient("a0060401aa0401bb")))).toBe("aabb");
    expect(hexOf(readImplicitOctets(lenient("8002aabb")))).toBe("aabb");
    expect(() => readImplicitOctets(parseDer(bytesOfHex("a0060401aa0401bb")))).toThrow(DerError);
  });

  it("passes over zeros after the outermost element, and after nothing else", () => {
    expect(quirksOf(lenient("0201050000"))).toEqual(["trailing-zeros"]);
    expect(() => lenient("30050201050000")).toThrow(DerError);
  });

  it("reads inner encodings under the same profile into the same list, with offsets of the whole", () => {
    const root = lenient("300604040281 0105".replace(" ", ""));
    const [outer] = root.children;
    if (outer === undefined) throw new Error("no octet string");
    expect(readInteger(parseInner(outer))).toBe(5n);
    expect(root.reading.quirks).toEqual([{ code: "ber-length", offset: 5 }]);
  });

  it("does not fill memory with quirks", () => {
    const many = concatBytes(...Array.from({ length: 500 }, () => bytesOfHex("02810105")));
    expect(lenient(hexOf(element(tags.sequence, many))).reading.quirks).toHaveLength(100);
  });

  it("has the same limits as the strict one", () => {
    expect(() => lenient("3080".repeat(40) + "0000".repeat(40))).toThrow(
      expect.objectContaining({ code: "der-too-deep" }) as Error,
    );
  });

  it("never fails with another error than a DerError, and reads all that the strict one reads, to the same end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const outcome = (profile: "strict" | "lenient"): DerElement | undefined => {
          try {
            return parseDer(bytes, { profile });
          } catch (cause) {
            expect(cause).toBeInstanceOf(DerError);
            return undefined;
          }
        };
        const strict = outcome("strict");
        const loose = outcome("lenient");
        if (strict !== undefined) {
          expect(loose?.raw).toEqual(strict.raw);
          expect(loose?.reading.quirks).toEqual([]);
        }
      }),
      { numRuns: fuzzRuns(1000) },
    );
  });
});

describe("values under the two profiles", () => {
  const cases: readonly [string, Uint8Array, (read: DerElement) => unknown, unknown, string][] = [
    ["BOOLEAN 01", bytesOfHex("010101"), readBoolean, true, "boolean-not-ff"],
    ["a padded INTEGER", bytesOfHex("02020005"), readInteger, 5n, "integer-padded"],
    ["a padded negative INTEGER", bytesOfHex("0202fffe"), readInteger, -2n, "integer-padded"],
    [
      "named bits with a zero bit at the end",
      bytesOfHex("03020680"),
      (e) => readBits(e).unusedBits,
      6,
      "bits-padded",
    ],
    [
      "named bits with a set bit that does not count",
      bytesOfHex("030207ff"),
      (e) => readBits(e).unusedBits,
      7,
      "bits-padded",
    ],
    [
      "a SET OF in another order",
      element(tags.set, smallInteger(2), smallInteger(1)),
      (e) => readSetOf(e).length,
      2,
      "set-not-sorted",
    ],
    [
      "a UTCTime without seconds",
      time(tags.utcTime, "2607010203Z"),
      iso,
      "2026-07-01T02:03:00.000Z",
      "time-form",
    ],
    [
      "a UTCTime with a zone",
      time(tags.utcTime, "260701020304+0800"),
      iso,
      "2026-06-30T18:03:04.000Z",
      "time-form",
    ],
    [
      "a time west of Greenwich",
      time(tags.generalizedTime, "20260701020304-0130"),
      iso,
      "2026-07-01T03:33:04.000Z",
      "time-form",
    ],
    [
      "a fraction where none belongs",
      time(tags.generalizedTime, "20260701020304.5Z"),
      iso,
      "2026-07-01T02:03:04.500Z",
      "time-form",
    ],
  ];

  it.each(cases)(
    "%s is refused by the strict, and read with a quirk by the lenient",
    (_what, der, read, value, quirk) => {
      expect(() => read(parseDer(der))).toThrow(DerError);
      const root = parseDer(der, { profile: "lenient" });
      expect(read(root)).toEqual(value);
      expect(quirksOf(root)).toEqual([quirk]);
    },
  );

  it("a quirk can be tolerated by name where a structure is always met with it", () => {
    const root = parseDer(bytesOfHex("010101"), { tolerated: ["boolean-not-ff"] });
    expect(readBoolean(root)).toBe(true);
    expect(quirksOf(root)).toEqual(["boolean-not-ff"]);
    expect(() => readInteger(parseDer(bytesOfHex("02020005"), { tolerated: ["boolean-not-ff"] }))).toThrow(
      DerError,
    );
  });

  it("a PrintableString with other characters is read by both, and named", () => {
    const root = parseDer(element(tags.printableString, utf8Of("a@b*c_")));
    expect(readString(root)).toBe("a@b*c_");
    expect(quirksOf(root)).toEqual(["string-repertoire"]);
  });

  it.each(["20260701020304", "202607010203", "20260732020304Z", "20260701020304+2500", "2026-07-01", ""])(
    "the time %j says no moment to either",
    (text) => {
      const der = time(tags.generalizedTime, text);
      expect(() => readTime(parseDer(der))).toThrow(DerError);
      expect(() => readTime(parseDer(der, { profile: "lenient" }))).toThrow(DerError);
    },
  );

  it("the time of a time stamp may have a fraction, in the form of DER (RFC 3161 §2.4.2)", () => {
    const read = (text: string): string =>
      readTime(parseDer(time(tags.generalizedTime, text)), { fraction: true }).toISOString();
    expect(read("20260701020304.1239Z")).toBe("2026-07-01T02:03:04.123Z");
    expect(read("20260701020304Z")).toBe("2026-07-01T02:03:04.000Z");
    expect(() => read("20260701020304.10Z")).toThrow(DerError);
    expect(() => read("20260701020304.Z")).toThrow(DerError);
  });
});

describe("SET OF", () => {
  it("is written in the order that readSetOf demands, whatever the members", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5 }).map(octetString)), (members) => {
        const read = readSetOf(parseDer(setOf(...members))).map(({ raw }) => raw);
        expect(read).toEqual([...members].sort(compareDer));
      }),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("puts an encoding before a longer one that begins with it", () => {
    expect(compareDer(bytesOfHex("0401"), bytesOfHex("040100"))).toBeLessThan(0);
    expect(compareDer(bitString(Uint8Array.of(1)), sequence())).toBeLessThan(0);
  });
});

function iso(read: DerElement): string {
  return readTime(read).toISOString();
}
