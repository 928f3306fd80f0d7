import { createECDH } from "node:crypto";

import { describe, expect, it } from "vitest";

import { bytesOfHex, hexOf } from "../bytes/index.ts";
import { integer, sequence } from "../der/index.ts";
import { derEcdsaSignature, rawEcdsaSignature } from "./index.ts";

/** SP 800-186 §3.2.1. */
const orders = [
  ["P-256", "prime256v1", 32, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"],
  [
    "P-384",
    "secp384r1",
    48,
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
  ],
  [
    "P-521",
    "secp521r1",
    66,
    `01${"f".repeat(64)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
  ],
] as const;

describe.each(orders)("SEQUENCE { r, s } of a signature on %s", (curve, nodeName, octets, hex) => {
  const order = BigInt(`0x${hex}`);
  const octetsOf = (number: bigint): Uint8Array => bytesOfHex(number.toString(16).padStart(2 * octets, "0"));
  const signatureOf = (r: bigint, s: bigint): Uint8Array => sequence(integer(r), integer(s));

  it("may have numbers up to the order without it, as private keys may", () => {
    const key = createECDH(nodeName);
    expect(() => {
      key.setPrivateKey(octetsOf(order - 1n));
    }).not.toThrow();
    expect(() => {
      key.setPrivateKey(octetsOf(order));
    }).toThrow();

    const largest = rawEcdsaSignature(curve, signatureOf(order - 1n, 1n));
    expect(largest && hexOf(largest)).toBe(hexOf(octetsOf(order - 1n)) + hexOf(octetsOf(1n)));
    for (const [r, s] of [
      [order, 1n],
      [1n, order],
      [order + 1n, 1n],
      [1n, order << 4n],
      [0n, 1n],
      [1n, 0n],
      [-1n, 1n],
    ] as const) {
      expect(rawEcdsaSignature(curve, signatureOf(r, s)), `${String(r)}, ${String(s)}`).toBeUndefined();
    }
    expect(
      derEcdsaSignature(curve, bytesOfHex(hexOf(octetsOf(order)) + hexOf(octetsOf(1n)))),
    ).toBeUndefined();
  });

  it("is read in its one encoding only", () => {
    const der = signatureOf(order - 1n, 3n);
    expect(rawEcdsaSignature(curve, der)).toBeDefined();
    const content = der.subarray(der.length > 0x81 ? 3 : 2);
    const others = [
      der.subarray(0, der.length - 1),
      Uint8Array.from([...der, 0]),
      Uint8Array.from([0x30, 0x82, 0, content.length, ...content]),
      Uint8Array.from([0x31, ...der.subarray(1)]),
      // A zero that says nothing, a number of no octets, a third number.
      sequence(integer(1n), Uint8Array.of(0x02, 2, 0, 3)),
      sequence(integer(1n), Uint8Array.of(0x02, 0)),
      sequence(integer(1n), integer(2n), integer(3n)),
      sequence(integer(1n)),
      sequence(),
      new Uint8Array(),
    ];
    for (const other of others) expect(rawEcdsaSignature(curve, other), hexOf(other)).toBeUndefined();
  });
});
