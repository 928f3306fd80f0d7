import { describe, expect, it } from "vitest";

import { bytesOfHex, utf8Of } from "../bytes/index.ts";
import {
  DerError,
  element,
  oid,
  parseDer,
  printableString,
  sequence,
  setOf,
  utf8String,
} from "../der/index.ts";
import { attributeOf, attributeTypes, parseName } from "./index.ts";
import type { Name } from "./index.ts";

const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(oid(type), value);
const nameOf = (...relativeNames: readonly Uint8Array[]): Name =>
  parseName(parseDer(sequence(...relativeNames)));
const commonNameOf = (value: Uint8Array): Name => nameOf(setOf(attribute(attributeTypes.CN, value)));

describe("a name", () => {
  const owner = nameOf(
    setOf(attribute(attributeTypes.C, printableString("CN"))),
    setOf(attribute(attributeTypes.O, utf8String("11440000007005617K某市政务服务局"))),
    setOf(attribute(attributeTypes.CN, utf8String("44010000000001"))),
  );

  it("reads from the person to the country, as in RFC 4514", () => {
    expect(owner.text).toBe("CN=44010000000001, O=11440000007005617K某市政务服务局, C=CN");
  });

  it("knows the identifier of an organization (ETSI EN 319 412-1)", () => {
    const identifier = attribute("2.5.4.97", utf8String("VATCN-11440000007005617K"));
    expect(nameOf(setOf(identifier)).text).toBe("organizationIdentifier=VATCN-11440000007005617K");
  });

  it("keeps its bytes and its attributes in the order of the encoding", () => {
    expect(owner.attributes.map(({ type }) => type)).toEqual(["C", "O", "CN"]);
    expect(parseName(parseDer(owner.raw))).toEqual(owner);
    expect(attributeOf(owner, "CN")).toBe("44010000000001");
    expect(attributeOf(owner, "OU")).toBeUndefined();
  });

  it("may have several attributes in one place", () => {
    const both = setOf(
      attribute(attributeTypes.CN, utf8String("张三")),
      attribute(attributeTypes.UID, utf8String("1001")),
    );
    expect(nameOf(both).text).toBe("CN=张三+UID=1001");
  });

  it("may be empty, but not have an empty place", () => {
    expect(nameOf()).toMatchObject({ attributes: [], text: "" });
    expect(() => nameOf(setOf())).toThrow(DerError);
  });

  it("shows types without a short name by their identifiers, and values that are no strings in hexadecimal", () => {
    expect(nameOf(setOf(attribute("1.2.156.10260.4.1.4", utf8String("x")))).text).toBe(
      "1.2.156.10260.4.1.4=x",
    );
    const universal = element(0x1c, bytesOfHex("00005370"));
    expect(commonNameOf(universal).text).toBe("CN=#1c0400005370");
  });

  it.each([
    ["a separator", "A, C=CN", "CN=A\\, C=CN"],
    ["a plus and a quote", 'a+"b"', 'CN=a\\+\\"b\\"'],
    ["a backslash", "a\\b", "CN=a\\\\b"],
    ["a leading hash sign", "#1c04", "CN=\\#1c04"],
    ["leading and trailing spaces", " a ", "CN=\\ a\\ "],
    ["a NUL", "bank.cn\u0000.evil", "CN=bank.cn\\00.evil"],
    ["a line break", "a\nO=b", "CN=a\\0aO=b"],
    ["a mark that turns the writing direction", "a\u202eb", "CN=a\\e2\\80\\aeb"],
    ["a zero-width space", "a\u200bb", "CN=a\\e2\\80\\8bb"],
  ])("cannot be made to look like another one: %s", (_what, value, text) => {
    expect(commonNameOf(utf8String(value)).text).toBe(text);
  });

  it("in which text cannot be read is refused", () => {
    expect(() => commonNameOf(element(0x0c, bytesOfHex("ff")))).toThrow(DerError);
    expect(() => parseName(parseDer(sequence(setOf(sequence(oid("2.5.4.3"))))))).toThrow(DerError);
    expect(() => parseName(parseDer(element(0x04, utf8Of("x"))))).toThrow(DerError);
  });
});
