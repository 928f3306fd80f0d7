import { schemeOf } from "../algorithms/index.ts";
import type { PublicKeyInfo, SignatureAlgorithmName, SignatureScheme } from "../algorithms/index.ts";
import { platform } from "../platform/index.ts";
import { keyOfSpki } from "./key-of-spki.ts";
import { verifyDigestOn, verifySchemeOn } from "./verify-scheme.ts";
import type { SchemeOverDigest, SchemeToVerify } from "./verify-scheme.ts";

export interface SignatureToVerify {
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** SEQUENCE { r, s } in strict DER for SM2 and ECDSA, else the algorithm's own octets. */
  readonly signature: Uint8Array;
}

/**
 * Whether the signature is right, with a key of this row: of its curve, or RSA with 2048 bits or more. Unusable keys and
 * malformed signatures are wrong, not errors.
 */
export function verifySignature({ algorithm, ...input }: SignatureToVerify): boolean {
  const scheme = schemeOf(algorithm);
  const key = keyOfSpki(input.publicKey);
  return key !== undefined && isKeyOfRow(key, scheme) && verifySchemeOn(platform, { ...input, scheme });
}

/**
 * Whether the signature is right by the scheme that its AlgorithmIdentifier says. Unusable keys and malformed signatures
 * are wrong, not errors. Whether the scheme and the key are good enough is another question, for `judgeAlgorithm`: this
 * also verifies SHA-1, DSA and RSA from 1024 bits.
 */
export function verifyScheme(input: SchemeToVerify): boolean {
  return verifySchemeOn(platform, input);
}

/**
 * As {@link verifyScheme} over a digest that is ready: ECDSA, RSA, DSA, and SM2 with e = SM3(Z ‖ M). False for schemes that
 * digest by themselves, and for a digest of another length than the scheme's.
 */
export function verifyDigestSignature(input: SchemeOverDigest): boolean {
  return verifyDigestOn(platform, input);
}

function isKeyOfRow(key: PublicKeyInfo, { kind, name }: SignatureScheme): boolean {
  const isRsa = kind === "rsa-pkcs1" || kind === "rsa-pss";
  return isRsa ? key.kind === "rsa" && key.algorithm !== undefined : key.algorithm === name;
}
