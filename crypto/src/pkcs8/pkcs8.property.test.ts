import { generateKeyPairSync, randomBytes } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { equalBytes } from "../bytes/index.ts";
import { generateKey } from "../signer/index.ts";
import { decryptPrivateKey, encryptPrivateKey, parsePrivateKey, Pkcs8Error, publicKeyOf } from "./index.ts";

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size));
const keyDerivation = { name: "PBKDF2", iterations: 1000 } as const;
const key = generateKey("SM2").pkcs8;
const rsaKey = new Uint8Array(
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "der" }),
);

/** Whatever else a read does, it ends in a key or in our own error. */
function keyOrRefusal(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read();
  } catch (cause) {
    expect(cause).toBeInstanceOf(Pkcs8Error);
    return undefined;
  }
}

describe("encrypted private keys", () => {
  it("come back for any password", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (password) => {
        const encrypted = encryptPrivateKey(key, password, { random, keyDerivation });
        return equalBytes(decryptPrivateKey(encrypted, password).privateKey, key);
      }),
      { numRuns: fuzzRuns(30) },
    );
  });

  it.each(["SM2", "RSA"] as const)(
    "of %s with any octet changed give the same key, our error, or a kind of key that nobody uses",
    (kind) => {
      const plain = kind === "SM2" ? key : rsaKey;
      const encrypted = encryptPrivateKey(plain, "p", { random, keyDerivation });
      const step = kind === "SM2" ? 1 : 7;
      for (let at = 0; at < encrypted.length; at += step) {
        const changed = Uint8Array.from(encrypted);
        changed[at] = (changed[at] ?? 0) ^ 0x40;
        const read = keyOrRefusal(() => decryptPrivateKey(changed, "p").privateKey);
        if (read === undefined || equalBytes(read, plain)) continue;
        // CBC does not authenticate: a change of the initialization vector changes the first block alone, where the
        // OID of the algorithm stands. Only a container with a MAC promises more.
        expect(publicKeyOf(parsePrivateKey(read)).result, `byte ${String(at)}`).toBe("unknown");
      }
    },
  );

  it("are not made of random octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(keyOrRefusal(() => decryptPrivateKey(bytes, "p").privateKey)).toBeUndefined();
        keyOrRefusal(() => parsePrivateKey(bytes).key);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
