import { digestAlgorithms, readRsaPublicKey } from "../algorithms/index.ts";
import type { DigestName, RsaPublicKey, SignatureScheme } from "../algorithms/index.ts";
import { concatBytes, equalBytes } from "../bytes/index.ts";
import { DerError, nullValue, octetString, oid, sequence } from "../der/index.ts";
import { rememberLast } from "../platform/index.ts";
import type { Platform } from "../platform/index.ts";

/**
 * Whether an RSA signature is right for a digest: PKCS #1 v1.5 (RFC 8017 §8.2.2) or PSS (RFC 8017 §8.1.2).
 *
 * @param key RSAPublicKey, DER.
 */
export function verifyRsa(
  platform: Platform,
  scheme: SignatureScheme,
  key: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const publicKey = readKey(key);
  if (publicKey === undefined || scheme.digest === undefined) return false;
  const { bits } = publicKey;
  if (signature.length !== Math.ceil(bits / 8)) return false;
  const encoded = platform.rsaPublicOperation(publicKey, signature);
  if (encoded === undefined) return false;
  if (scheme.kind === "rsa-pkcs1") return isPkcs1Encoding(encoded, scheme.digest, digest);
  const { mgfDigest, saltLength } = scheme;
  if (mgfDigest === undefined || saltLength === undefined) return false;
  return isPssEncoding(platform, {
    encoded,
    bits: bits - 1,
    name: scheme.digest,
    digest,
    mgfDigest,
    saltLength,
  });
}

const keysKept = 512;
const readKey = rememberLast(keysKept, (key): RsaPublicKey | undefined => {
  try {
    return readRsaPublicKey(key);
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
});

/**
 * The encoded message of PKCS #1 v1.5 (RFC 8017 §9.2), made and compared as a whole: whoever parses it instead can be shown
 * forged ones (Bleichenbacher, 2006). The variant without NULL (RFC 8017 §9.2 note 1) is therefore wrong.
 */
function isPkcs1Encoding(encoded: Uint8Array, name: DigestName, digest: Uint8Array): boolean {
  const info = digestInfo(name, digest);
  const padding = encoded.length - info.length - 3;
  if (padding < 8) return false;
  const expected = concatBytes(
    Uint8Array.of(0, 1),
    new Uint8Array(padding).fill(0xff),
    Uint8Array.of(0),
    info,
  );
  return equalBytes(encoded, expected);
}

/** DigestInfo (RFC 8017 §9.2). */
export function digestInfo(name: DigestName, digest: Uint8Array): Uint8Array {
  return sequence(sequence(oid(digestAlgorithms[name].oid), nullValue()), octetString(digest));
}

interface PssEncoding {
  readonly encoded: Uint8Array;
  /** One fewer than the modulus has. */
  readonly bits: number;
  readonly name: DigestName;
  readonly digest: Uint8Array;
  readonly mgfDigest: DigestName;
  readonly saltLength: number;
}

/** EMSA-PSS verification (RFC 8017 §9.1.2), with the salt's length as the scheme says it and no other. */
function isPssEncoding(platform: Platform, pss: PssEncoding): boolean {
  const { name, digest, saltLength } = pss;
  const length = Math.ceil(pss.bits / 8);
  // A modulus of 8k + 1 bits leaves an octet over, which must be empty.
  if (pss.encoded.length > length && pss.encoded[0] !== 0) return false;
  const encoded = pss.encoded.subarray(pss.encoded.length - length);
  const digestLength = digestAlgorithms[name].lengthBytes;
  const maskedLength = length - digestLength - 1;
  const paddingLength = maskedLength - saltLength - 1;
  if (paddingLength < 0 || encoded[length - 1] !== 0xbc) return false;
  const hash = encoded.subarray(maskedLength, length - 1);
  const unusedBits = 8 * length - pss.bits;
  if (((encoded[0] ?? 0) & ~(0xff >> unusedBits)) !== 0) return false;
  const block = unmask(platform, encoded.subarray(0, maskedLength), hash, pss.mgfDigest);
  block[0] = (block[0] ?? 0) & (0xff >> unusedBits);
  if (block.subarray(0, paddingLength).some((octet) => octet !== 0) || block[paddingLength] !== 1)
    return false;
  const salt = block.subarray(paddingLength + 1);
  const expected = platform.createDigest(name).update(new Uint8Array(8)).update(digest).update(salt).digest();
  return equalBytes(hash, expected);
}

/** The octets without the mask that MGF1 makes of the seed. */
function unmask(platform: Platform, masked: Uint8Array, seed: Uint8Array, name: DigestName): Uint8Array {
  const mask = mgf1Mask(
    (left, right) => platform.createDigest(name).update(left).update(right).digest(),
    seed,
    masked.length,
  );
  return masked.map((octet, at) => octet ^ (mask[at] ?? 0));
}

/** So many octets of MGF1 over the seed (RFC 8017 §B.2.1). */
export function mgf1Mask(
  digestOf: (seed: Uint8Array, counter: Uint8Array) => Uint8Array,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const mask = new Uint8Array(length);
  for (let at = 0, counter = 0; at < length; counter += 1) {
    const block = digestOf(seed, Uint8Array.of(0, 0, counter >> 8, counter & 0xff)).subarray(0, length - at);
    mask.set(block, at);
    at += block.length;
  }
  return mask;
}
