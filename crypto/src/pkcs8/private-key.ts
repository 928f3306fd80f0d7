import { DerError, parseDer, readChildren, readOid, readSmallInteger, tags } from "../der/index.ts";
import type { DerElement } from "../der/index.ts";
import { readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { Pkcs8Error } from "./error.ts";
import { readOctets } from "./octets.ts";

/** A private key in the clear, PrivateKeyInfo or OneAsymmetricKey (RFC 5958 §2). */
export interface PrivateKeyInfo {
  readonly raw: Uint8Array;
  readonly keyOid: string;
  /** The named curve, if the key has one. */
  readonly curveOid: string | undefined;
  /** The octets of privateKey: ECPrivateKey, RSAPrivateKey or the algorithm's own form. */
  readonly key: Uint8Array;
}

/** A key with 16384 bits of RSA has 9 KiB; a post-quantum one less. */
const maximumPrivateKeyBytes = 64 * 1024;

/**
 * Reads a private key's structure; whether its numbers are a key is for those to say who use it.
 *
 * @throws Pkcs8Error `private-key-malformed`.
 */
export function parsePrivateKey(der: Uint8Array): PrivateKeyInfo {
  if (der.length > maximumPrivateKeyBytes) {
    throw new Pkcs8Error("private-key-malformed", "larger than 64 KiB");
  }
  try {
    return readPrivateKey(parseDer(der));
  } catch (cause) {
    // The cause stays away: it says where in a secret something stands.
    if (cause instanceof DerError) throw new Pkcs8Error("private-key-malformed", "not a private key");
    throw cause;
  }
}

function readPrivateKey(root: DerElement): PrivateKeyInfo {
  const [version, algorithm, key, ...optional] = readChildren(root);
  if (version === undefined || algorithm === undefined || key === undefined) throw malformed(root);
  const number = readSmallInteger(version);
  const optionalTags = optional.map(({ tag }) => tag);
  // [0] attributes, and with version 2 (encoded as 1) [1] publicKey.
  const isKnown =
    (number === 0 && isOneOf(optionalTags, [[], [0xa0]])) ||
    (number === 1 && isOneOf(optionalTags, [[], [0xa0], [0x81], [0xa0, 0x81]]));
  if (!isKnown) throw malformed(root);
  const { oid, parameters } = readAlgorithmIdentifier(algorithm);
  return {
    raw: root.raw,
    keyOid: oid,
    curveOid: parameters?.tag === tags.oid ? readOid(parameters) : undefined,
    key: readOctets(key, "privateKey"),
  };
}

function isOneOf(value: readonly number[], choices: readonly (readonly number[])[]): boolean {
  return choices.some((choice) => choice.join() === value.join());
}

function malformed(element: DerElement): DerError {
  return new DerError("der-unexpected", "not a PrivateKeyInfo", element.offset);
}
