import { digestAlgorithms, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { DigestName, SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { concatBytes } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { nullValue, octetString, oid, sequence } from "@yinxin/crypto/der";

import { KeyStoreError } from "../key-store/index.ts";

/**
 * What an RSA key signs by itself: the digest, padded to the length of the modulus. A PIV card only exponentiates.
 *
 * @param row RS… (RFC 8017 §9.2) or PS… (RFC 8017 §9.1, with a salt of the digest's length).
 * @throws KeyStoreError `algorithm-not-supported`.
 */
export function padForSigning(
  row: SignatureAlgorithmName,
  digestValue: Uint8Array,
  modulusBits: number,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array {
  const { kind, digest: digestName } = signatureAlgorithms[row];
  if (digestName === undefined || digestValue.length !== digestAlgorithms[digestName].lengthBytes) {
    throw new KeyStoreError("algorithm-not-supported", `this is no digest for ${row}`);
  }
  if (kind === "rsa-pkcs1") return padByPkcs1(digestName, digestValue, modulusBits / 8);
  if (kind === "rsa-pss")
    return padByPss(digestName, digestValue, modulusBits, randomBytes(digestValue.length));
  throw new KeyStoreError("algorithm-not-supported", `an RSA key does not sign by ${row}`);
}

function padByPkcs1(name: DigestName, digestValue: Uint8Array, length: number): Uint8Array {
  const digestInfo = sequence(
    sequence(oid(digestAlgorithms[name].oid), nullValue()),
    octetString(digestValue),
  );
  const filler = new Uint8Array(length - digestInfo.length - 3).fill(0xff);
  return concatBytes(Uint8Array.of(0, 1), filler, Uint8Array.of(0), digestInfo);
}

function padByPss(
  name: DigestName,
  digestValue: Uint8Array,
  modulusBits: number,
  salt: Uint8Array,
): Uint8Array {
  const length = Math.ceil((modulusBits - 1) / 8);
  const hash = digest(name, new Uint8Array(8), digestValue, salt);
  const block = concatBytes(new Uint8Array(length - salt.length - hash.length - 2), Uint8Array.of(1), salt);
  const masked = exclusiveOr(block, maskOf(name, hash, block.length));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - (modulusBits - 1)));
  return concatBytes(masked, hash, Uint8Array.of(0xbc));
}

/**
 * The message in a decrypted OAEP block (RFC 8017 §7.1.2, with an empty label).
 *
 * @throws KeyStoreError `vendor-error`: whoever sends bad ciphertexts must not get the device restarted. The same for every fault, found in the same steps: who could tell them apart could
 *   decrypt (Manger, 2001).
 */
export function messageOfOaep(name: DigestName, block: Uint8Array): Uint8Array {
  const { lengthBytes } = digestAlgorithms[name];
  if (block.length < 2 * lengthBytes + 2) throw notOaep();
  const maskedSeed = block.subarray(1, 1 + lengthBytes);
  const maskedData = block.subarray(1 + lengthBytes);
  const seed = exclusiveOr(maskedSeed, maskOf(name, maskedData, lengthBytes));
  const data = exclusiveOr(maskedData, maskOf(name, seed, maskedData.length));
  const label = digest(name, new Uint8Array());
  let wrong = block[0] ?? 1;
  for (let index = 0; index < lengthBytes; index += 1) wrong |= (data[index] ?? 0) ^ (label[index] ?? 0);
  let start = 0;
  let isBefore = 1;
  for (let index = lengthBytes; index < data.length; index += 1) {
    const octet = data[index] ?? 0;
    const isOne = isBefore & Number(octet === 1);
    start |= isOne * (index + 1);
    wrong |= isBefore & Number(octet > 1);
    isBefore &= 1 - isOne;
  }
  if ((wrong | isBefore) !== 0) throw notOaep();
  return data.slice(start);
}

/** MGF1 (RFC 8017 §B.2.1). */
function maskOf(name: DigestName, seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from(
    { length: Math.ceil(length / digestAlgorithms[name].lengthBytes) },
    (_, counter) => digest(name, seed, Uint8Array.of(counter >> 24, counter >> 16, counter >> 8, counter)),
  );
  return concatBytes(...blocks).subarray(0, length);
}

function exclusiveOr(left: Uint8Array, right: Uint8Array): Uint8Array {
  return left.map((octet, index) => octet ^ (right[index] ?? 0));
}

function notOaep(): KeyStoreError {
  return new KeyStoreError("vendor-error", "what the card decrypted is not in OAEP's form");
}
