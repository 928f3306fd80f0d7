import { describe, expect, it } from "vitest";

import { parseCheckMethod } from "./check-method.ts";

describe("a CheckMethod", () => {
  const cases = [
    ["SM3", { digest: "SM3" }],
    ["sm3", { digest: "SM3" }],
    ["1.2.156.10197.1.401", { digest: "SM3" }],
    ["1.2.156.10197.1.401.1", { digest: "SM3", quirk: "check-method-oid-misused" }],
    ["1.2.156.10197.1.401.2", { digest: "SM3", quirk: "check-method-oid-misused" }],
    ["SHA256", { digest: "SHA-256" }],
    ["SHA-256", { digest: "SHA-256" }],
    ["2.16.840.1.101.3.4.2.1", { digest: "SHA-256" }],
    ["SHA1", { digest: "SHA-1" }],
    ["MD5", { digest: "MD5" }],
    ["", { digest: "MD5", quirk: "check-method-absent" }],
    [undefined, { digest: "MD5", quirk: "check-method-absent" }],
    ["CRC32", { digest: undefined }],
  ] as const;
  for (const [text, expected] of cases) {
    it(`of ${JSON.stringify(text)} means ${JSON.stringify(expected)}`, () => {
      expect(parseCheckMethod(text)).toEqual(expected);
    });
  }
});
