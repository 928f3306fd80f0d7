import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readPkcs11Config, readPkcs11Profile, standardProfile } from "./index.ts";

describe("the configuration of the PKCS#11 driver", () => {
  const least = { library: "/usr/lib/libtoken.so", token: { serial: "42" } };

  it("needs a library and a token, and fills in the rest", () => {
    expect(readPkcs11Config(least)).toEqual({ ...least, readWrite: false, calls: "measured" });
    const full = {
      ...least,
      token: { serial: "42", label: "印" },
      profile: "sansec",
      libraryParameters: "configdir='sql:/x'",
      readWrite: true,
      calls: "asynchronous",
    };
    expect(readPkcs11Config(full)).toEqual(full);
  });

  it.each([
    ["the configuration", "text"],
    ["library", { token: { serial: "42" } }],
    ["library", { ...least, library: "" }],
    ["library", { ...least, library: "/a\u0000b" }],
    ["token", { library: "/x" }],
    ["token", { library: "/x", token: {} }],
    ["token.serial", { library: "/x", token: { serial: 42 } }],
    ["libraryParameters", { ...least, libraryParameters: 1 }],
    ["readWrite", { ...least, readWrite: "yes" }],
    ["calls", { ...least, calls: "sometimes" }],
    ["slot", { ...least, slot: 3 }],
    ["pin", { ...least, pin: "648219" }],
  ])("is refused for %s, by name and without its value", (field, config) => {
    const read = (): unknown => readPkcs11Config(config);
    expect(read).toThrow(
      expect.objectContaining({
        code: "configuration-malformed",
        message: expect.stringContaining(field) as string,
      }) as Error,
    );
    expect(read).not.toThrow(/648219/);
  });
});

describe("the profile of a PKCS#11 vendor", () => {
  const folder = join(import.meta.dirname, "../../profiles");
  const builtIn = readdirSync(folder).filter((name) => name.startsWith("pkcs11-"));
  const jsonOf = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), "utf8"));

  it.each(builtIn)("%s is well-formed, and called as its file", (file) => {
    expect(readPkcs11Profile(jsonOf(file)).name).toBe(file.replace(/\.json$/, ""));
  });

  it("is the standard's where none is named", () => {
    expect(readPkcs11Profile(jsonOf("pkcs11-standard.json"))).toEqual(standardProfile);
  });

  const sm2 = { keyType: "0x3", signing: [{ mechanism: "0x1", takes: "digest", form: "raw" }] };
  const profile = { name: "a-name", about: "for a test", sm2 };

  it("says what a vendor's own return values mean", () => {
    const returnValues = { "0x80000101": "pin-locked", "0x80000102": "device-removed" };
    expect(readPkcs11Profile({ ...profile, returnValues }).returnValues).toEqual(
      new Map([
        [0x8000_0101, "pin-locked"],
        [0x8000_0102, "device-removed"],
      ]),
    );
  });

  it.each([
    ["profile", []],
    ["name", { about: "x" }],
    ["about", { name: "x" }],
    ["colour", { ...profile, colour: "red" }],
    ["sm2.keyType", { ...profile, sm2: { ...sm2, keyType: 3 } }],
    ["sm2.keyType", { ...profile, sm2: { ...sm2, keyType: "0x123456789" } }],
    ["sm2.signing", { ...profile, sm2: { ...sm2, signing: [] } }],
    ["sm2.signing.takes", { ...profile, sm2: { ...sm2, signing: [{ mechanism: "0x1", takes: "e" }] } }],
    [
      "sm2.decryption.form",
      { ...profile, sm2: { ...sm2, decryption: { mechanism: "0x1", form: "c1c2c3" } } },
    ],
    ["sm2.point.y", { ...profile, sm2: { ...sm2, point: { x: "0x1" } } }],
    ["sm2.extra", { ...profile, sm2: { ...sm2, extra: "0x1" } }],
    ["returnValues.0x5", { ...profile, returnValues: { "0x5": "self-check-failed" } }],
    ["lacks", { ...profile, lacks: ["events"] }],
  ])("is refused for its field %s", (field, json) => {
    expect(() => readPkcs11Profile(json)).toThrow(
      expect.objectContaining({
        code: "configuration-malformed",
        facts: { profileField: field },
      }) as Error,
    );
  });
});
