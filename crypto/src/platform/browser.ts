/**
 * The platform of browsers: digests and Ed25519 by the noble libraries, SM3 and the RSA public operation by code of our own,
 * P-256 and SM2 by the elliptic-curve engine. It also runs under Node, where tests hold it against `node.ts`.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";

import type { DigestName, RsaPublicKey } from "../algorithms/index.ts";
import { bytesOfHex, concatBytes, equalBytes, hexOf } from "../bytes/index.ts";
import { createSm3 } from "../digest/sm3.ts";
import { modPow } from "./mod-pow.ts";
import { verifyEcdsaDigest } from "./noble-ecdsa.ts";
import { verifyMlDsa } from "./noble-ml-dsa.ts";
import type { IncrementalDigest, Platform } from "./platform.ts";

export const platform: Platform = {
  name: "browser",
  createDigest,
  digest: (name, bytes) => createDigest(name).update(bytes).digest(),
  hmac,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  rsaPublicOperation,
  // Both are served by digests and `verifyEcdsaDigest` or the engine.
  verifyEcdsa: undefined,
  verifyEcdsaDigest,
  verifyEd25519,
  verifyMlDsa,
};

interface NobleHash {
  readonly create: () => { update(part: Uint8Array): unknown; digest(): Uint8Array };
}

const nobleHashes: Readonly<Record<Exclude<DigestName, "SM3">, NobleHash>> = {
  "SHA-224": sha224,
  "SHA-256": sha256,
  "SHA-384": sha384,
  "SHA-512": sha512,
  "SHA3-256": sha3_256,
  "SHA3-384": sha3_384,
  "SHA3-512": sha3_512,
  "SHA-1": sha1,
  MD5: md5,
};

function createDigest(name: DigestName): IncrementalDigest {
  if (name === "SM3") return createSm3();
  const hash = nobleHashes[name].create();
  const incremental: IncrementalDigest = {
    update: (part) => {
      hash.update(part);
      return incremental;
    },
    digest: () => hash.digest(),
  };
  return incremental;
}

/** Octets that a digest compresses at once (FIPS 180-4 §1, FIPS 202 §7). */
const blockOctets: Readonly<Record<DigestName, number>> = {
  SM3: 64,
  MD5: 64,
  "SHA-1": 64,
  "SHA-224": 64,
  "SHA-256": 64,
  "SHA-384": 128,
  "SHA-512": 128,
  "SHA3-256": 136,
  "SHA3-384": 104,
  "SHA3-512": 72,
};

/** HMAC (RFC 2104 §2). */
function hmac(name: DigestName, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const block = new Uint8Array(blockOctets[name]);
  block.set(key.length > block.length ? createDigest(name).update(key).digest() : key);
  const inner = createDigest(name).update(block.map((octet) => octet ^ 0x36));
  for (const part of parts) inner.update(part);
  return createDigest(name)
    .update(block.map((octet) => octet ^ 0x5c))
    .update(inner.digest())
    .digest();
}

function rsaPublicOperation(
  { modulus, exponent, bits }: RsaPublicKey,
  signature: Uint8Array,
): Uint8Array | undefined {
  const octets = Math.ceil(bits / 8);
  const number = BigInt(`0x0${hexOf(signature)}`);
  if (signature.length !== octets || number >= modulus) return undefined;
  return bytesOfHex(
    modPow(number, exponent, modulus)
      .toString(16)
      .padStart(octets * 2, "0"),
  );
}

/**
 * RFC 8032 §5.1.7 by its second, stricter form: [S]B − [k]A must be R itself. The library's own `verify` multiplies by the
 * cofactor, which accepts signatures that OpenSSL does not.
 */
function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const { Point } = ed25519;
  const [r, s] = [signature.subarray(0, 32), littleEndian(signature.subarray(32))];
  const order = Point.Fn.ORDER;
  if (signature.length !== 64 || s >= order) return false;
  try {
    const a = Point.fromBytes(publicKey, false);
    const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % order;
    const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
    return equalBytes(expected.toBytes(), r);
  } catch {
    // The library throws plain errors for what is no point; under it nothing is verified.
    return false;
  }
}

function littleEndian(octets: Uint8Array): bigint {
  return BigInt(`0x0${hexOf(Uint8Array.from(octets).reverse())}`);
}
