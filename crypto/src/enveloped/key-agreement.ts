import { createCipheriv, createDecipheriv, createECDH, createHash } from "node:crypto";

import { concatBytes } from "../bytes/index.ts";
import { contextExplicit, octetString, sequence } from "../der/index.ts";
import type { RandomBytes } from "../pkcs8/index.ts";

/** Schemes of RFC 5753 §7.1.4 with the standard Diffie-Hellman of one ephemeral key, by the digest of their KDF. */
const kdfDigests: ReadonlyMap<string, string> = new Map([
  ["1.3.133.16.840.63.0.2", "sha1"],
  ["1.3.132.1.11.1", "sha256"],
  ["1.3.132.1.11.2", "sha384"],
  ["1.3.132.1.11.3", "sha512"],
]);

/** dhSinglePass-stdDH-sha256kdf-scheme, which is written. */
export const sha256KdfScheme = "1.3.132.1.11.1";

/** Key wraps of RFC 3565 §2.3.2, by the octets of the key that wraps. */
const wraps: ReadonlyMap<string, number> = new Map([
  ["2.16.840.1.101.3.4.1.5", 16],
  ["2.16.840.1.101.3.4.1.25", 24],
  ["2.16.840.1.101.3.4.1.45", 32],
]);
export const aes256WrapOid = "2.16.840.1.101.3.4.1.45";

/** Whether both are known here. */
export function isKnownAgreement(schemeOid: string, wrapOid: string): boolean {
  return kdfDigests.has(schemeOid) && wraps.has(wrapOid);
}

/** What goes into the key that wraps, besides the secret (ECC-CMS-SharedInfo, RFC 5753 §7.2). */
export interface AgreementParameters {
  readonly schemeOid: string;
  readonly wrapOid: string;
  /** The AlgorithmIdentifier of the wrap as it stands in the message. */
  readonly wrapAlgorithm: Uint8Array;
  readonly userKeyingMaterial: Uint8Array | undefined;
}

/** The key that wraps: the KDF of ANSI X9.63 (SEC 1 §3.6.1) over the secret. @throws RangeError for unknown OIDs */
export function deriveWrapKey(secret: Uint8Array, parameters: AgreementParameters): Uint8Array {
  const digest = kdfDigests.get(parameters.schemeOid);
  const keyBytes = wraps.get(parameters.wrapOid);
  if (digest === undefined || keyBytes === undefined) throw new RangeError("unknown key agreement");
  const { wrapAlgorithm, userKeyingMaterial } = parameters;
  const bits = keyBytes * 8;
  const sharedInfo = sequence(
    wrapAlgorithm,
    ...(userKeyingMaterial === undefined ? [] : [contextExplicit(0, octetString(userKeyingMaterial))]),
    contextExplicit(2, octetString(Uint8Array.of(0, 0, bits >> 8, bits & 0xff))),
  );
  let key: Uint8Array = new Uint8Array();
  for (let counter = 1; key.length < keyBytes; counter += 1) {
    const block = createHash(digest)
      .update(secret)
      .update(Uint8Array.of(0, 0, 0, counter))
      .update(sharedInfo);
    key = concatBytes(key, block.digest());
  }
  return key.subarray(0, keyBytes);
}

/** RFC 3394 §2.2.3.1. */
const wrapIv = new Uint8Array(8).fill(0xa6);

/** AES key wrap (RFC 3394 §2.2.1). */
export function wrapKey(wrappingKey: Uint8Array, key: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`id-aes${String(wrappingKey.length * 8)}-wrap`, wrappingKey, wrapIv);
  return concatBytes(cipher.update(key), cipher.final());
}

/** RFC 3394 §2.2.2; undefined if the key does not unwrap. */
export function unwrapKey(wrappingKey: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  try {
    const decipher = createDecipheriv(`id-aes${String(wrappingKey.length * 8)}-wrap`, wrappingKey, wrapIv);
    return concatBytes(decipher.update(wrapped), decipher.final());
  } catch {
    // Whatever is wrong with it, it is not a wrapped key.
    return undefined;
  }
}

/** One number in 2³² is not below the order of P-256; eight such in a row are a broken source. */
const maximumAttempts = 8;

/**
 * A fresh key pair and its shared secret with a public point.
 *
 * @param peer an uncompressed point of P-256.
 * @returns undefined if it is not on the curve.
 * @throws RangeError if `random` never gives a number of the field.
 */
export function agreeOnce(
  peer: Uint8Array,
  random: RandomBytes,
): { publicPoint: Uint8Array; secret: Uint8Array } | undefined {
  const ecdh = createECDH("prime256v1");
  setRandomKey(ecdh, random);
  try {
    return {
      publicPoint: new Uint8Array(ecdh.getPublicKey()),
      secret: new Uint8Array(ecdh.computeSecret(peer)),
    };
  } catch {
    // node:crypto has no error class for "not a point".
    return undefined;
  }
}

function setRandomKey(ecdh: ReturnType<typeof createECDH>, random: RandomBytes): void {
  for (let attempt = 0; attempt < maximumAttempts; attempt += 1) {
    try {
      ecdh.setPrivateKey(random(32));
      return;
    } catch {
      // Zero, or not below the order: the next number.
    }
  }
  throw new RangeError("the random octets are never a private key");
}
