import { createRequire } from "node:module";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { sm2Example } from "../../testing/sm2-example.ts";
import { bytesOfHex, concatBytes, hexOf, pemOfDer, utf8Of } from "../bytes/index.ts";
import { integer, octetString, sequence } from "../der/index.ts";
import { cipherOfRaw, generateSm2Key, rawOfCipher, Sm2CipherError, sm2Decrypt, sm2Encrypt } from "./index.ts";

const { pkcs8, spki } = sm2Example;
/** The encryption example of GB/T 32918.5-2017 annex C.2; its key is the one of the signature example. */
const published = {
  plaintext: utf8Of("encryption standard"),
  k: bytesOfHex("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21"),
  c1:
    "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73" +
    "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0",
  c3: "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766",
  c2: "21886ca989ca9c7d58087307ca93092d651efa",
};
const raw = bytesOfHex(published.c1 + published.c3 + published.c2);

/** What of sm-crypto is used here; it has no types. */
interface SmCrypto {
  readonly sm2: {
    doEncrypt(message: string, publicKey: string, mode: 1): string;
    doDecrypt(ciphertext: string, privateKey: string, mode: 1): string;
  };
}
const { sm2: smCrypto } = createRequire(import.meta.url)("sm-crypto") as SmCrypto;
const privateHex = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
const publicHex = hexOf(spki.subarray(-65));

describe("SM2 encryption (GB/T 32918.5-2017 annex C.2)", () => {
  it("makes the published ciphertext from the published k", () => {
    const der = sm2Encrypt(spki, published.plaintext, () => Uint8Array.from(published.k));
    expect(hexOf(rawOfCipher(der))).toBe(hexOf(raw));
  });

  it("opens the published ciphertext", () => {
    expect(sm2Decrypt(pkcs8, cipherOfRaw(raw))).toEqual(published.plaintext);
  });
});

describe("an SM2 ciphertext", () => {
  it("opens to what was encrypted, whatever its length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (plaintext) => {
        const der = sm2Encrypt(spki, plaintext);
        expect(sm2Decrypt(pkcs8, der)).toEqual(plaintext);
        expect(cipherOfRaw(rawOfCipher(der))).toEqual(der);
      }),
      { numRuns: fuzzRuns(30) },
    );
  });

  it("is another one each time", () => {
    expect(sm2Encrypt(spki, published.plaintext)).not.toEqual(sm2Encrypt(spki, published.plaintext));
  });

  it("does not open after any change of one bit, and says one thing only", () => {
    const der = cipherOfRaw(raw);
    for (let bit = 0; bit < der.length * 8; bit += 3) {
      const changed = der.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(
        messageOf(() => sm2Decrypt(pkcs8, changed)),
        `bit ${String(bit)}`,
      ).toBe(new Sm2CipherError().message);
    }
    expect(() => sm2Decrypt(generateSm2Key().pkcs8, der)).toThrow(Sm2CipherError);
  });

  const [x, y] = [
    integer(BigInt(`0x${published.c1.slice(2, 66)}`)),
    integer(BigInt(`0x${published.c1.slice(66)}`)),
  ];
  const [hash, text] = [octetString(bytesOfHex(published.c3)), octetString(bytesOfHex(published.c2))];
  it.each([
    ["nothing in it", new Uint8Array()],
    ["no DER", Uint8Array.of(1, 2, 3)],
    ["a point off the curve", sequence(x, x, hash, text)],
    ["a negative coordinate", sequence(integer(-1n), y, hash, text)],
    ["a coordinate that is too long", sequence(integer(1n << 256n), y, hash, text)],
    ["infinity", sequence(integer(0n), integer(0n), hash, text)],
    ["no text", sequence(x, y, hash, octetString(new Uint8Array()))],
    ["a short hash", sequence(x, y, octetString(new Uint8Array(31)), text)],
    ["a part too few", sequence(x, y, hash)],
    ["a part too many", sequence(x, y, hash, text, text)],
    ["the old order C1C2C3", sequence(x, y, text, hash)],
    ["bytes after it", concatBytes(cipherOfRaw(raw), Uint8Array.of(0))],
  ])("with %s does not open", (_what, der) => {
    expect(() => sm2Decrypt(pkcs8, der)).toThrow(Sm2CipherError);
  });

  it("in the raw form needs an uncompressed point and some text", () => {
    expect(() => cipherOfRaw(raw.subarray(0, 97))).toThrow(Sm2CipherError);
    expect(() => cipherOfRaw(concatBytes(Uint8Array.of(2), raw.subarray(1)))).toThrow(Sm2CipherError);
    expect(() => cipherOfRaw(new Uint8Array())).toThrow(Sm2CipherError);
  });

  it("is not made of nothing, to another kind of key, or from a random source that is stuck", () => {
    expect(() => sm2Encrypt(spki, new Uint8Array())).toThrow(RangeError);
    expect(() => sm2Encrypt(pkcs8, published.plaintext)).toThrow(RangeError);
    expect(() => sm2Encrypt(spki, published.plaintext, () => new Uint8Array(32))).toThrow(RangeError);
    expect(() => sm2Encrypt(spki, published.plaintext, () => new Uint8Array(32).fill(0xff))).toThrow(
      RangeError,
    );
    expect(() => sm2Decrypt(spki, cipherOfRaw(raw))).toThrow(RangeError);
  });
});

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (cause) {
    if (cause instanceof Sm2CipherError) return cause.message;
    throw cause;
  }
  return "";
}

describe("SM2 encryption beside others", () => {
  it("opens what sm-crypto encrypts, and the other way round", () => {
    const text = "印信: a secret for hand-over";
    const theirs = bytesOfHex(`04${smCrypto.doEncrypt(text, publicHex, 1)}`);
    expect(sm2Decrypt(pkcs8, cipherOfRaw(theirs))).toEqual(utf8Of(text));
    const ours = rawOfCipher(sm2Encrypt(spki, utf8Of(text)));
    expect(smCrypto.doDecrypt(hexOf(ours.subarray(1)), privateHex, 1)).toBe(text);
  });

  toolTest(["openssl"], "opens what openssl encrypts, and the other way round", () => {
    const own = generateSm2Key();
    const plaintext = utf8Of("a key of another cipher, and some more so that it takes two blocks");
    const files = {
      "key.pem": pemOfDer(own.pkcs8, "PRIVATE KEY"),
      "public.pem": pemOfDer(own.spki, "PUBLIC KEY"),
      "ours.der": sm2Encrypt(own.spki, plaintext),
      plaintext,
    };
    inOpensslFolder(files, ({ run, read }) => {
      run("pkeyutl", "-decrypt", "-inkey", "key.pem", "-in", "ours.der", "-out", "opened");
      expect(read("opened")).toEqual(plaintext);
      run("pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "plaintext", "-out", "theirs.der");
      expect(sm2Decrypt(own.pkcs8, read("theirs.der"))).toEqual(plaintext);
    });
  });
});
