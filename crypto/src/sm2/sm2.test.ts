import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { describe, expect, it } from "vitest";

import { toolTest } from "../../../scripts/testing/tools.ts";
import { inOpensslFolder } from "../../testing/openssl.ts";
import { sm2Example } from "../../testing/sm2-example.ts";
import { bytesOfHex, concatBytes, hexOf, pemOfDer, utf8Of } from "../bytes/index.ts";
import { bitString, integer, oid, sequence } from "../der/index.ts";
import { digest } from "../digest/index.ts";
import { defaultUserId, derOfRawSignature, generateSm2Key, sm2Sign, sm2Verify, sm2Z } from "./index.ts";

const { message, spki, r, s } = sm2Example;
const published = derOfRawSignature(concatBytes(r, s));
const order = BigInt("0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes)}`);

function importKey(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
}

function p256Spki(): Uint8Array {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return new Uint8Array(publicKey.export({ type: "spki", format: "der" }));
}

const algorithmAndPoint = (point: Uint8Array): Uint8Array =>
  sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301")), bitString(point));

describe("SM2 (GB/T 32918.5-2017 annex A.2)", () => {
  it("derives the published Z from the default user id", () => {
    expect(hexOf(sm2Z(spki))).toBe(hexOf(sm2Example.z));
    expect(hexOf(sm2Z(spki, sm2Example.userId))).toBe(hexOf(sm2Example.z));
    expect(defaultUserId).toEqual(sm2Example.userId);
  });

  it("signs the published digest e = SM3(Z ‖ M)", () => {
    expect(hexOf(digest("SM3", sm2Z(spki), message))).toBe(hexOf(sm2Example.e));
  });

  it("verifies the published signature", () => {
    expect(sm2Verify(spki, message, published)).toBe(true);
  });

  it("signs with the published private key so that the published public key verifies", () => {
    const signature = sm2Sign(importKey(sm2Example.pkcs8), spki, message);
    expect(sm2Verify(spki, message, signature)).toBe(true);
  });
});

describe("an SM2 signature", () => {
  const { pkcs8, spki: publicKey } = generateSm2Key();
  const signature = sm2Sign(importKey(pkcs8), publicKey, message);

  it("is right for its message, key and user id only", () => {
    expect(sm2Verify(publicKey, message, signature)).toBe(true);
    expect(sm2Verify(publicKey, utf8Of("message digesT"), signature)).toBe(false);
    expect(sm2Verify(spki, message, signature)).toBe(false);
    expect(sm2Verify(publicKey, message, signature, utf8Of("another id"))).toBe(false);
    expect(sm2Verify(publicKey, message, signature, new Uint8Array())).toBe(false);
  });

  it("can be made for another user id", () => {
    const userId = utf8Of("ALICE123@YAHOO.COM");
    const other = sm2Sign(importKey(pkcs8), publicKey, message, userId);
    expect(sm2Verify(publicKey, message, other, userId)).toBe(true);
    expect(sm2Verify(publicKey, message, other)).toBe(false);
  });

  it("is wrong after any change of one bit", () => {
    for (let bit = 0; bit < signature.length * 8; bit += 1) {
      const changed = Uint8Array.from(signature);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(sm2Verify(publicKey, message, changed), `bit ${String(bit)}`).toBe(false);
    }
  });

  const [goodR, goodS] = [numberOf(r), numberOf(s)];
  it.each([
    ["r = 0", sequence(integer(0n), integer(goodS))],
    ["s = 0", sequence(integer(goodR), integer(0n))],
    ["r = n", sequence(integer(order), integer(goodS))],
    ["s = n", sequence(integer(goodR), integer(order))],
    ["r + n, which is the same number modulo n", sequence(integer(goodR + order), integer(goodS))],
    ["s + n, which is the same number modulo n", sequence(integer(goodR), integer(goodS + order))],
    ["r + s = n (§7.1 step 5)", sequence(integer(goodR), integer(order - goodR))],
    ["a negative r", sequence(integer(goodR - (1n << 256n)), integer(goodS))],
    ["n − s, as for ECDSA", sequence(integer(goodR), integer(order - goodS))],
    ["a third number", sequence(integer(goodR), integer(goodS), integer(1n))],
    ["one number", sequence(integer(goodR))],
    ["the raw form", concatBytes(r, s)],
    ["trailing bytes", concatBytes(published, Uint8Array.of(0))],
    ["a padded INTEGER", bytesOfHex(`3047022200${hexOf(integer(goodR)).slice(4)}${hexOf(integer(goodS))}`)],
    ["a padded length", bytesOfHex(`308146${hexOf(published).slice(4)}`)],
    ["an indefinite length", bytesOfHex(`3080${hexOf(published).slice(4)}0000`)],
    ["nothing in it", new Uint8Array()],
  ])("with %s is wrong", (_what, malformed) => {
    expect(sm2Verify(spki, message, malformed)).toBe(false);
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["no DER", Uint8Array.of(1, 2, 3)],
    ["a key with bytes after it", concatBytes(spki, Uint8Array.of(0))],
    ["a key of P-256", p256Spki()],
    ["a point that is not on the curve", algorithmAndPoint(Uint8Array.of(4, ...r, ...s))],
    ["the point at infinity", algorithmAndPoint(Uint8Array.of(0))],
    ["a compressed point", algorithmAndPoint(Uint8Array.of(3, ...spki.subarray(27, 59)))],
    ["a hybrid point", algorithmAndPoint(Uint8Array.of(7, ...spki.subarray(27)))],
  ])("is wrong under %s", (_what, key) => {
    expect(sm2Verify(key, message, published)).toBe(false);
  });
});

describe("Z", () => {
  it("refuses a key that is not an uncompressed SM2 point", () => {
    expect(() => sm2Z(p256Spki())).toThrow(RangeError);
    expect(() => sm2Z(new Uint8Array(3))).toThrow(RangeError);
  });

  it("takes a user id of 8191 bytes and no more: ENTL counts bits in two octets", () => {
    expect(sm2Z(spki, new Uint8Array(8191))).toHaveLength(32);
    expect(() => sm2Z(spki, new Uint8Array(8192))).toThrow(RangeError);
  });
});

describe("SM2 beside OpenSSL", () => {
  const userId = "distid:1234567812345678";

  toolTest(["openssl"], "signs what openssl verifies, the published signature included", () => {
    const { pkcs8, spki: publicKey } = generateSm2Key();
    const files = {
      "own.pem": pemOfDer(publicKey, "PUBLIC KEY"),
      "own.sig": sm2Sign(importKey(pkcs8), publicKey, message),
      "published.pem": pemOfDer(spki, "PUBLIC KEY"),
      "published.sig": published,
      message,
    };
    inOpensslFolder(files, ({ run }) => {
      for (const key of ["own", "published"]) {
        const { status, output } = run(
          ...[
            "dgst",
            "-sm3",
            "-verify",
            `${key}.pem`,
            "-sigopt",
            userId,
            "-signature",
            `${key}.sig`,
            "message",
          ],
        );
        expect(output).toContain("Verified OK");
        expect(status).toBe(0);
      }
    });
  });

  toolTest(["openssl"], "verifies what openssl signs, with the user id it used and no other", () => {
    inOpensslFolder({ "key.pem": pemOfDer(sm2Example.pkcs8, "PRIVATE KEY"), message }, ({ run, read }) => {
      run("dgst", "-sm3", "-sign", "key.pem", "-sigopt", userId, "-out", "default.sig", "message");
      run("dgst", "-sm3", "-sign", "key.pem", "-sigopt", "distid:alice", "-out", "alice.sig", "message");
      expect(sm2Verify(spki, message, read("default.sig"))).toBe(true);
      expect(sm2Verify(spki, message, read("alice.sig"))).toBe(false);
      expect(sm2Verify(spki, message, read("alice.sig"), utf8Of("alice"))).toBe(true);
    });
  });
});
