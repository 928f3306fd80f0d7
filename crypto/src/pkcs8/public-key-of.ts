import { createECDH, createPrivateKey, createPublicKey } from "node:crypto";

import { equalBytes } from "../bytes/index.ts";
import {
  bitString,
  contextExplicit,
  DerError,
  integer,
  nullValue,
  oid,
  parseDer,
  readChildren,
  readInteger,
  sequence,
} from "../der/index.ts";
import { readOctets } from "./octets.ts";
import type { PrivateKeyInfo } from "./private-key.ts";

const ecOid = "1.2.840.10045.2.1";
const rsaOid = "1.2.840.113549.1.1.1";

/** What node:crypto calls the named curves. */
const nodeCurves: ReadonlyMap<string, string> = new Map([
  ["1.2.156.10197.1.301", "SM2"],
  ["1.2.840.10045.3.1.7", "prime256v1"],
  ["1.3.132.0.34", "secp384r1"],
  ["1.3.132.0.35", "secp521r1"],
]);

/** Kinds of keys whose public half node:crypto computes from the private one: Ed25519, Ed448, X25519, X448. */
const edwardsOids: ReadonlySet<string> = new Set([
  "1.3.101.110",
  "1.3.101.111",
  "1.3.101.112",
  "1.3.101.113",
]);

/** The public half of a private key. */
export type PublicHalf =
  | { readonly result: "known"; /** SubjectPublicKeyInfo, DER. */ readonly publicKey: Uint8Array }
  /** The numbers of the private key contradict each other: it is damaged. */
  | { readonly result: "inconsistent" }
  /** A kind of key that is not known here. */
  | { readonly result: "unknown" };

/**
 * Computes the public key from the private numbers, never believing a copy that lies beside them: a wrong half would
 * make signatures nobody can verify, or that give the key away.
 */
export function publicKeyOf(privateKey: PrivateKeyInfo): PublicHalf {
  try {
    const publicKey = compute(privateKey);
    if (publicKey === "unknown") return { result: "unknown" };
    return publicKey === undefined ? { result: "inconsistent" } : { result: "known", publicKey };
  } catch (cause) {
    if (cause instanceof DerError) return { result: "inconsistent" };
    throw cause;
  }
}

function compute(privateKey: PrivateKeyInfo): Uint8Array | "unknown" | undefined {
  const { keyOid, curveOid } = privateKey;
  if (keyOid === rsaOid) return rsaPublicKey(privateKey);
  if (edwardsOids.has(keyOid)) return edwardsPublicKey(privateKey);
  const curve = keyOid === ecOid && curveOid !== undefined ? nodeCurves.get(curveOid) : undefined;
  return curve === undefined || curveOid === undefined ? "unknown" : ecPublicKey(privateKey, curve, curveOid);
}

/** ECPrivateKey (RFC 5915 §3). */
function ecPublicKey(privateKey: PrivateKeyInfo, curve: string, curveOid: string): Uint8Array | undefined {
  const [version, secret, ...optional] = readChildren(parseDer(privateKey.key));
  if (version === undefined || readInteger(version) !== 1n) return undefined;
  const ecdh = createECDH(curve);
  const scalar = readOctets(secret, "the private number");
  try {
    ecdh.setPrivateKey(scalar);
  } catch {
    // node:crypto has no error class for "not a number of this curve"; its message may quote nothing we want.
    return undefined;
  }
  const point = new Uint8Array(ecdh.getPublicKey());
  const spki = sequence(sequence(oid(ecOid), oid(curveOid)), bitString(point));
  // [0] parameters and [1] publicKey, each of them only as it has to be.
  const expected = new Map([
    [0xa0, contextExplicit(0, oid(curveOid))],
    [0xa1, contextExplicit(1, bitString(point))],
  ]);
  const isRight = optional.every(({ tag, raw }) => equalBytes(raw, expected.get(tag) ?? new Uint8Array()));
  return isRight ? spki : undefined;
}

/** RSAPrivateKey (RFC 8017 §A.1.2), two primes, every relation between its numbers checked. */
function rsaPublicKey(privateKey: PrivateKeyInfo): Uint8Array | undefined {
  const numbers = readChildren(parseDer(privateKey.key)).map(readInteger);
  const at = (index: number): bigint => numbers[index] ?? -1n;
  const [n, e, d, p, q] = [at(1), at(2), at(3), at(4), at(5)];
  const hasForm = numbers.length === 9 && at(0) === 0n && numbers.slice(1).every((value) => value > 1n);
  const isKey =
    hasForm && p * q === n && isHalf(e, d, p, at(6)) && isHalf(e, d, q, at(7)) && (at(8) * q) % p === 1n;
  return isKey
    ? sequence(sequence(oid(rsaOid), nullValue()), bitString(sequence(integer(n), integer(e))))
    : undefined;
}

/** Whether `exponent` is d modulo p − 1, and undoes e there (RFC 8017 §3.2). */
function isHalf(e: bigint, d: bigint, prime: bigint, exponent: bigint): boolean {
  return d % (prime - 1n) === exponent && (e * exponent) % (prime - 1n) === 1n;
}

function edwardsPublicKey({ raw }: PrivateKeyInfo): Uint8Array | undefined {
  try {
    const key = createPrivateKey({ key: Buffer.from(raw), format: "der", type: "pkcs8" });
    return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
  } catch {
    // As above: no class, and nothing worth keeping.
    return undefined;
  }
}
