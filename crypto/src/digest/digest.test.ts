import { describe, expect, it } from "vitest";

import { digestAlgorithms } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { hexOf, utf8Of } from "../bytes/index.ts";
import { createDigest, digest, digestText, hmac } from "./index.ts";
import { createSm3, sm3Padding } from "./sm3.ts";

describe("SM3 (GB/T 32905-2016 annex A)", () => {
  it.each([
    ["abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
    ["abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"],
  ])("of %j is %s", (message, expected) => {
    expect(hexOf(digest("SM3", utf8Of(message)))).toBe(expected);
    expect(hexOf(createSm3().update(utf8Of(message)).digest())).toBe(expected);
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
    ["SHA-224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"],
    ["SHA3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"],
    ["SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["MD5", "900150983cd24fb0d6963f7d28e17f72"],
  ])('%s of "abc" is the published one', (algorithm, expected) => {
    expect(hexOf(digest(algorithm, utf8Of("abc")))).toBe(expected);
  });
});

describe("our own SM3", () => {
  it("agrees with OpenSSL's at every length around the ends of a block", () => {
    for (let length = 0; length <= 200; length += 1) {
      const message = Uint8Array.from({ length }, (_, index) => index * 7);
      expect(createSm3().update(message).digest(), String(length)).toEqual(digest("SM3", message));
    }
  });

  it("counts bits in 64 of them: 512 MiB have more than fit 32", () => {
    expect(hexOf(sm3Padding(2 ** 29 + 55))).toBe("8000000001000001b8");
    expect(sm3Padding(56)).toHaveLength(72);
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

  it("takes its input in pieces", () => {
    const pieces = createDigest("SHA-256").update(utf8Of("a")).update(utf8Of("bc"));
    expect(pieces.digest()).toEqual(digest("SHA-256", utf8Of("abc")));
  });

  it("with a key is an HMAC: RFC 4231 §4.3", () => {
    const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    expect(hexOf(hmac("SHA-256", utf8Of("Jefe"), utf8Of("what do ya want "), utf8Of("for nothing?")))).toBe(
      expected,
    );
  });

  it("names its algorithm in its text form", () => {
    expect(digestText("SM3", Uint8Array.of(0xab, 1))).toBe("sm3:ab01");
    expect(digestText("SHA-256", Uint8Array.of(0xab, 1))).toBe("sha-256:ab01");
  });
});
