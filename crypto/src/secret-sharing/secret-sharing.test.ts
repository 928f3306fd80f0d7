import { randomBytes } from "node:crypto";
import { spawnSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { hexOf } from "../bytes/index.ts";
import { invert, multiply } from "./field.ts";
import {
  combineShares,
  encodeShare,
  parseShare,
  readShareWords,
  SecretSharingError,
  splitSecret,
  wordsOfDigest,
  wordsOfShare,
} from "./index.ts";
import type { SecretShare, WordLanguage } from "./index.ts";
import { evaluate, interpolate } from "./shamir.ts";

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const secret = random(32);
const { shares, set } = splitSecret({ secret, threshold: 3, count: 5 }, random);
const numbered = (all: readonly SecretShare[], index: number): SecretShare => {
  const found = all.find((each) => each.index === index);
  if (found === undefined) throw new Error(`there is no share ${String(index)}`);
  return found;
};
const share = (index: number): SecretShare => numbered(shares, index);
const changed = (index: number): SecretShare => ({
  ...share(index),
  value: share(index).value.map((byte, at) => (at === 7 ? byte ^ index : byte)),
});
const refusal = (body: () => unknown): unknown => {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof SecretSharingError)) throw cause;
    return [cause.code, ...cause.indices];
  }
};

describe("the field of 256 elements", () => {
  it("multiplies as the example of FIPS 197 §4.2 does, and every element but nought has an inverse", () => {
    expect([multiply(0x57, 0x83), multiply(0x57, 0x13)]).toEqual([0xc1, 0xfe]);
    for (let element = 1; element < 256; element += 1) expect(multiply(element, invert(element))).toBe(1);
    expect(invert(0)).toBe(0);
  });
});

describe("a shared secret", () => {
  it("comes back from every choice of three shares of five, in any order, and from more", () => {
    for (let mask = 0; mask < 32; mask += 1) {
      const chosen = shares.filter((_, at) => (mask >> at) & 1).reverse();
      if (chosen.length >= 3) expect(combineShares(chosen)).toEqual(secret);
      else expect(refusal(() => combineShares(chosen))).toEqual(["shares-too-few"]);
    }
    expect(combineShares([share(1), share(2), share(2), share(3)], set)).toEqual(secret);
  });

  it("is as likely to be any other with one share too few: for each value of a byte there is one share that gives it", () => {
    // All of the field, exhaustively: two of three shares held, the third runs through all values.
    const points = evaluate(Uint8Array.of(0x5a), [Uint8Array.of(0x11), Uint8Array.of(0xc3)], 3);
    const possible = new Set<number>();
    for (let value = 0; value < 256; value += 1) {
      const third = { x: 3, y: Uint8Array.of(value) };
      possible.add(interpolate([...points.slice(0, 2), third], 0)[0] ?? -1);
    }
    expect(possible.size).toBe(256);
  });

  it("has a tag that too few shares do not show: it is shared like the secret", () => {
    // A tag in the clear would let whoever holds two shares test guesses of the secret.
    const same = splitSecret({ secret, threshold: 3, count: 5 }, random).shares;
    const tail = (each: SecretShare | undefined): string => hexOf((each?.value ?? secret).slice(-4));
    expect(new Set([...shares, ...same].map(tail)).size).toBe(10);
  });

  it("names a wrong share by the set's digests, and among more shares than needed without them", () => {
    expect(refusal(() => combineShares([share(1), changed(2), share(3)], set))).toEqual(["share-wrong", 2]);
    expect(refusal(() => combineShares([share(1), changed(2), share(3)]))).toEqual(["share-wrong"]);
    expect(refusal(() => combineShares([share(1), changed(2), share(3), share(4)]))).toEqual([
      "share-wrong",
      2,
    ]);
    expect(refusal(() => combineShares([share(1), share(2), share(3), changed(4)]))).toEqual([
      "share-wrong",
      4,
    ]);
    expect(refusal(() => combineShares([changed(1), changed(2), share(3), share(4), share(5)]))).toEqual([
      "share-wrong",
      1,
      2,
    ]);
  });

  it("refuses shares of two sets, two shares with one number, and shares that no set has", () => {
    const other = splitSecret({ secret, threshold: 3, count: 5 }, random).shares;
    expect(refusal(() => combineShares([share(1), share(2), ...other.slice(2, 3)]))).toEqual([
      "shares-of-different-sets",
      3,
    ]);
    expect(refusal(() => combineShares(other, set))).toEqual(["shares-of-different-sets", 1, 2, 3, 4, 5]);
    expect(refusal(() => combineShares([share(1), changed(1), share(2)]))).toEqual([
      "shares-of-different-sets",
      1,
    ]);
    expect(refusal(() => combineShares([{ ...share(1), index: 0 }]))).toEqual(["share-malformed"]);
    expect(refusal(() => combineShares([]))).toEqual(["shares-too-few"]);
  });

  it.each([
    [1, 3],
    [4, 3],
    [2, 17],
    [2.5, 3],
    [0, 0],
  ])("is not split %s of %s ways", (threshold, count) => {
    expect(refusal(() => splitSecret({ secret, threshold, count }, random))).toEqual(["share-set-invalid"]);
  });

  it("has 16 or 32 bytes", () => {
    const short = random(16);
    const made = splitSecret({ secret: short, threshold: 16, count: 16 }, random);
    expect(combineShares(made.shares, made.set)).toEqual(short);
    expect(refusal(() => splitSecret({ secret: random(20), threshold: 2, count: 2 }, random))).toEqual([
      "share-set-invalid",
    ]);
  });

  // Tables of logarithms to the generator 3: another way than ours, by another hand's language.
  const program = `
import sys, json
exp, log, value = [0]*512, [0]*256, 1
for power in range(255):
    exp[power] = exp[power+255] = value; log[value] = power
    value ^= (value << 1) ^ (0x11b if value & 0x80 else 0)
mul = lambda a, b: 0 if 0 in (a, b) else exp[log[a]+log[b]]
div = lambda a, b: 0 if a == 0 else exp[log[a]+255-log[b]]
points = [(x, bytes.fromhex(y)) for x, y in json.load(sys.stdin)]
out = []
for at in range(len(points[0][1])):
    total = 0
    for i, (x, y) in enumerate(points):
        term = y[at]
        for j, (other, _) in enumerate(points):
            if i != j: term = mul(term, div(other, x ^ other))
        total ^= term
    out.append(total)
print(bytes(out).hex())`;
  toolTest(["python3"], "is put together by a program that shares no line with ours", () => {
    const points = [share(5), share(2), share(4)].map(({ index, value }) => [index, hexOf(value)]);
    const run = spawnSync("python3", ["-c", program], { input: JSON.stringify(points), encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.trim().slice(0, 64)).toBe(hexOf(secret));
  });
});

describe("a share in words", () => {
  const words = (language: WordLanguage): string[] => [...wordsOfShare(share(2), language)];
  const read = (text: string) => readShareWords(text);

  it("has 32 words in either language, 21 for a secret of 16 bytes, and is read back", () => {
    for (const language of ["en", "zh"] as const) {
      expect(words(language)).toHaveLength(32);
      expect(read(words(language).join(" "))).toEqual({ share: share(2) });
    }
    const small = numbered(splitSecret({ secret: random(16), threshold: 2, count: 16 }, random).shares, 16);
    expect(wordsOfShare(small, "en")).toHaveLength(21);
    expect(read(wordsOfShare(small, "en").join("\n"))).toEqual({ share: small });
  });

  it("is read as people write: numbered, in capitals, cut after four letters, Chinese without spaces", () => {
    const counted = words("en").map((word, at) => `${String(at + 1)}. ${word.toUpperCase()}`);
    expect(read(counted.join("\n"))).toEqual({ share: share(2) });
    expect(
      read(
        words("en")
          .map((word) => word.slice(0, 4))
          .join(", "),
      ),
    ).toEqual({ share: share(2) });
    expect(read(words("zh").join(""))).toEqual({ share: share(2) });
  });

  it("points at a word that is in no list, with what may have been meant", () => {
    const typed = words("en").with(4, "abandin").with(9, "qqqqqqqq").join(" ");
    expect(read(typed)).toEqual({
      reason: "unknown-words",
      problems: [
        { word: 5, written: "abandin", perhaps: ["abandon"] },
        { word: 10, written: "qqqqqqqq", perhaps: [] },
      ],
    });
  });

  it("finds the one wrong word, or the two that changed places, by the checksum", () => {
    for (const language of ["en", "zh"] as const) {
      const right = words(language);
      const other = wordsOfShare(share(3), language).find((word) => word !== right[20]) ?? "";
      expect(read(right.with(20, other).join(" "))).toEqual({
        reason: "checksum",
        problems: [{ word: 21, written: other, perhaps: [right[20]] }],
      });
    }
    const right = words("en");
    const otherThan = (word: string | undefined): string => (word === "zoo" ? "able" : "zoo");
    const twoWrong = right.with(10, otherThan(right[10])).with(11, otherThan(right[11]));
    expect(read(twoWrong.join(" "))).toEqual({ reason: "checksum", problems: [] });
    // The words are random: two neighbours may be the same.
    const at = right.findIndex((word, place) => place > 11 && word !== right[place + 1]);
    const [one = "", two = ""] = right.slice(at, at + 2);
    expect(
      read(
        right
          .with(at, two)
          .with(at + 1, one)
          .join(" "),
      ),
    ).toMatchObject({
      problems: [
        { word: at + 1, perhaps: [one] },
        { word: at + 2, perhaps: [two] },
      ],
    });
  });

  it("says how many words there should be, and of which version it cannot read", () => {
    expect(read("")).toMatchObject({ reason: "word-count", count: 0 });
    expect(read(words("en").slice(1).join(" "))).toEqual({
      reason: "word-count",
      count: 31,
      expected: [21, 32],
    });
    expect(refusal(() => parseShare(encodeShare(share(1)).slice(1)))).toEqual(["share-malformed"]);
    expect(refusal(() => parseShare(encodeShare(share(1)).with(9, 0).with(10, 0)))).toEqual([
      "share-malformed",
    ]);
  });
});

describe("a digest in words", () => {
  it("is four words of its first 44 bits", () => {
    const zeros = new Uint8Array(32);
    expect(wordsOfDigest(zeros)).toEqual(["abandon", "abandon", "abandon", "abandon"]);
    expect(() => wordsOfDigest(Uint8Array.of(1, 2), "en", 2)).toThrow(RangeError);
  });
});
