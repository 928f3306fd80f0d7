import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { signatureAlgorithmOfKey } from "../algorithms/index.ts";
import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { DerError, parseDer, readChildren, readOid, tags } from "../der/index.ts";
import { generateSm2Key, sm2Sign } from "../sm2/index.ts";
import { SignerError } from "./signer.ts";
import type { Signer } from "./signer.ts";

/** A fresh key pair in DER: PKCS#8 and SubjectPublicKeyInfo. */
export function generateKey(algorithm: SignatureAlgorithmName): { pkcs8: Uint8Array; spki: Uint8Array } {
  return generators[algorithm]();
}

const generators: Record<SignatureAlgorithmName, () => { pkcs8: Uint8Array; spki: Uint8Array }> = {
  SM2: generateSm2Key,
  ES256: () => exported(generateKeyPairSync("ec", { namedCurve: "P-256" })),
  Ed25519: () => exported(generateKeyPairSync("ed25519")),
};

function exported({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): {
  pkcs8: Uint8Array;
  spki: Uint8Array;
} {
  return {
    pkcs8: new Uint8Array(privateKey.export({ type: "pkcs8", format: "der" })),
    spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
  };
}

/**
 * A signer over a private key in this process's memory.
 *
 * @param pkcs8 PrivateKeyInfo (RFC 5208), DER, unencrypted.
 * @throws SignerError `key-not-supported` if it is not a private key, or no row of the algorithm table signs with it.
 */
export function createSoftwareSigner(pkcs8: Uint8Array): Signer {
  const algorithm = algorithmOf(pkcs8);
  const privateKey = importPrivateKey(pkcs8);
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ type: "spki", format: "der" }));
  const signMessage = signers[algorithm];
  return {
    algorithm,
    publicKey,
    inputs: ["message"],
    sign: (input) => {
      if (!("message" in input)) {
        return Promise.reject(
          new SignerError("input-not-supported", `${algorithm} in software signs messages only`),
        );
      }
      return Promise.resolve(signMessage(privateKey, publicKey, input.message));
    },
  };
}

const signers: Record<
  SignatureAlgorithmName,
  (key: KeyObject, spki: Uint8Array, message: Uint8Array) => Uint8Array
> = {
  SM2: (key, spki, message) => sm2Sign(key, spki, message),
  ES256: (key, _spki, message) => new Uint8Array(sign("sha256", message, key)),
  Ed25519: (key, _spki, message) => new Uint8Array(sign(null, message, key)),
};

function algorithmOf(pkcs8: Uint8Array): SignatureAlgorithmName {
  const name = readAlgorithm(pkcs8);
  if (name === undefined) throw new SignerError("key-not-supported", "this kind of key does not sign here");
  return name;
}

function readAlgorithm(pkcs8: Uint8Array): SignatureAlgorithmName | undefined {
  try {
    const [, algorithm] = readChildren(parseDer(pkcs8));
    const [keyOid, curve] = algorithm === undefined ? [] : readChildren(algorithm);
    const curveOid = curve?.tag === tags.oid ? readOid(curve) : undefined;
    return keyOid === undefined ? undefined : signatureAlgorithmOfKey(readOid(keyOid), curveOid);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}

function importPrivateKey(pkcs8: Uint8Array): KeyObject {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8), format: "der", type: "pkcs8" });
  } catch {
    // The cause is dropped on purpose: it may quote the key.
    throw new SignerError("key-not-supported", "the private key cannot be read");
  }
}
