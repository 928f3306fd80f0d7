import fc from "fast-check";
import { parsePublicKey } from "@yinxin/crypto/algorithms";
import { concatBytes } from "@yinxin/crypto/bytes";
import { bitString, octetString, oid, printableString, sequence } from "@yinxin/crypto/der";
import { generateKey } from "@yinxin/crypto/signer";
import { describe, expect, it } from "vitest";

import { fuzzRuns } from "../../../crypto/testing/fuzz-runs.ts";
import { attributes, keyTypes } from "./cryptoki.ts";
import type { AttributeValues } from "./objects.ts";
import { publicKeyOfAttributes } from "./public-key.ts";

const { keyType, ecParameters, ecPoint, modulus, publicExponent } = attributes;
const ulong = (number: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(number)).buffer);
const valuesOf = (type: number, others: readonly (readonly [number, Uint8Array])[]): AttributeValues =>
  new Map([[keyType, ulong(type)], ...others]);
const curves = { ES256: "1.2.840.10045.3.1.7", ES384: "1.3.132.0.34", SM2: "1.2.156.10197.1.301" } as const;
const vendor = { keyType: 0x8005_0002, signing: [] } as const;

describe("the public key of an object in a token", () => {
  it.each(["ES256", "ES384", "SM2"] as const)("is read from the point of %s in every form", (row) => {
    const { spki } = generateKey(row);
    const { key: point } = parsePublicKey(spki);
    for (const form of [point, octetString(point), bitString(point), point.subarray(1)]) {
      const values = valuesOf(keyTypes.ec, [
        [ecParameters, oid(curves[row])],
        [ecPoint, form],
      ]);
      expect(publicKeyOfAttributes(values, undefined)).toEqual(spki);
    }
  });

  it("is read where the octets of a bare point look like the head of an OCTET STRING", () => {
    const point = concatBytes(Uint8Array.of(0x04, 63), new Uint8Array(63).fill(9));
    const values = valuesOf(keyTypes.ec, [
      [ecParameters, oid(curves.ES256)],
      [ecPoint, point],
    ]);
    expect(parsePublicKey(publicKeyOfAttributes(values, undefined) ?? new Uint8Array()).key).toEqual(point);
  });

  it("is read from Ed25519 in every form", () => {
    const { spki } = generateKey("Ed25519");
    const { key: point } = parsePublicKey(spki);
    for (const form of [point, octetString(point), bitString(point)]) {
      const named = [ecParameters, printableString("edwards25519")] as const;
      expect(
        publicKeyOfAttributes(valuesOf(keyTypes.ecEdwards, [named, [ecPoint, form]]), undefined),
      ).toEqual(spki);
    }
  });

  it("is read from a vendor's SM2 key, which need not say its curve", () => {
    const { spki } = generateKey("SM2");
    const { key: point } = parsePublicKey(spki);
    const inPoint = valuesOf(vendor.keyType, [[ecPoint, octetString(point)]]);
    expect(publicKeyOfAttributes(inPoint, vendor)).toEqual(spki);
    expect(publicKeyOfAttributes(inPoint, undefined)).toBeUndefined();
    const inNumbers = valuesOf(vendor.keyType, [
      [0x10002, point.slice(1, 33)],
      [0x10003, point.slice(33)],
    ]);
    expect(publicKeyOfAttributes(inNumbers, { ...vendor, point: { x: 0x10002, y: 0x10003 } })).toEqual(spki);
  });

  it("is none for an unknown or explicit curve, a wrong length, a compressed point, or half a key", () => {
    const { key: point } = parsePublicKey(generateKey("ES256").spki);
    const p256 = [ecParameters, oid(curves.ES256)] as const;
    const cases: readonly AttributeValues[] = [
      valuesOf(keyTypes.ec, [p256]),
      valuesOf(keyTypes.ec, [[ecPoint, point]]),
      valuesOf(keyTypes.ec, [p256, [ecPoint, concatBytes(Uint8Array.of(2), point.slice(1, 33))]]),
      valuesOf(keyTypes.ec, [
        [ecParameters, oid("1.3.132.0.10")],
        [ecPoint, point],
      ]),
      valuesOf(keyTypes.ec, [
        [ecParameters, sequence()],
        [ecPoint, point],
      ]),
      valuesOf(keyTypes.rsa, [[modulus, new Uint8Array(256).fill(0xff)]]),
      valuesOf(keyTypes.rsa, [
        [modulus, new Uint8Array(9999).fill(0xff)],
        [publicExponent, Uint8Array.of(1, 0, 1)],
      ]),
      valuesOf(0x13, [p256, [ecPoint, point]]),
      new Map([[ecPoint, point]]),
    ];
    for (const values of cases) expect(publicKeyOfAttributes(values, undefined)).toBeUndefined();
  });

  it("is a key or nothing, whatever a token answers", () => {
    const octets = fc.uint8Array({ maxLength: 140 });
    const types = fc.constantFrom(keyTypes.rsa, keyTypes.ec, keyTypes.ecEdwards, vendor.keyType);
    const parameters = fc.oneof(octets, fc.constantFrom(...Object.values(curves).map(oid)));
    fc.assert(
      fc.property(types, parameters, octets, octets, (type, curve, first, second) => {
        const values = valuesOf(type, [
          [ecParameters, curve],
          [ecPoint, first],
          [modulus, first],
          [publicExponent, second],
        ]);
        const spki = publicKeyOfAttributes(values, vendor);
        expect(spki === undefined || parsePublicKey(spki).kind !== "unknown").toBe(true);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
