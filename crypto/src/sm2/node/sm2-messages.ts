import { createPrivateKey, createPublicKey, createSign, createVerify } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { concatBytes, hexOf } from "../../bytes/index.ts";
import { bitString, contextExplicit, octetString, oid, sequence, smallInteger } from "../../der/index.ts";
import { derOfRawSignature, rawOfDerSignature } from "../encoding.ts";
import type { Sm2Messages } from "../engine/index.ts";
import { bigCurves } from "./big-curve.ts";

/**
 * SM2 by node:crypto. `crypto.sign("sm3", …)` makes either ECDSA on the SM2 curve or SM2 with an empty user id, but
 * `createSign("sm3")` over a key imported from PKCS#8 signs e = SM3(input) as it is: fed with Z ‖ M it is exactly the
 * standard's scheme. Keys are therefore always imported, never used as generated.
 */
export const sm2Messages: Sm2Messages = {
  sign: (d32, xy64, parts) => {
    const signing = createSign("sm3");
    for (const part of parts) signing.update(part);
    return rawOfDerSignature(new Uint8Array(signing.sign(privateKeyOf(d32, xy64))));
  },
  verify: (xy64, parts, rs64) => {
    const key = isInRange(rs64) ? publicKeyOf(xy64) : undefined;
    if (key === undefined) return false;
    const verifying = createVerify("sm3");
    for (const part of parts) verifying.update(part);
    return verifying.verify(key, derOfRawSignature(rs64));
  },
};

function isInRange(rs64: Uint8Array): boolean {
  if (rs64.length !== 64) return false;
  const [r, s] = [BigInt(`0x${hexOf(rs64.subarray(0, 32))}`), BigInt(`0x${hexOf(rs64.subarray(32))}`)];
  const { n } = bigCurves.sm2;
  return r > 0n && r < n && s > 0n && s < n && r + s !== n;
}

const algorithm = sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301"));

const subjectPublicKey = (xy64: Uint8Array): Uint8Array => bitString(concatBytes(Uint8Array.of(4), xy64));

function privateKeyOf(d32: Uint8Array, xy64: Uint8Array): KeyObject {
  const key = sequence(smallInteger(1), octetString(d32), contextExplicit(1, subjectPublicKey(xy64)));
  const pkcs8 = sequence(smallInteger(0), algorithm, octetString(key));
  return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
}

function publicKeyOf(xy64: Uint8Array): KeyObject | undefined {
  try {
    const spki = sequence(algorithm, subjectPublicKey(xy64));
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    // node:crypto has no error class for "not a point"; whatever it says, nothing can be verified with these bytes.
    return undefined;
  }
}
