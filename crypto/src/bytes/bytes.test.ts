import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import {
  base64Of,
  bytesOfBase64,
  bytesOfHex,
  bytesOfLatin1,
  concatBytes,
  derOfPem,
  equalBytes,
  hexOf,
  latin1Of,
  pemOfDer,
  textOfUtf8,
  utf8Of,
} from "./index.ts";

describe("byte strings", () => {
  it("are joined in order", () => {
    expect(concatBytes(Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3))).toEqual(
      Uint8Array.of(1, 2, 3),
    );
  });

  it("are equal only with the same length and the same octets", () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
  });
});

describe("hexadecimal", () => {
  it("is written in lower case and read in both", () => {
    expect(hexOf(Uint8Array.of(0x0a, 0xff))).toBe("0aff");
    expect(bytesOfHex("0AfF")).toEqual(Uint8Array.of(0x0a, 0xff));
  });

  it.each(["0", "0g", "0x", " 00", "00 "])("refuses %j", (text) => {
    expect(() => bytesOfHex(text)).toThrow(RangeError);
  });

  it("comes back as it went", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => equalBytes(bytesOfHex(hexOf(bytes)), bytes)),
      { numRuns: fuzzRuns(100) },
    );
  });
});

describe("base64 (RFC 4648)", () => {
  it.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("encodes %j as %j (§10)", (text, encoded) => {
    expect(base64Of(utf8Of(text))).toBe(encoded);
    expect(bytesOfBase64(encoded)).toEqual(utf8Of(text));
  });

  it.each(["Zg", "Zg=", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm-_", "Z===", "====", "Zg==Zg=="])(
    "refuses %j",
    (text) => {
      expect(() => bytesOfBase64(text)).toThrow(RangeError);
    },
  );

  it("has one text for each byte string, and refuses every other text", () => {
    const digits = fc.constantFrom(...Array.from("ABghvwxyz0189+/=\n-"));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(digits).map((all) => all.join("")),
          fc.base64String(),
        ),
        (text) => {
          let bytes: Uint8Array;
          try {
            bytes = bytesOfBase64(text);
          } catch (cause) {
            expect(cause).toBeInstanceOf(RangeError);
            return;
          }
          expect(base64Of(bytes)).toBe(text);
        },
      ),
      { numRuns: fuzzRuns(100) },
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => equalBytes(bytesOfBase64(base64Of(bytes)), bytes)),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("handles more bytes than a function call has arguments", () => {
    const bytes = new Uint8Array(200_001).fill(0x5a);
    expect(equalBytes(bytesOfBase64(base64Of(bytes)), bytes)).toBe(true);
  });
});

describe("text", () => {
  it("is UTF-8, and anything else is refused", () => {
    expect(textOfUtf8(utf8Of("印信"))).toBe("印信");
    expect(textOfUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe("\ufeffA");
    expect(() => textOfUtf8(Uint8Array.of(0xc0, 0x80))).toThrow(TypeError);
    expect(() => textOfUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toThrow(TypeError);
  });

  it("in Latin-1 has a character for each byte", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => equalBytes(bytesOfLatin1(latin1Of(bytes)), bytes)),
      { numRuns: fuzzRuns(100) },
    );
    expect(() => bytesOfLatin1("印")).toThrow(RangeError);
  });
});

describe("PEM (RFC 7468)", () => {
  const first = Uint8Array.from({ length: 100 }, (_, index) => index);
  const second = Uint8Array.of(1, 2, 3);

  it("comes back as it went, among other text and other labels", () => {
    const pem = `subject=…\n${pemOfDer(first, "CERTIFICATE")}${pemOfDer(second, "PRIVATE KEY")}${pemOfDer(second, "CERTIFICATE")}`;
    expect(derOfPem(pem, "CERTIFICATE")).toEqual([first, second]);
    expect(derOfPem(pem.replaceAll("\n", "\r\n"), "CERTIFICATE")).toEqual([first, second]);
    expect(derOfPem("nothing here", "CERTIFICATE")).toEqual([]);
  });

  it("has lines of at most 64 characters", () => {
    expect(
      Math.max(
        ...pemOfDer(first, "X")
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBe(64);
  });

  it("that was cut off does not look like fewer blocks", () => {
    const pem = pemOfDer(first, "X") + pemOfDer(second, "X");
    expect(() => derOfPem(pem.slice(0, -10), "X")).toThrow(RangeError);
    expect(() => derOfPem(pem.replace("AAEC", "*AEC"), "X")).toThrow(RangeError);
  });
});
