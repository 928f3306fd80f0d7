import { describe, expect, it } from "vitest";

import { bytesOfHex, concatBytes, utf8Of } from "../bytes/index.ts";
import {
  bitString,
  boolean,
  DerError,
  element,
  generalizedTime,
  ia5String,
  integer,
  nullValue,
  oid,
  parseDer,
  printableString,
  readBitString,
  readBoolean,
  readChildren,
  readInteger,
  readOid,
  readSmallInteger,
  readString,
  readTime,
  sequence,
  setOf,
  smallInteger,
  tags,
  utcTime,
  utf8String,
  x509Time,
} from "./index.ts";
import type { DerElement } from "./index.ts";

const parsed = (hex: string): DerElement => parseDer(bytesOfHex(hex));
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (cause) {
    if (cause instanceof DerError) return cause.code;
    throw cause;
  }
  return "accepted";
};

describe("BOOLEAN", () => {
  it("is 00 or ff (X.690 §11.1)", () => {
    expect(readBoolean(parseDer(boolean(true)))).toBe(true);
    expect(readBoolean(parseDer(boolean(false)))).toBe(false);
    expect(codeOf(() => readBoolean(parsed("010101")))).toBe("der-bad-value");
    expect(codeOf(() => readBoolean(parsed("0102ffff")))).toBe("der-bad-value");
    expect(codeOf(() => readBoolean(parsed("0100")))).toBe("der-bad-value");
  });
});

describe("INTEGER", () => {
  it.each([
    [0n, "020100"],
    [127n, "02017f"],
    [128n, "02020080"],
    [256n, "02020100"],
    [-1n, "0201ff"],
    [-128n, "020180"],
    [-129n, "0202ff7f"],
    [0xffffffffffffffffn, "020900ffffffffffffffff"],
  ])("%s is %s", (value, hex) => {
    expect(integer(value)).toEqual(bytesOfHex(hex));
    expect(readInteger(parsed(hex))).toBe(value);
  });

  it.each(["0200", "0202007f", "0202ff80", "02020000"])("is not %s (X.690 §8.3.2)", (hex) => {
    expect(codeOf(() => readInteger(parsed(hex)))).toBe("der-bad-value");
  });

  it("has a limited size, whatever the input has", () => {
    const octets = (count: number): Uint8Array => element(tags.integer, new Uint8Array(count).fill(0x11));
    expect(codeOf(() => readInteger(parseDer(octets(4096))))).toBe("accepted");
    expect(codeOf(() => readInteger(parseDer(octets(4097))))).toBe("der-bad-value");
  });

  it("that is small fits 32 bits", () => {
    expect(readSmallInteger(parseDer(smallInteger(-0x8000_0000)))).toBe(-0x8000_0000);
    expect(readSmallInteger(parseDer(smallInteger(0x7fff_ffff)))).toBe(0x7fff_ffff);
    expect(codeOf(() => readSmallInteger(parseDer(integer(0x8000_0000n))))).toBe("der-bad-value");
  });
});

describe("BIT STRING", () => {
  it("is read in whole octets", () => {
    expect(readBitString(parseDer(bitString(Uint8Array.of(1, 2))))).toEqual(Uint8Array.of(1, 2));
    expect(codeOf(() => readBitString(parsed("030201fe")))).toBe("der-bad-value");
    expect(codeOf(() => readBitString(parsed("0300")))).toBe("der-bad-value");
  });
});

describe("OBJECT IDENTIFIER", () => {
  it.each([
    ["1.2.156.10197.1.501", "06082a811ccf55018375"],
    ["2.5.29.15", "0603551d0f"],
    ["0.9.2342.19200300.100.1.25", "060a0992268993f22c640119"],
    ["2.999", "06028837"],
    ["2.5.4.340282366920938463463374607431768211456", "0615550484808080808080808080808080808080808000"],
  ])("%s is %s", (dotted, hex) => {
    expect(oid(dotted)).toEqual(bytesOfHex(hex));
    expect(readOid(parsed(hex))).toBe(dotted);
  });

  it.each(["0600", "060180", "06032a8001", "06022a80"])("is not %s", (hex) => {
    expect(codeOf(() => readOid(parsed(hex)))).toBe("der-bad-value");
  });

  it("has a limited length, since its arcs are numbers of any size", () => {
    expect(codeOf(() => readOid(parseDer(element(tags.oid, new Uint8Array(129).fill(1)))))).toBe(
      "der-bad-value",
    );
  });

  it.each(["", "1", "3.1", "1.2.", "1.02", "a.b", "1.40", "0.40"])("is not written from %j", (dotted) => {
    expect(() => oid(dotted)).toThrow(RangeError);
  });
});

describe("strings", () => {
  it.each([
    ["UTF8String", utf8String("印信"), "印信"],
    ["PrintableString", printableString("CN"), "CN"],
    ["PrintableString with characters that are met but not allowed", element(0x13, utf8Of("a@b*")), "a@b*"],
    ["IA5String", ia5String("a@b.cn"), "a@b.cn"],
    ["BMPString", element(tags.bmpString, bytesOfHex("53704fe1")), "印信"],
    ["BMPString with a surrogate pair", element(tags.bmpString, bytesOfHex("d840dc0b")), "𠀋"],
    ["TeletexString, as Latin-1", element(tags.teletexString, bytesOfHex("fc")), "ü"],
  ])("are read: %s", (_type, der, text) => {
    expect(readString(parseDer(der))).toBe(text);
  });

  it.each([
    ["overlong UTF-8", element(tags.utf8String, bytesOfHex("c080"))],
    ["IA5String above ASCII", element(tags.ia5String, bytesOfHex("80"))],
    ["half a BMP character", element(tags.bmpString, bytesOfHex("5370ff"))],
    ["half a surrogate pair", element(tags.bmpString, bytesOfHex("d8400041"))],
  ])("are refused: %s", (_what, der) => {
    expect(codeOf(() => readString(parseDer(der)))).toBe("der-bad-value");
  });

  it("are only of the types asked for", () => {
    expect(codeOf(() => readString(parseDer(utf8String("x")), tags.ia5String))).toBe("der-unexpected");
    expect(codeOf(() => readString(parseDer(nullValue())))).toBe("der-unexpected");
  });

  it("cannot be written outside their repertoire", () => {
    expect(() => printableString("a_b")).toThrow(RangeError);
    expect(() => ia5String("印")).toThrow(RangeError);
    expect(() => utf8String("\ud840")).toThrow(RangeError);
  });
});

describe("times", () => {
  const time = (tag: number, text: string): DerElement => parseDer(element(tag, utf8Of(text)));

  it("are read from both types, with the century of RFC 5280 §4.1.2.5.1", () => {
    expect(readTime(time(tags.utcTime, "491231235959Z")).toISOString()).toBe("2049-12-31T23:59:59.000Z");
    expect(readTime(time(tags.utcTime, "500101000000Z")).toISOString()).toBe("1950-01-01T00:00:00.000Z");
    expect(readTime(time(tags.generalizedTime, "20240229120000Z")).toISOString()).toBe(
      "2024-02-29T12:00:00.000Z",
    );
    expect(readTime(time(tags.generalizedTime, "00990101000000Z")).toISOString()).toBe(
      "0099-01-01T00:00:00.000Z",
    );
  });

  it.each([
    [tags.generalizedTime, "20260229000000Z"],
    [tags.generalizedTime, "20260101240000Z"],
    [tags.generalizedTime, "20260101006000Z"],
    [tags.generalizedTime, "20260101000060Z"],
    [tags.generalizedTime, "20261301000000Z"],
    [tags.generalizedTime, "20260001000000Z"],
    [tags.generalizedTime, "20260100000000Z"],
    [tags.generalizedTime, "20260101000000.5Z"],
    [tags.generalizedTime, "20260101000000"],
    [tags.generalizedTime, "20260101000000+0800"],
    [tags.generalizedTime, "260101000000Z"],
    [tags.utcTime, "20260101000000Z"],
    [tags.utcTime, "2601010000Z"],
    [tags.utcTime, "260101000000+0800"],
  ])("of tag %i are not %j", (tag, text) => {
    expect(codeOf(() => readTime(time(tag, text)))).toBe("der-bad-value");
  });

  it("are of a time type", () => {
    expect(codeOf(() => readTime(parseDer(utf8String("20260101000000Z"))))).toBe("der-unexpected");
  });

  it("are written without their fraction, and come back", () => {
    const moment = new Date("2026-11-22T01:02:03.999Z");
    for (const der of [generalizedTime(moment), utcTime(moment)]) {
      expect(readTime(parseDer(der)).toISOString()).toBe("2026-11-22T01:02:03.000Z");
    }
  });

  it("change type after 2049 in certificates (RFC 5280 §4.1.2.5)", () => {
    expect(x509Time(new Date("2049-12-31T23:59:59Z"))[0]).toBe(tags.utcTime);
    expect(x509Time(new Date("2050-01-01T00:00:00Z"))[0]).toBe(tags.generalizedTime);
  });

  it("cannot be written outside the years of their type", () => {
    expect(() => utcTime(new Date("2050-01-01T00:00:00Z"))).toThrow(RangeError);
    expect(() => generalizedTime(new Date("+010000-01-01T00:00:00Z"))).toThrow(RangeError);
    expect(() => generalizedTime(new Date(Number.NaN))).toThrow(RangeError);
  });
});

describe("constructed values", () => {
  it("are read under the tag expected", () => {
    expect(readChildren(parseDer(sequence(smallInteger(1))))).toHaveLength(1);
    expect(codeOf(() => readChildren(parseDer(setOf(smallInteger(1)))))).toBe("der-unexpected");
    expect(readChildren(parseDer(setOf(smallInteger(1))), tags.set)).toHaveLength(1);
  });

  it("of SET OF are sorted by their encodings (X.690 §11.6)", () => {
    const members = [utf8String("b"), smallInteger(300), smallInteger(2), utf8String("a")];
    expect(setOf(...members)).toEqual(
      element(tags.set, concatBytes(smallInteger(2), smallInteger(300), utf8String("a"), utf8String("b"))),
    );
  });
});
