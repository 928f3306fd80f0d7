import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { concatBytes, equalBytes } from "../bytes/index.ts";
import { integer, sequence, smallInteger } from "../der/index.ts";
import {
  derOfRawSignature,
  parseSignatureValue,
  rawOfDerSignature,
  SignatureEncodingError,
} from "./index.ts";

const raw64 = fc.uint8Array({ minLength: 64, maxLength: 64 });

describe("the two forms of an SM2 signature", () => {
  it("turn into each other without loss", () => {
    fc.assert(
      fc.property(raw64, (raw) => equalBytes(rawOfDerSignature(derOfRawSignature(raw)), raw)),
      { numRuns: fuzzRuns(100) },
    );
  });

  it("are told apart, also when DER happens to have 64 bytes", () => {
    const der = sequence(integer(1n << 230n), integer(1n << 229n));
    expect(der).toHaveLength(64);
    expect(parseSignatureValue(der)).toEqual({ der, form: "der" });

    const raw = new Uint8Array(64).fill(0x30);
    expect(parseSignatureValue(raw)).toEqual({ der: derOfRawSignature(raw), form: "raw" });
  });

  it.each([
    ["no signature", new Uint8Array()],
    ["63 bytes", new Uint8Array(63)],
    ["65 bytes", new Uint8Array(65)],
    ["three numbers", sequence(smallInteger(1), smallInteger(2), smallInteger(3))],
    ["DER and more", concatBytes(sequence(smallInteger(1), smallInteger(2)), Uint8Array.of(0))],
  ])("are nothing else: %s", (_what, value) => {
    expect(() => parseSignatureValue(value)).toThrow(SignatureEncodingError);
  });

  it("have no room for numbers that are negative or longer than 32 bytes", () => {
    expect(() => rawOfDerSignature(sequence(smallInteger(-1), smallInteger(1)))).toThrow(
      SignatureEncodingError,
    );
    expect(() => rawOfDerSignature(sequence(smallInteger(1), integer(1n << 256n)))).toThrow(
      SignatureEncodingError,
    );
    expect(() => derOfRawSignature(new Uint8Array(63))).toThrow(SignatureEncodingError);
  });

  it("of any bytes are read or refused with their own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          parseSignatureValue(bytes);
          return true;
        } catch (cause) {
          return cause instanceof SignatureEncodingError;
        }
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
