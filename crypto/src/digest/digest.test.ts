import { describe, expect, it } from "vitest";

import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { hexOf, utf8Of } from "../bytes/index.ts";
import { digest, digestText } from "./index.ts";

describe("SM3 (GB/T 32905-2016 annex A)", () => {
  it.each([
    ["abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
    ["abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"],
  ])("of %j is %s", (message, expected) => {
    expect(hexOf(digest("SM3", utf8Of(message)))).toBe(expected);
  });
});

describe("the SHA family (FIPS 180-4) and MD5 (RFC 1321)", () => {
  it.each<[DigestName, string]>([
    ["SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    [
      "SHA-384",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ],
    [
      "SHA-512",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ],
    ["SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["MD5", "900150983cd24fb0d6963f7d28e17f72"],
  ])('%s of "abc" is the published one', (algorithm, expected) => {
    expect(hexOf(digest(algorithm, utf8Of("abc")))).toBe(expected);
  });
});

describe("a digest", () => {
  it("of parts is the digest of the parts put together", () => {
    expect(digest("SM3", utf8Of("a"), new Uint8Array(), utf8Of("bc"))).toEqual(digest("SM3", utf8Of("abc")));
  });

  it.each(Object.keys(digestAlgorithms) as DigestName[])(
    "%s has the length that its row says",
    (algorithm) => {
      expect(digest(algorithm).length).toBe(digestAlgorithms[algorithm].lengthBytes);
    },
  );

  it("names its algorithm in its text form", () => {
    expect(digestText("SM3", Uint8Array.of(0xab, 1))).toBe("sm3:ab01");
    expect(digestText("SHA-256", Uint8Array.of(0xab, 1))).toBe("sha-256:ab01");
  });
});
