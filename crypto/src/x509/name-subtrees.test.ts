import { describe, expect, it } from "vitest";

import { generalNames } from "../../testing/encode-extensions.ts";
import { parseDer } from "../der/index.ts";
import { parseGeneralName } from "./index.ts";
import { isUnsupportedForm, liesWithin, mayCover } from "./name-subtrees.ts";

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

  it.each<[Form, string]>([
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
