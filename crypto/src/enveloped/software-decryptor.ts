import { constants, createECDH, createPrivateKey, privateDecrypt } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { DerError, parseDer, readChildren } from "../der/index.ts";
import { parsePrivateKey, Pkcs8Error, publicKeyOf, readOctets } from "../pkcs8/index.ts";
import type { PrivateKeyInfo } from "../pkcs8/index.ts";
import type { Decryptor, OaepDigest } from "./decryptor.ts";
import { EnvelopeError } from "./error.ts";
import { keyKinds } from "./key-kinds.ts";
import { decryptSm2 } from "./sm2-transport.ts";

/**
 * A decryptor over a private key in this process's memory.
 *
 * @param pkcs8 PrivateKeyInfo, DER: RSA with 2048 bits or more, P-256 or SM2.
 * @throws EnvelopeError `recipient-unfit` for anything else.
 */
export function createSoftwareDecryptor(pkcs8: Uint8Array): Decryptor {
  const key = readKey(pkcs8);
  const half = publicKeyOf(key);
  const kind = keyKinds.find((row) => row.keyOid === key.keyOid && row.curveOid === key.curveOid)?.kind;
  if (half.result !== "known" || kind === undefined) throw unfit();
  const { publicKey } = half;
  switch (kind) {
    case "rsa": {
      const privateKey = importKey(key);
      return {
        kind,
        publicKey,
        decrypt: (ciphertext, digest) => settled(() => decryptOaep(privateKey, ciphertext, digest)),
      };
    }
    case "ecdh-p256": {
      const scalar = scalarOf(key);
      return { kind, publicKey, agree: (peer) => settled(() => agree(scalar, peer)) };
    }
    case "sm2":
      return { kind, publicKey, decrypt: (ciphertext) => settled(() => decryptSm2(pkcs8, ciphertext)) };
  }
}

/** A promise of the result: software is ready at once, but a port is a port. */
function settled<Result>(compute: () => Result): Promise<Result> {
  return Promise.resolve().then(compute);
}

const nodeDigests: Readonly<Record<OaepDigest, string>> = {
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

function decryptOaep(key: KeyObject, ciphertext: Uint8Array, digest: OaepDigest): Uint8Array | undefined {
  try {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return new Uint8Array(privateDecrypt({ key, padding, oaepHash: nodeDigests[digest] }, ciphertext));
  } catch {
    // OpenSSL looks at the padding in constant time; which part was wrong must not be said either.
    return undefined;
  }
}

function agree(scalar: Uint8Array, peer: Uint8Array): Uint8Array | undefined {
  try {
    const ecdh = createECDH("prime256v1");
    ecdh.setPrivateKey(scalar);
    return new Uint8Array(ecdh.computeSecret(peer));
  } catch {
    // Not a point of the curve.
    return undefined;
  }
}

function readKey(pkcs8: Uint8Array): PrivateKeyInfo {
  try {
    return parsePrivateKey(pkcs8);
  } catch (cause) {
    if (cause instanceof Pkcs8Error) throw unfit();
    throw cause;
  }
}

function importKey({ raw }: PrivateKeyInfo): KeyObject {
  try {
    const key = createPrivateKey({ key: Buffer.from(raw), format: "der", type: "pkcs8" });
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) return key;
  } catch {
    // The cause is dropped on purpose: it may quote the key.
  }
  throw unfit();
}

/** ECPrivateKey (RFC 5915 §3). */
function scalarOf(key: PrivateKeyInfo): Uint8Array {
  try {
    return readOctets(readChildren(parseDer(key.key))[1], "the private number");
  } catch (cause) {
    if (cause instanceof DerError) throw unfit();
    throw cause;
  }
}

function unfit(): EnvelopeError {
  return new EnvelopeError("recipient-unfit", "this private key does not decrypt here");
}
