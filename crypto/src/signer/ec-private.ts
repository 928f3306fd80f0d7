import { sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { digest as digestOf } from "../digest/index.ts";
import { currentEngine } from "../sm2/engine/index.ts";
import type { EcCurve, EcPrivateKey } from "../sm2/engine/index.ts";
import { derOfRawSignature, pooledRandom, readEcPrivateKey, sm2Z } from "../sm2/index.ts";
import { SignerError } from "./signer.ts";
import type { SignInput } from "./signer.ts";

/** Gives SEQUENCE { r, s }. */
export type EcSign = (input: SignInput) => Uint8Array;

/**
 * Signs by SM2 on the engine: a message by e = SM3(Z ‖ M) with the default user id, or a digest that is e already
 * (GB/T 32918.2-2016 §6.1).
 *
 * @throws RangeError if the PrivateKeyInfo has no key of this curve inside.
 */
export function sm2Signing(pkcs8: Uint8Array, spki: Uint8Array): EcSign {
  const key = engineKey("sm2", pkcs8);
  const z = sm2Z(spki);
  return (input) => {
    const e = "digest" in input ? digestOf32(input.digest) : digestOf("SM3", z, input.message);
    return derOfRawSignature(key.sign(e, pooledRandom));
  };
}

/**
 * Signs by ECDSA over P-256 and SHA-256: messages with node:crypto, digests on the engine, because node:crypto would digest
 * them once more.
 *
 * @throws RangeError as {@link sm2Signing}.
 */
export function es256Signing(pkcs8: Uint8Array, nodeKey: KeyObject): EcSign {
  const key = engineKey("p256", pkcs8);
  return (input) => {
    if ("message" in input) return new Uint8Array(sign("sha256", input.message, nodeKey));
    return derOfRawSignature(key.sign(digestOf32(input.digest), pooledRandom));
  };
}

function engineKey(wanted: EcCurve, pkcs8: Uint8Array): EcPrivateKey {
  const { curve, d } = readEcPrivateKey(pkcs8);
  if (curve !== wanted) throw new RangeError("a key of another curve");
  try {
    return currentEngine().importPrivateKey(curve, d);
  } finally {
    d.fill(0);
  }
}

function digestOf32(digest: Uint8Array): Uint8Array {
  if (digest.length === 32) return digest;
  throw new SignerError("input-not-supported", "a digest for this key has 32 octets");
}
