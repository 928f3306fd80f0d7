import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../testing/fuzz-runs.ts";
import { digestAlgorithms, parsePublicKey, readRsaPublicKey } from "../algorithms/index.ts";
import type { DigestName } from "../algorithms/index.ts";
import { bytesOfHex, concatBytes, hexOf, utf8Of } from "../bytes/index.ts";
import { platform as browser } from "./browser.ts";
import { platform as node } from "./node.ts";
import { rememberLast } from "./recently-used.ts";

const names = Object.keys(digestAlgorithms) as DigestName[];
const parts = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 });
const runs = { numRuns: fuzzRuns(20) };

describe.each(names)("%s on both platforms", (name) => {
  it("gives the same digest, whatever pieces the input comes in", () => {
    fc.assert(
      fc.property(parts, (pieces) => {
        const [here, there] = [node.createDigest(name), browser.createDigest(name)];
        for (const piece of pieces) {
          here.update(piece);
          there.update(piece);
        }
        const whole = node
          .createDigest(name)
          .update(concatBytes(...pieces))
          .digest();
        const value = here.digest();
        return hexOf(value) === hexOf(there.digest()) && hexOf(value) === hexOf(whole);
      }),
      runs,
    );
  });

  it("gives the same HMAC, also under keys longer than a block", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), parts, (key, pieces) => {
        const value = hexOf(node.hmac(name, key, ...pieces));
        return value === hexOf(browser.hmac(name, key, ...pieces));
      }),
      runs,
    );
  });
});

describe("what is remembered", () => {
  it("is asked once, is forgotten after the last so many others, and cannot be changed from outside", () => {
    const asked: string[] = [];
    const spell = rememberLast(2, (bytes) => {
      asked.push(hexOf(bytes));
      return bytes;
    });
    const key = Uint8Array.of(1);
    expect(spell(key)).toBe(spell(Uint8Array.of(1)));
    const first = spell(key);
    key[0] = 9;
    expect(first).toEqual(Uint8Array.of(1));
    spell(Uint8Array.of(2));
    spell(Uint8Array.of(1));
    spell(Uint8Array.of(3));
    spell(Uint8Array.of(1));
    spell(Uint8Array.of(2));
    expect(asked).toEqual(["01", "02", "03", "02"]);
  });

  it("is nothing large", () => {
    let count = 0;
    const ask = rememberLast(2, () => (count += 1));
    const large = new Uint8Array(5000);
    expect([ask(large), ask(large)]).toEqual([1, 2]);
  });
});

describe("HMAC", () => {
  it("is the published one: RFC 4231 §4.2", () => {
    const expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
    const key = new Uint8Array(20).fill(0x0b);
    for (const platform of [node, browser]) {
      expect(hexOf(platform.hmac("SHA-256", key, utf8Of("Hi There")))).toBe(expected);
    }
    expect(hexOf(node.hmac("SM3", key, utf8Of("Hi "), utf8Of("There")))).toBe(
      createHmac("sm3", key).update("Hi There").digest("hex"),
    );
  });
});

describe("the RSA public operation on both platforms", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1031 });
  const key = readRsaPublicKey(parsePublicKey(spkiOf(publicKey)).key);
  if (key === undefined) throw new Error("not an RSA key");
  const signature = new Uint8Array(sign("sha256", utf8Of("x"), privateKey));

  it("gives the same octets, as many as the modulus has", () => {
    const value = node.rsaPublicOperation(key, signature);
    expect(value).toHaveLength(129);
    expect(browser.rsaPublicOperation(key, signature)).toEqual(value);
    const zero = new Uint8Array(129);
    expect(node.rsaPublicOperation(key, zero)).toEqual(zero);
    expect(browser.rsaPublicOperation(key, zero)).toEqual(zero);
  });

  it("refuses what is not below the modulus, or of another length", () => {
    const modulus = bytesOfHex(key.modulus.toString(16).padStart(258, "0"));
    for (const wrong of [modulus, new Uint8Array(129).fill(0xff), signature.subarray(1), new Uint8Array()]) {
      expect(node.rsaPublicOperation(key, wrong)).toBeUndefined();
      expect(browser.rsaPublicOperation(key, wrong)).toBeUndefined();
    }
  });
});

describe("Ed25519 on both platforms", () => {
  it("accepts and refuses the same signatures, also those that only a cofactor makes right", () => {
    // A point of order 8 added to the public key: [8] forgets it, the equation without cofactor does not.
    const torsion = ed25519.Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    const verdicts = Array.from({ length: 24 }, (_, index) => {
      const secret = new Uint8Array(32).fill(index);
      const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(secret);
      const mixed = ed25519.Point.fromBytes(pointBytes).add(torsion).toBytes();
      const message = Uint8Array.of(index);
      const r = ed25519.Point.BASE.multiply(7n).toBytes();
      const order = ed25519.Point.Fn.ORDER;
      const k =
        littleEndian(
          node
            .createDigest("SHA-512")
            .update(concatBytes(r, mixed, message))
            .digest(),
        ) % order;
      const s = (7n + k * scalar) % order;
      const signature = concatBytes(r, bytesOfHex(s.toString(16).padStart(64, "0")).reverse());
      expect(ed25519.verify(signature, message, mixed)).toBe(true);
      const verdict = node.verifyEd25519(mixed, message, signature);
      expect(browser.verifyEd25519(mixed, message, signature)).toBe(verdict);
      return verdict;
    });
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });
});

function littleEndian(octets: Uint8Array): bigint {
  return BigInt(`0x${hexOf(octets.toReversed())}`);
}

function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: "spki", format: "der" }));
}
