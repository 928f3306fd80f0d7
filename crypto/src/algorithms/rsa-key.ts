import { parseDer, readChildren, readInteger } from "../der/index.ts";
import { isRocaModulus } from "./roca.ts";

/** An RSA public key. */
export interface RsaPublicKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  /** Of the modulus. */
  readonly bits: number;
  /** RSAPublicKey as it was read. */
  readonly der: Uint8Array;
}

/** How many bits an RSA modulus may have: fewer are broken by anybody, more cost a verifier too much time. */
export const rsaModulusBits = { least: 1024, most: 8192 } as const;

/** OpenSSL's own bound for large moduli; a longer exponent serves nobody but who wants to keep a verifier busy. */
const exponentBitsMost = 64;

/**
 * Reads RSAPublicKey (RFC 8017 §A.1.1).
 *
 * @returns undefined if the numbers cannot be a key: an even modulus, an exponent that is even, below 3 or longer than
 *   64 bits, a modulus outside {@link rsaModulusBits}, or one that anybody can factor (CVE-2017-15361).
 * @throws DerError
 */
export function readRsaPublicKey(der: Uint8Array): RsaPublicKey | undefined {
  const [modulus, exponent, ...more] = readChildren(parseDer(der)).map(readInteger);
  if (modulus === undefined || exponent === undefined || more.length > 0) return undefined;
  const bits = bitLength(modulus);
  return isModulus(modulus, bits) && isExponent(exponent) ? { modulus, exponent, bits, der } : undefined;
}

function isModulus(modulus: bigint, bits: number): boolean {
  const isOfGoodLength = bits >= rsaModulusBits.least && bits <= rsaModulusBits.most;
  return isOfGoodLength && modulus % 2n === 1n && !isRocaModulus(modulus);
}

function isExponent(exponent: bigint): boolean {
  return exponent >= 3n && exponent % 2n === 1n && bitLength(exponent) <= exponentBitsMost;
}

/** Of a number that is not negative. */
export function bitLength(value: bigint): number {
  if (value <= 0n) return 0;
  const digits = value.toString(16);
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits.charAt(0), 16)) - 28);
}
