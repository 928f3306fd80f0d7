import { createCipheriv, randomBytes } from "node:crypto";

import fc from "fast-check";
import { sm4 as otherSm4 } from "sm-crypto-v2";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { bytesOfHex, concatBytes, hexOf, utf8Of } from "../bytes/index.ts";
import { openGcm, sealGcm } from "./gcm.ts";
import { cryptSm4Ctr, currentSm4, decryptSm4Cbc, encryptSm4Cbc, openSm4Gcm, sealSm4Gcm } from "./index.ts";
import { isRightSm4, nodeSm4, plainSm4 } from "./sm4-cipher.ts";

const key = bytesOfHex("0123456789abcdeffedcba9876543210");
const iv = bytesOfHex("000102030405060708090a0b0c0d0e0f");
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

describe.each([nodeSm4, plainSm4])("SM4 ($name)", (cipher) => {
  it("gives the published answer of GB/T 32907-2016 annex A.1", () => {
    expect(isRightSm4(cipher)).toBe(true);
    expect(hexOf(cipher.encryptBlocks(key, key))).toBe("681edf34d206965e86b3e94f536e4246");
  });
});

describe("SM4", () => {
  it("gives the published answer after a thousand rounds (the standard's million is a matter of patience)", () => {
    let block = key;
    for (let round = 0; round < 1000; round += 1) block = nodeSm4.encryptBlocks(key, block);
    let plain = key;
    for (let round = 0; round < 1000; round += 1) plain = plainSm4.encryptBlocks(key, plain);
    expect(hexOf(plain)).toBe(hexOf(block));
  });

  it("is node:crypto's here", () => {
    expect(currentSm4().name).toBe("node");
  });

  it("is the same in plain code as in node:crypto, in every mode", () => {
    const blocks = fc.integer({ min: 1, max: 4 }).chain((count) => bytes(16 * count));
    fc.assert(
      fc.property(bytes(16), bytes(16), blocks, fc.uint8Array({ maxLength: 50 }), (k, start, text, odd) => {
        expect(plainSm4.encryptBlocks(k, text)).toEqual(nodeSm4.encryptBlocks(k, text));
        expect(plainSm4.decryptBlocks(k, text)).toEqual(nodeSm4.decryptBlocks(k, text));
        expect(plainSm4.encryptChain(k, start, text)).toEqual(nodeSm4.encryptChain(k, start, text));
        expect(plainSm4.decryptChain(k, start, text)).toEqual(nodeSm4.decryptChain(k, start, text));
        expect(plainSm4.cryptCounter(k, start, odd)).toEqual(nodeSm4.cryptCounter(k, start, odd));
      }),
      { numRuns: fuzzRuns(30) },
    );
    const last = new Uint8Array(16).fill(0xff);
    expect(plainSm4.cryptCounter(key, last, new Uint8Array(40))).toEqual(
      nodeSm4.cryptCounter(key, last, new Uint8Array(40)),
    );
  });

  it("refuses keys and starting values of another length", () => {
    expect(() => encryptSm4Cbc(key.subarray(1), iv, key)).toThrow(RangeError);
    expect(() => decryptSm4Cbc(key, iv.subarray(1), key)).toThrow(RangeError);
    expect(() => cryptSm4Ctr(key, iv.subarray(1), key)).toThrow(RangeError);
    expect(() => sealSm4Gcm(key.subarray(1), iv.subarray(4), key)).toThrow(RangeError);
    expect(() => sealSm4Gcm(key, iv, key)).toThrow(RangeError);
    expect(() => openSm4Gcm(key, iv, key)).toThrow(RangeError);
  });
});

describe("SM4-CBC", () => {
  it("gives back what was encrypted, and is what sm-crypto-v2 makes", () => {
    fc.assert(
      fc.property(bytes(16), bytes(16), fc.uint8Array({ maxLength: 70 }), (k, start, text) => {
        const ciphertext = encryptSm4Cbc(k, start, text);
        expect(decryptSm4Cbc(k, start, ciphertext)).toEqual(text);
        const other = otherSm4.encrypt(text, hexOf(k), { mode: "cbc", iv: hexOf(start), output: "string" });
        expect(hexOf(ciphertext)).toBe(other);
      }),
      { numRuns: fuzzRuns(30) },
    );
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["half a block", new Uint8Array(8)],
    ["a padding of 0", nodeSm4.encryptChain(key, iv, new Uint8Array(16))],
    ["a padding of 17", nodeSm4.encryptChain(key, iv, new Uint8Array(32).fill(17))],
    [
      "a padding that differs within",
      nodeSm4.encryptChain(key, iv, concatBytes(new Uint8Array(13), Uint8Array.of(2, 3, 3))),
    ],
  ])("does not open %s", (_what, ciphertext) => {
    expect(decryptSm4Cbc(key, iv, ciphertext)).toBeUndefined();
  });
});

describe("SM4-GCM", () => {
  const nonce = bytesOfHex("00001234567800000000abcd");
  const associated = bytesOfHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const plaintext = bytesOfHex(
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd" +
      "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
  );
  const published =
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735" +
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d" +
    "83de3541e4c2b58177e065a9bf7b62ec";

  it("gives the published answer of RFC 8998 annex A.1 and opens it", () => {
    expect(hexOf(sealSm4Gcm(key, nonce, plaintext, associated))).toBe(published);
    expect(openSm4Gcm(key, nonce, bytesOfHex(published), associated)).toEqual(plaintext);
  });

  it("does not open what was changed anywhere, or cut", () => {
    const sealed = bytesOfHex(published);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.map((byte, at) => (at === index ? byte ^ 0x10 : byte));
      expect(openSm4Gcm(key, nonce, changed, associated)).toBeUndefined();
    }
    expect(openSm4Gcm(key, nonce, sealed, utf8Of("other"))).toBeUndefined();
    expect(openSm4Gcm(key, nonce, sealed.subarray(1), associated)).toBeUndefined();
    expect(openSm4Gcm(key, nonce, sealed.subarray(0, 15), associated)).toBeUndefined();
    expect(openSm4Gcm(iv, nonce, sealed, associated)).toBeUndefined();
  });

  const short = fc.uint8Array({ maxLength: 70 });

  it("is what sm-crypto-v2 makes", () => {
    fc.assert(
      fc.property(bytes(16), bytes(12), short, short, (k, start, text, extra) => {
        const sealed = sealSm4Gcm(k, start, text, extra);
        expect(openSm4Gcm(k, start, sealed, extra)).toEqual(text);
        const { output, tag } = otherSm4.encrypt(text, hexOf(k), {
          ...{ mode: "gcm", iv: hexOf(start), associatedData: extra, output: "string", outputTag: true },
        } as never) as unknown as { output: string; tag: string };
        expect(hexOf(sealed)).toBe(output + tag);
      }),
      { numRuns: fuzzRuns(30) },
    );
  });

  it("is, with AES in place of SM4, the GCM of node:crypto", () => {
    fc.assert(
      fc.property(bytes(16), bytes(12), short, short, (k, start, text, extra) => {
        const run = (mode: string, from: Uint8Array | null, input: Uint8Array): Uint8Array =>
          createCipheriv(mode, k, from).setAutoPadding(false).update(input);
        const cipher = {
          encryptBlock: (block: Uint8Array) => run("aes-128-ecb", null, block),
          cryptCounter: (counter: Uint8Array, input: Uint8Array) => run("aes-128-ctr", counter, input),
        };
        const native = createCipheriv("aes-128-gcm", k, start).setAAD(extra);
        const expected = Buffer.concat([native.update(text), native.final(), native.getAuthTag()]);
        const sealed = sealGcm(cipher, start, text, extra);
        expect(hexOf(sealed)).toBe(expected.toString("hex"));
        expect(hexOf(openGcm(cipher, start, sealed, extra) ?? randomBytes(1))).toBe(hexOf(text));
      }),
      { numRuns: fuzzRuns(50) },
    );
  });
});
