import { describe, expect, it } from "vitest";

import { element, oid, parseDer, printableString, sequence, setOf, tags, utf8String } from "../der/index.ts";
import { utf8Of } from "../bytes/index.ts";
import { isSameName, nameBelow, parseName } from "./index.ts";
import type { Name } from "./index.ts";

const organization = "2.5.4.10";

function nameOf(...relativeNames: readonly (readonly Uint8Array[])[]): Name {
  return parseName(parseDer(sequence(...relativeNames.map((attributes) => setOf(...attributes)))));
}

const attribute = (value: Uint8Array, type = organization): Uint8Array => sequence(oid(type), value);
const name = (text: string): Name => nameOf([attribute(utf8String(text))]);
const isSame = (left: string, right: string): boolean => isSameName(name(left), name(right));

describe("two names (RFC 5280 §7.1)", () => {
  it("are the same whatever the case, the spaces and the type of their strings", () => {
    expect(isSame("Test  Authority ", "tEST authority")).toBe(true);
    expect(isSame("印信　测试", "印信 测试")).toBe(true);
    expect(isSame("ÄÖ Straße", "äö STRASSE")).toBe(true);
    expect(isSame("ﬁne\u00ad", "FINE")).toBe(true);
    expect(isSameName(nameOf([attribute(printableString("CA"))]), name("ca"))).toBe(true);
    const bmp = element(tags.bmpString, Uint8Array.of(0, 0x63, 0, 0x61));
    expect(isSameName(nameOf([attribute(bmp)]), name("CA"))).toBe(true);
  });

  it("are other names with another letter, type, order or number of parts", () => {
    expect(isSame("CA 1", "CA 2")).toBe(false);
    expect(isSame("a b", "ab")).toBe(false);
    // Full case folding joins ß and ss, but not the dotless i of Turkish with any other.
    expect(isSame("Kadıköy CA", "Kadiköy CA")).toBe(false);
    expect(isSame("KADıKÖY ca", "kadıköy CA")).toBe(true);
    const [one, two] = [attribute(utf8String("a")), attribute(utf8String("b"))];
    expect(isSameName(nameOf([one], [two]), nameOf([two], [one]))).toBe(false);
    expect(isSameName(nameOf([one], [two]), nameOf([one, two]))).toBe(false);
    expect(isSameName(nameOf([one]), nameOf([attribute(utf8String("a"), "2.5.4.11")]))).toBe(false);
  });

  it("cannot be made the same by a text that looks like a separator", () => {
    const trick = name(`a\u0002${organization}=b`);
    const [one, two] = [attribute(utf8String("a")), attribute(utf8String("b"))];
    expect(isSameName(trick, nameOf([one], [two]))).toBe(false);
  });

  it("with strings of no agreed alphabet are the same only octet by octet", () => {
    const teletex = (text: string): Name => nameOf([attribute(element(tags.teletexString, utf8Of(text)))]);
    expect(isSameName(teletex("CA"), teletex("CA"))).toBe(true);
    expect(isSameName(teletex("CA"), teletex("ca"))).toBe(false);
    expect(isSameName(teletex("CA"), name("CA"))).toBe(false);
  });

  it("in one relative name may stand in any order", () => {
    const [one, two] = [attribute(utf8String("a")), attribute(utf8String("b"), "2.5.4.11")];
    expect(isSameName(nameOf([one, two]), nameOf([two, one]))).toBe(true);
  });
});

describe("a relative name", () => {
  it("completes the name of a list's issuer (RFC 5280 §4.2.1.13)", () => {
    const [one, two] = [attribute(utf8String("a")), attribute(utf8String("b"))];
    expect(isSameName(nameBelow(nameOf([one]), setOf(two)), nameOf([one], [two]))).toBe(true);
  });
});
