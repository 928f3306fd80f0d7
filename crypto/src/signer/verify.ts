import { createPublicKey, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { parsePublicKey } from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { DerError } from "../der/index.ts";
import { rawOfDerSignature, SignatureEncodingError, sm2Verify } from "../sm2/index.ts";

export interface SignatureToVerify {
  readonly algorithm: SignatureAlgorithmName;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** SEQUENCE { r, s } in strict DER, or 64 octets for Ed25519. */
  readonly signature: Uint8Array;
}

/** Whether the signature is right. Unusable keys and malformed signatures are wrong, not errors. */
export function verifySignature({ algorithm, publicKey, message, signature }: SignatureToVerify): boolean {
  return verifiers[algorithm](publicKey, message, signature);
}

type Verifier = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

const verifiers: Record<SignatureAlgorithmName, Verifier> = {
  SM2: (publicKey, message, signature) => sm2Verify(publicKey, message, signature),
  ES256: (publicKey, message, signature) => {
    const key = importKey(publicKey, "ES256");
    return key !== undefined && isStrictDer(signature) && verify("sha256", message, key, signature);
  },
  Ed25519: (publicKey, message, signature) => {
    const key = importKey(publicKey, "Ed25519");
    return key !== undefined && signature.length === 64 && verify(null, message, key, signature);
  },
};

function importKey(spki: Uint8Array, algorithm: SignatureAlgorithmName): KeyObject | undefined {
  if (algorithmOf(spki) !== algorithm) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
  } catch {
    // node:crypto has no error class for "not a key"; whatever it says, nothing can be verified with these bytes.
    return undefined;
  }
}

function algorithmOf(spki: Uint8Array): SignatureAlgorithmName | undefined {
  try {
    return parsePublicKey(spki).algorithm;
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

/** Two encodings of one signature must not both pass. OpenSSL refuses the second too, but the promise is ours. */
function isStrictDer(signature: Uint8Array): boolean {
  try {
    rawOfDerSignature(signature);
    return true;
  } catch (cause) {
    if (cause instanceof SignatureEncodingError) return false;
    throw cause;
  }
}
