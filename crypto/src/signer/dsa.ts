import { bitLength } from "../algorithms/index.ts";
import { hexOf } from "../bytes/index.ts";
import { DerError, parseDer, readChildren, readInteger } from "../der/index.ts";
import { modPow } from "../platform/index.ts";

/** The sizes of FIPS 186-4 §4.2; a longer prime only costs time. */
const primeBits = { least: 1024, most: 3072 };
const orderBits: ReadonlySet<number> = new Set([160, 224, 256]);

/**
 * Whether SEQUENCE { r, s } is a DSA signature of the digest (FIPS 186-4 §4.7). Old test suites need it; whether a scheme is
 * accepted at all is `judgeAlgorithm`'s business.
 *
 * @param spki SubjectPublicKeyInfo with p, q and g (RFC 3279 §2.3.2).
 */
export function verifyDsa(spki: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const key = readOrUndefined(() => readDsaKey(spki));
  const numbers = readOrUndefined(() => readChildren(parseDer(signature)).map(readInteger));
  const [r, s, ...more] = numbers ?? [];
  if (key === undefined || r === undefined || s === undefined || more.length > 0) return false;
  const { p, q, g, y } = key;
  if (r < 1n || r >= q || s < 1n || s >= q) return false;
  const octets = bitLength(q) / 8;
  const z = BigInt(`0x0${hexOf(digest.subarray(0, octets))}`);
  const w = modPow(s, q - 2n, q);
  const v = (modPow(g, (z * w) % q, p) * modPow(y, (r * w) % q, p)) % p;
  return v % q === r;
}

interface DsaKey {
  readonly p: bigint;
  readonly q: bigint;
  readonly g: bigint;
  readonly y: bigint;
}

function readDsaKey(spki: Uint8Array): DsaKey | undefined {
  const [algorithm, subjectPublicKey] = readChildren(parseDer(spki));
  if (algorithm === undefined || subjectPublicKey === undefined) return undefined;
  const [, parameters] = readChildren(algorithm);
  const [p, q, g] = parameters === undefined ? [] : readChildren(parameters).map(readInteger);
  // BIT STRING { INTEGER }
  const y = readInteger(parseDer(subjectPublicKey.contents.subarray(1)));
  if (p === undefined || q === undefined || g === undefined) return undefined;
  return isDsaKey({ p, q, g, y }) ? { p, q, g, y } : undefined;
}

function isDsaKey({ p, q, g, y }: DsaKey): boolean {
  const bits = bitLength(p);
  if (bits < primeBits.least || bits > primeBits.most || !orderBits.has(bitLength(q))) return false;
  return [g, y].every((number) => number > 1n && number < p - 1n);
}

function readOrUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof DerError) return undefined;
    throw cause;
  }
}
