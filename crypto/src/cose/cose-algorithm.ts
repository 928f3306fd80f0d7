import { derOfRawSignature, rawOfDerSignature } from "../sm2/index.ts";

/** The rows of the algorithm table that have a number in COSE and are used here. */
export type CoseAlgorithmName = "ES256" | "Ed25519" | "ML-DSA-44" | "ML-DSA-65";

/** RFC 9053 §2.1 and §2.2, RFC 9864 §2.2, RFC 9964 §3: the numbers that are read; the first is the one written. */
const numbers: Readonly<Record<CoseAlgorithmName, readonly number[]>> = {
  ES256: [-7],
  Ed25519: [-8, -19],
  "ML-DSA-44": [-48],
  "ML-DSA-65": [-49],
};

export function isCoseAlgorithm(name: string): name is CoseAlgorithmName {
  return Object.hasOwn(numbers, name);
}

/** The number of an algorithm in a COSE header. */
export function coseNumberOf(name: CoseAlgorithmName): number {
  return numbers[name][0] ?? 0;
}

/** Whether a COSE header with this number names the algorithm. */
export function isNumberOf(name: CoseAlgorithmName, value: unknown): boolean {
  return typeof value === "number" && numbers[name].includes(value);
}

/** COSE has ECDSA as r ‖ s where our signers give DER (RFC 9053 §2.1). */
export function coseSignatureOf(name: CoseAlgorithmName, signature: Uint8Array): Uint8Array {
  return name === "ES256" ? rawOfDerSignature(signature) : signature;
}

/** The inverse of {@link coseSignatureOf}; undefined if it has not the algorithm's form. */
export function signerSignatureOf(name: CoseAlgorithmName, signature: Uint8Array): Uint8Array | undefined {
  if (name !== "ES256") return signature;
  return signature.length === 64 ? derOfRawSignature(signature) : undefined;
}
