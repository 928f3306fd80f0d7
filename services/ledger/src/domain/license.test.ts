import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../../crypto/testing/fuzz-runs.ts";
import { holderCodeTypes } from "./holder-code.ts";
import { createSerial, formatLicenseIdentifier, isLicenseIdentifier } from "./license-identifier.ts";
import { validityAt } from "./license.ts";
import type { LicenseContent } from "./license.ts";

const published = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U";

describe("a license identifier (GB/T 36904-2018)", () => {
  it("has the check character of ISO/IEC 7064 MOD 37,36", () => {
    const parts = {
      typeCode: "11100000000013338W011",
      issuerCode: "11430000006122244L",
      serial: "20230000403",
      version: "001",
    };
    expect(formatLicenseIdentifier(parts)).toBe(published);
    expect(isLicenseIdentifier(published)).toBe(true);
  });

  it("is noticed to be wrong after any change of one character", () => {
    const alphabet = Array.from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.a");
    fc.assert(
      fc.property(fc.nat(published.length - 1), fc.constantFrom(...alphabet), (index, character) => {
        const changed = published.slice(0, index) + character + published.slice(index + 1);
        expect(isLicenseIdentifier(changed)).toBe(changed === published);
      }),
      { numRuns: fuzzRuns(500) },
    );
  });

  it("is not made of parts that cannot stand in one", () => {
    const parts = {
      typeCode: "11100000000013338W011",
      issuerCode: "11430000006122244L",
      serial: "1",
      version: "001",
    };
    for (const wrong of [
      { typeCode: "11100000000013338W" },
      { issuerCode: "340100" },
      { serial: "" },
      { serial: "a" },
      { serial: "1.2" },
      { version: "1" },
    ]) {
      expect(() => formatLicenseIdentifier({ ...parts, ...wrong })).toThrow(RangeError);
    }
  });

  it("gets a serial part of 20 characters, every character as likely as another", () => {
    const bytes = (size: number) => Uint8Array.from({ length: size }, (_, index) => (index * 13 + 250) % 256);
    expect(createSerial(bytes)).toMatch(/^[0-9A-Z]{20}$/);
    // 252 and above are drawn again, so a source that gives 255 and then 0 gives only the character of 0.
    let calls = 0;
    const restarting = (size: number) => new Uint8Array(size).fill((calls += 1) === 1 ? 255 : 0);
    expect(createSerial(restarting)).toBe("0".repeat(20));
  });
});

describe("a holder's code", () => {
  it("is checked by its kind's own check character", () => {
    expect(holderCodeTypes["001"]("11430000006122244L")).toBe(true);
    expect(holderCodeTypes["001"]("11430000006122244A")).toBe(false);
    // The example of GB 11643-1999, annex A.
    expect(holderCodeTypes["111"]("11010519491231002X")).toBe(true);
    expect(holderCodeTypes["111"]("440524188001010014")).toBe(true);
    expect(holderCodeTypes["111"]("110105194912310021")).toBe(false);
    expect(holderCodeTypes["111"]("11010519491231002x")).toBe(false);
    expect(holderCodeTypes["111"]("1101051949123100")).toBe(false);
  });
});

describe("the validity of a license", () => {
  const content = { validFrom: "2026-11-21", validUntil: "2026-11-22" } as LicenseContent;

  it("begins and ends at midnight in China", () => {
    expect(validityAt(content, new Date("2026-11-20T15:59:59Z"))).toBe("not-yet-valid");
    expect(validityAt(content, new Date("2026-11-20T16:00:00Z"))).toBe("valid");
    expect(validityAt(content, new Date("2026-11-22T15:59:59Z"))).toBe("valid");
    expect(validityAt(content, new Date("2026-11-22T16:00:00Z"))).toBe("expired");
  });

  it("has no end if none is said", () => {
    expect(
      validityAt({ ...content, validUntil: undefined } as unknown as LicenseContent, new Date("2099-01-01")),
    ).toBe("valid");
  });
});
