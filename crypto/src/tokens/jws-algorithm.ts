import type { SignatureAlgorithmName } from "../algorithms/index.ts";
import { bytesOfHex, concatBytes, hexOf } from "../bytes/index.ts";
import { DerError, integer, parseDer, readChildren, readInteger, sequence } from "../der/index.ts";

export interface JwsAlgorithm {
  /** The value of `alg`. */
  readonly alg: string;
  /** Octets of each half where the signature is r ‖ s, which our signers give in DER; absent for the other forms. */
  readonly numberBytes?: number;
}

/**
 * How each row of the algorithm table is called in JOSE: RFC 7518 §3.1, RFC 8037 §3.1, RFC 9964 §3. SM2 has no registered name,
 * so it bears that of GM/T 0006-2012 for SM2 with SM3; only parties that agreed on it understand it.
 */
export const jwsAlgorithms: Readonly<Record<SignatureAlgorithmName, JwsAlgorithm>> = {
  SM2: { alg: "SGD_SM3_SM2", numberBytes: 32 },
  ES256: { alg: "ES256", numberBytes: 32 },
  ES384: { alg: "ES384", numberBytes: 48 },
  ES512: { alg: "ES512", numberBytes: 66 },
  Ed25519: { alg: "EdDSA" },
  RS256: { alg: "RS256" },
  RS384: { alg: "RS384" },
  RS512: { alg: "RS512" },
  PS256: { alg: "PS256" },
  PS384: { alg: "PS384" },
  PS512: { alg: "PS512" },
  "ML-DSA-44": { alg: "ML-DSA-44" },
  "ML-DSA-65": { alg: "ML-DSA-65" },
};

/** What stands in a JWS for a signature of our signers (RFC 7518 §3.4). */
export function jwsSignatureOf(algorithm: SignatureAlgorithmName, signature: Uint8Array): Uint8Array {
  const { numberBytes } = jwsAlgorithms[algorithm];
  if (numberBytes === undefined) return signature;
  const [r, s] = readChildren(parseDer(signature)).map(readInteger);
  return concatBytes(fixed(r ?? 0n, numberBytes), fixed(s ?? 0n, numberBytes));
}

/** The inverse of {@link jwsSignatureOf}; undefined if the octets have not the algorithm's form. */
export function signerSignatureOf(
  algorithm: SignatureAlgorithmName,
  octets: Uint8Array,
): Uint8Array | undefined {
  const { numberBytes } = jwsAlgorithms[algorithm];
  if (numberBytes === undefined) return octets;
  if (octets.length !== numberBytes * 2) return undefined;
  const numberAt = (start: number): bigint =>
    BigInt(`0x${hexOf(octets.subarray(start, start + numberBytes))}`);
  return sequence(integer(numberAt(0)), integer(numberAt(numberBytes)));
}

function fixed(value: bigint, length: number): Uint8Array {
  const digits = value.toString(16);
  // The signature was verified before: only a fault of ours leads here.
  if (value < 0n || digits.length > length * 2)
    throw new DerError("der-unexpected", "r or s is too large", 0);
  return bytesOfHex(digits.padStart(length * 2, "0"));
}
