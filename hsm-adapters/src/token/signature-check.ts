import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { bytesOfHex, hexOf } from "@yinxin/crypto/bytes";
import { derOfRawSignature } from "@yinxin/crypto/sm2";

import { KeyStoreError } from "../key-store/index.ts";
import type { SignatureVerifier } from "../verifier/index.ts";
import { derOfHalves } from "./der-of-halves.ts";
import type { SigningRequest } from "./signing-request.ts";

/** The order of the SM2 curve (GB/T 32918.5-2017). */
const order = BigInt("0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");

/**
 * The signature in the form that a `Signer` gives, if it is right.
 *
 * @param plain what the device answered, in the plain form of drivers.
 * @throws KeyStoreError `ecdsa-for-sm2` if the device signed by ECDSA with an SM2 key; `self-check-failed` for anything else that
 *   does not verify.
 */
export async function checkSignature(
  verifier: SignatureVerifier,
  request: SigningRequest,
  plain: Uint8Array,
): Promise<Uint8Array> {
  const signature = encoded(request.algorithm, plain);
  const { algorithm, publicKey, input } = request;
  if (signature !== undefined && (await verifier.verify({ algorithm, publicKey, input, signature }))) {
    return signature;
  }
  if (await isEcdsaBySm2Key(verifier, request, plain)) {
    throw new KeyStoreError(
      "ecdsa-for-sm2",
      "the device signed by ECDSA on the SM2 curve, which is not an SM2 signature: nobody else would accept it",
      { facts: { uri: request.uri } },
    );
  }
  throw new KeyStoreError("self-check-failed", wrongness(plain), { facts: { uri: request.uri } });
}

function wrongness({ length }: Uint8Array): string {
  if (length === 0) return "the device said that all is well and gave no signature";
  return "the device gave a signature that its own public key does not verify";
}

/** SEQUENCE { r, s } where the row wants it; undefined for a length that no such signature has. */
function encoded(algorithm: SignatureAlgorithmName, plain: Uint8Array): Uint8Array | undefined {
  if (signatureAlgorithms[algorithm].signatureForm === "der") return derOfHalves(plain);
  return plain.length === 0 ? undefined : plain;
}

/**
 * Whether r ‖ s is ECDSA (FIPS 186-5 §6.4.2) over e with an SM2 key. SM2 verifies r = e + x(s·G + (r + s)·P), ECDSA r = x(e/s·G + r/s·P).
 * So an ECDSA signature (r, s) over e is an SM2 signature (r/s − e/s, e/s) over r/s − e/s − r, and the verifier of SM2 signatures can tell.
 */
async function isEcdsaBySm2Key(
  verifier: SignatureVerifier,
  { algorithm, publicKey, input }: SigningRequest,
  plain: Uint8Array,
): Promise<boolean> {
  if (algorithm !== "SM2" || plain.length !== 64 || !("digest" in input)) return false;
  const r = numberOf(plain.subarray(0, 32));
  const s = numberOf(plain.subarray(32));
  if (r === 0n || s === 0n || r >= order || s >= order) return false;
  const e = numberOf(input.digest);
  const byS = inverse(s);
  const first = modulo(e * byS);
  const otherR = modulo(r * byS - first);
  return verifier.verify({
    algorithm,
    publicKey,
    input: { digest: octetsOf(modulo(otherR - r)) },
    signature: derOfRawSignature(bytesOfHex(hexOfNumber(otherR) + hexOfNumber(first))),
  });
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexOf(bytes)}`);
}

const hexOfNumber = (value: bigint): string => value.toString(16).padStart(64, "0");
const octetsOf = (value: bigint): Uint8Array => bytesOfHex(hexOfNumber(value));
const modulo = (value: bigint): bigint => ((value % order) + order) % order;

/** By Fermat, since the order is prime; nothing here is secret. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let power = value;
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * power) % order;
    power = (power * power) % order;
  }
  return result;
}
