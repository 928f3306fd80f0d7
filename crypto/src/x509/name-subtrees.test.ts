import { describe, expect, it } from "vitest";

import { generalNames } from "../../testing/encode-extensions.ts";
import { utf8Of } from "../bytes/index.ts";
import { contextExplicit, element, oid, parseDer, sequence, setOf, tags } from "../der/index.ts";
import { parseGeneralName } from "./index.ts";
import { isSubtreeBase, isUnsupportedForm, liesWithin, mayCover } from "./name-subtrees.ts";

type Form = "email" | "dns" | "uri" | "directory";

const read = (form: Form, text: string) => parseGeneralName(parseDer(generalNames[form](text)));
const address = (...octets: readonly number[]) => parseGeneralName(parseDer(generalNames.ip(...octets)));

describe("a name and a subtree (RFC 5280 §4.2.1.10)", () => {
  it.each<[Form, string, string, boolean]>([
    ["dns", "host.example", "host.example", true],
    ["dns", "Host.Example", "www.hOST.example", true],
    ["dns", "host.example", "ghost.example", false],
    ["dns", ".host.example", "host.example", false],
    ["dns", ".host.example", "a.host.example", true],
    ["dns", "", "anything.example", true],
    ["dns", "example", "*.example", true],
    ["email", "a@host.example", "a@HOST.example", true],
    ["email", "a@host.example", "A@host.example", false],
    ["email", "a@host.example", '"a"@host.example', true],
    ["email", "host.example", "a@host.example", true],
    ["email", "host.example", "a@www.host.example", false],
    ["email", ".host.example", "a@www.host.example", true],
    ["email", ".host.example", "a@host.example", false],
    ["uri", "host.example", "https://host.example/x?y", true],
    ["uri", "host.example", "https://host.example.evil/", false],
    ["uri", "host.example", "https://host.example@evil.example/", false],
    ["uri", ".example", "ldap://user@a.example:389/", true],
    ["uri", ".example", "https://example/", false],
    ["uri", "", "urn:isbn:1", false],
    ["directory", "ROOT", "Root", true],
    ["directory", "Root", "Other", false],
  ])("of the form %s: %j and %j meet is %s", (form, subtree, name, meets) => {
    expect(liesWithin(read(form, subtree), read(form, name))).toBe(meets);
  });

  it("of addresses meet under the mask, and only of one version", () => {
    const network = address(10, 1, 0, 0, 255, 255, 0, 0);
    expect(liesWithin(network, address(10, 1, 2, 3))).toBe(true);
    expect(liesWithin(network, address(10, 2, 2, 3))).toBe(false);
    expect(liesWithin(network, address(...new Array<number>(16).fill(0)))).toBe(false);
  });

  it("may meet through a wildcard, which stands for one label", () => {
    expect(mayCover(read("dns", "a.example"), read("dns", "*.example"))).toBe(true);
    expect(mayCover(read("dns", "b.a.example"), read("dns", "*.example"))).toBe(false);
    expect(mayCover(read("dns", "other"), read("dns", "*.example"))).toBe(false);
  });

  it("may meet where an address of IPv4 is written as one of IPv6", () => {
    const network = address(10, 0, 0, 0, 255, 0, 0, 0);
    const mapped = [...new Array<number>(10).fill(0), 255, 255, 10, 1, 2, 3];
    expect(mayCover(network, address(...mapped))).toBe(true);
    expect(mayCover(network, address(...mapped.slice(0, 12), 11, 1, 2, 3))).toBe(false);
    expect(mayCover(network, address(1, ...mapped.slice(1)))).toBe(false);
  });

  it("may meet where one is written in characters that nobody can read for sure", () => {
    const named = (tag: number, octets: Uint8Array, type = "2.5.4.3") =>
      parseGeneralName(
        parseDer(contextExplicit(4, sequence(setOf(sequence(oid(type), element(tag, octets)))))),
      );
    const [evil, other] = [utf8Of("Evil"), utf8Of("Other")];
    const subtree = named(tags.utf8String, evil);
    expect(mayCover(subtree, named(tags.teletexString, evil))).toBe(true);
    expect(mayCover(named(tags.teletexString, evil), named(tags.printableString, evil))).toBe(true);
    expect(mayCover(subtree, named(0x1c, Uint8Array.of(0, 0, 0, 0x45)))).toBe(true);
    expect(mayCover(subtree, named(tags.printableString, other))).toBe(false);
    expect(mayCover(subtree, named(tags.teletexString, evil, "2.5.4.10"))).toBe(false);
    expect(liesWithin(subtree, named(tags.teletexString, evil))).toBe(false);
  });

  it.each<[Form, string, boolean]>([
    ["dns", "evil.example", true],
    ["dns", ".evil.example", true],
    ["dns", "", true],
    ["dns", "evil.example.", false],
    ["dns", "*.evil.example", false],
    ["dns", "..evil.example", false],
    ["email", "a@evil.example", true],
    ["email", "@evil.example", false],
    ["email", "*@evil.example", true],
    ["uri", "evil.example", true],
    ["uri", "https://evil.example", false],
    ["uri", "10.0.0.1", false],
    ["directory", "Evil", true],
  ])("of the form %s: %j can be the base of a subtree is %s", (form, base, isBase) => {
    expect(isSubtreeBase(read(form, base))).toBe(isBase);
  });

  it.each<[Form, string]>([
    ["uri", "https://evil.example\\@host.example/"],
    ["uri", "https://a@evil.example@host.example/"],
    ["uri", "https://2130706433/"],
    ["uri", "https://host.0x7f/"],
    ["uri", "https://host.example./"],
    ["uri", `https://${"a".repeat(2048)}@host.example/`],
    ["email", `${"a".repeat(320)}@host.example`],
    ["dns", "host.example."],
    ["dns", "ho*t.example"],
    ["dns", "-a..example"],
    ["dns", ""],
    ["dns", "exa mple"],
    ["email", "no-host"],
    ["email", "a@b@c d"],
    ["uri", "urn:isbn:1"],
    ["uri", "https://10.0.0.1/"],
    ["uri", "https://[::1]/"],
  ])("cannot be compared for the %s %j, so it is refused where this form is constrained", (form, text) => {
    expect(isUnsupportedForm(read(form, text))).toBe(true);
  });
});
