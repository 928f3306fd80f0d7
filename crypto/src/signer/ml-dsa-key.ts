import { signatureAlgorithms } from "../algorithms/index.ts";
import { equalBytes } from "../bytes/index.ts";
import {
  bitString,
  contextImplicit,
  DerError,
  octetString,
  oid,
  parseDer,
  readChildren,
  sequence,
  smallInteger,
  tags,
} from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { mlDsaKeyPair, signMlDsa } from "../platform/index.ts";

/** The sizes of ML-DSA that the suite signs with. */
export type MlDsaName = "ML-DSA-44" | "ML-DSA-65";

/** An opened private key of ML-DSA. */
export interface MlDsaKey {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** PrivateKeyInfo with the seed alone (RFC 9881 §6), from which everything else grows. */
export function mlDsaPkcs8OfSeed(name: MlDsaName, seed: Uint8Array): Uint8Array {
  const algorithm = sequence(oid(signatureAlgorithms[name].keyOid));
  return sequence(smallInteger(0), algorithm, octetString(contextImplicit(0, seed, false)));
}

/** SubjectPublicKeyInfo (RFC 9881 §4). */
export function mlDsaSpki(name: MlDsaName, publicKey: Uint8Array): Uint8Array {
  return sequence(sequence(oid(signatureAlgorithms[name].keyOid)), bitString(publicKey));
}

/**
 * Opens a PrivateKeyInfo of ML-DSA: the seed, or the seed with the expanded key, which must be the seed's (RFC 9881 §6). An
 * expanded key alone is refused: its public half cannot be had from it by the library, so it could not be checked.
 *
 * @throws DerError for anything else.
 */
export function openMlDsaKey(pkcs8: Uint8Array, name: MlDsaName): MlDsaKey {
  const [, , privateKey] = readChildren(parseDer(pkcs8));
  if (privateKey?.tag !== tags.octetString) throw refused("there is no private key in it");
  const choice = parseDer(privateKey.contents);
  if (choice.tag === 0x80) return keyOfSeed(name, choice);
  const [seed, expanded, ...more] = readChildren(choice);
  if (seed?.tag !== tags.octetString || expanded?.tag !== tags.octetString || more.length > 0) {
    throw refused("an ML-DSA key is given by its seed");
  }
  const key = keyOfSeed(name, seed);
  if (!equalBytes(key.secretKey, expanded.contents)) throw refused("the expanded key is not the seed's");
  return key;
}

/** Signs a message, hedged with 32 octets of randomness (FIPS 204 §5.2). */
export function signWithMlDsaKey(
  name: MlDsaName,
  { secretKey }: MlDsaKey,
  message: Uint8Array,
  random: Uint8Array,
): Uint8Array {
  return signMlDsa(name, secretKey, message, random);
}

function keyOfSeed(name: MlDsaName, { contents }: DerElement): MlDsaKey {
  if (contents.length !== 32) throw refused("the seed of an ML-DSA key has 32 octets");
  return mlDsaKeyPair(name, contents);
}

function refused(why: string): DerError {
  return new DerError("der-unexpected", why, 0);
}
