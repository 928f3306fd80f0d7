import { randomBytes } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { utf8Of } from "../bytes/index.ts";
import {
  base32OfSecret,
  defaultOtpParameters,
  generateOtpSecret,
  hotpLookAhead,
  otpAuthUri,
  otpSecretBytes,
  totpCode,
  verifyHotp,
  verifyTotp,
} from "./index.ts";
import type { OtpParameters } from "./index.ts";

const secret = utf8Of("12345678901234567890");
const at = new Date("2026-11-22T03:00:10Z");
const step = Math.floor(at.getTime() / 30_000);
const seconds = (count: number): Date => new Date(at.getTime() + count * 1000);

describe("time-based codes", () => {
  const longSecret = (length: number): Uint8Array => utf8Of("1234567890".repeat(7).slice(0, length));
  const secrets = { sha1: longSecret(20), sha256: longSecret(32), sha512: longSecret(64) };
  it.each<[OtpParameters["algorithm"], readonly string[]]>([
    ["sha1", ["94287082", "07081804", "14050471", "89005924", "69279037", "65353130"]],
    ["sha256", ["46119246", "68084774", "67062674", "91819424", "90698825", "77737706"]],
    ["sha512", ["90693936", "25091201", "99943326", "93441116", "38618901", "47863826"]],
  ])("over %s are those of RFC 6238 Appendix B", (algorithm, codes) => {
    const parameters = { algorithm, digits: 8, stepSeconds: 30 } as const;
    const times = [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000];
    for (const [place, time] of times.entries()) {
      const date = new Date(time * 1000);
      const code = codes[place] ?? "";
      expect(totpCode(secrets[algorithm], date, parameters)).toBe(code);
      const attempt = { secret: secrets[algorithm], code, at: date, lastUsedStep: undefined, parameters };
      expect(verifyTotp(attempt)).toEqual({ accepted: true, step: Math.floor(time / 30) });
    }
  });

  it("are good for their own step and the two beside it", () => {
    const code = totpCode(secret, at);
    for (const [shift, accepted] of [
      [-60, false],
      [-30, true],
      [0, true],
      [30, true],
      [60, false],
    ] as const) {
      const result = verifyTotp({ secret, code, at: seconds(shift), lastUsedStep: undefined });
      expect(result, String(shift)).toEqual(accepted ? { accepted, step } : { accepted, reason: "wrong" });
    }
  });

  it("serve once, and none of an earlier step serves after", () => {
    const code = totpCode(secret, at);
    expect(verifyTotp({ secret, code, at, lastUsedStep: step - 1 })).toEqual({ accepted: true, step });
    expect(verifyTotp({ secret, code, at, lastUsedStep: step })).toEqual({ accepted: false, reason: "used" });
    const before = totpCode(secret, seconds(-30));
    expect(verifyTotp({ secret, code: before, at, lastUsedStep: step })).toEqual({
      accepted: false,
      reason: "used",
    });
    const after = totpCode(secret, seconds(30));
    expect(verifyTotp({ secret, code: after, at, lastUsedStep: step })).toEqual({
      accepted: true,
      step: step + 1,
    });
  });

  it("serve once, also where two steps happen to have the same", () => {
    // Steps 910,737 and 910,738 of this secret share a code.
    const shared = new Date(910_738 * 30_000);
    const code = totpCode(secret, shared);
    expect(totpCode(secret, new Date(910_737 * 30_000))).toBe(code);
    const first = verifyTotp({ secret, code, at: shared, lastUsedStep: 910_736 });
    expect(first).toEqual({ accepted: true, step: 910_738 });
    const again = verifyTotp({ secret, code, at: shared, lastUsedStep: 910_738 });
    expect(again).toEqual({ accepted: false, reason: "used" });
  });

  it.each(["", "12345", "1234567", "12345a", " 123456", "１２３４５６", "12345\n"])(
    "are not what %j is",
    (code) => {
      expect(verifyTotp({ secret, code, at, lastUsedStep: undefined })).toEqual({
        accepted: false,
        reason: "malformed",
      });
    },
  );

  it("are as many digits as agreed, with zeros in front", () => {
    const digits = fc.constantFrom<6 | 7 | 8>(6, 7, 8);
    const key = fc.uint8Array({ minLength: 16, maxLength: 40 });
    fc.assert(
      fc.property(key, digits, fc.nat(2 ** 31 - 1), (ownSecret, count, time) => {
        const parameters = { ...defaultOtpParameters, digits: count };
        const date = new Date(time * 1000);
        const code = totpCode(ownSecret, date, parameters);
        expect(code).toMatch(new RegExp(`^[0-9]{${String(count)}}$`));
        const attempt = { secret: ownSecret, code, at: date, lastUsedStep: undefined, parameters };
        expect(verifyTotp(attempt).accepted).toBe(true);
      }),
      { numRuns: fuzzRuns(50) },
    );
  });

  it("are not made of a short secret", () => {
    expect(() => totpCode(secret.subarray(0, 15), at)).toThrow(RangeError);
    expect(() => verifyTotp({ secret: secret.subarray(0, 15), code: "000000", at, lastUsedStep: 0 })).toThrow(
      RangeError,
    );
  });
});

describe("counter-based codes", () => {
  const codes = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
  ];

  it("are those of RFC 4226 Appendix D, one after the other", () => {
    for (const [counter, code] of codes.entries()) {
      expect(verifyHotp({ secret, code, counter })).toEqual({ accepted: true, nextCounter: counter + 1 });
    }
  });

  it("may be a few ahead, and never behind", () => {
    const ahead = codes[hotpLookAhead] ?? "";
    expect(verifyHotp({ secret, code: ahead, counter: 0 })).toEqual({
      accepted: true,
      nextCounter: hotpLookAhead + 1,
    });
    const tooFar = codes[hotpLookAhead + 1] ?? "";
    expect(verifyHotp({ secret, code: tooFar, counter: 0 })).toEqual({ accepted: false, reason: "wrong" });
    expect(verifyHotp({ secret, code: codes[0] ?? "", counter: 1 })).toEqual({
      accepted: false,
      reason: "wrong",
    });
    expect(verifyHotp({ secret, code: "75522", counter: 0 })).toEqual({
      accepted: false,
      reason: "malformed",
    });
    expect(() => verifyHotp({ secret, code: "755224", counter: -1 })).toThrow(RangeError);
  });
});

describe("an enrolment", () => {
  it("has a secret of 160 bits and the address that apps read", () => {
    expect(generateOtpSecret(randomBytes)).toHaveLength(otpSecretBytes);
    expect(base32OfSecret(secret)).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    const uri = new URL(otpAuthUri({ secret, issuer: "印信", account: "person_1" }));
    expect(uri.protocol).toBe("otpauth:");
    expect(uri.searchParams.get("secret")).toBe("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    expect(uri.searchParams.get("issuer")).toBe("印信");
  });
});
