import { constants, privateEncrypt, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { digestAlgorithms, schemeOf } from "../algorithms/index.ts";
import type { DigestName, SignatureScheme } from "../algorithms/index.ts";
import { concatBytes } from "../bytes/index.ts";
import { digest as digestOf } from "../digest/index.ts";
import { digestInfo, mgf1Mask } from "./rsa.ts";
import { SignerError } from "./signer.ts";
import type { SignInput } from "./signer.ts";

/** The rows of the table that an RSA key signs by. */
export type RsaName = "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512";

/**
 * Signs a message, or a digest of the row's own kind, by PKCS #1 v1.5 or PSS (RFC 8017 §8).
 *
 * @throws SignerError `input-not-supported` for a digest of another length.
 */
export function signRsa(name: RsaName, key: KeyObject, input: SignInput): Uint8Array {
  const scheme = schemeOf(name);
  const { digest, saltLength } = scheme;
  if (digest === undefined) throw new RangeError(`${name} has no digest`);
  if ("digest" in input) return signDigest(scheme, digest, key, input.digest);
  const padding =
    saltLength === undefined
      ? { padding: constants.RSA_PKCS1_PADDING }
      : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
  return new Uint8Array(sign(digestAlgorithms[digest].nodeName, input.message, { key, ...padding }));
}

function signDigest(
  { saltLength }: SignatureScheme,
  name: DigestName,
  key: KeyObject,
  digest: Uint8Array,
): Uint8Array {
  if (digest.length !== digestAlgorithms[name].lengthBytes) {
    throw new SignerError("input-not-supported", `a digest of ${name} has another length`);
  }
  if (saltLength === undefined) {
    const padding = constants.RSA_PKCS1_PADDING;
    return new Uint8Array(privateEncrypt({ key, padding }, digestInfo(name, digest)));
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const encoded = pssEncoding(name, digest, new Uint8Array(randomBytes(saltLength)), bits);
  return new Uint8Array(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded));
}

/** EMSA-PSS encoding (RFC 8017 §9.1.1) in as many octets as the modulus has; node:crypto has it for messages only. */
function pssEncoding(
  name: DigestName,
  digest: Uint8Array,
  salt: Uint8Array,
  modulusBits: number,
): Uint8Array {
  const bits = modulusBits - 1;
  const length = Math.ceil(bits / 8);
  const hash = digestOf(name, new Uint8Array(8), digest, salt);
  const padding = new Uint8Array(length - salt.length - hash.length - 2);
  const block = concatBytes(padding, Uint8Array.of(1), salt);
  const mask = mgf1Mask((...parts) => digestOf(name, ...parts), hash, block.length);
  const masked = block.map((octet, at) => octet ^ (mask[at] ?? 0));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - bits));
  const encoded = concatBytes(masked, hash, Uint8Array.of(0xbc));
  return concatBytes(new Uint8Array(Math.ceil(modulusBits / 8) - length), encoded);
}
