import { curveOids, signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { bytesOfHex, hexOf } from "@yinxin/crypto/bytes";
import { generateKey, rawEcdsaSignature } from "@yinxin/crypto/signer";
import type { Signer } from "@yinxin/crypto/signer";
import { rawOfDerSignature, readEcPrivateKey, sm2Point } from "@yinxin/crypto/sm2";

import type { SigningMechanism } from "../driver/index.ts";

const rsaRows = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;
const digestRows: readonly SignatureAlgorithmName[] = ["SM2", ...rsaRows];

/** What a simulated key signs by: some rows take the digest and some the message, so that the client meets both. */
export function mechanismsOf(algorithm: SignatureAlgorithmName): readonly SigningMechanism[] {
  const rows = signatureAlgorithms[algorithm].kind.startsWith("rsa") ? rsaRows : [algorithm];
  return rows.map((row) => ({
    algorithm: row,
    takes: digestRows.includes(row) ? "digest" : "message",
  }));
}

const ecdsaCurves: ReadonlyMap<string | undefined, "P-256" | "P-384" | "P-521"> = new Map([
  [curveOids["P-256"], "P-256"],
  [curveOids["P-384"], "P-384"],
  [curveOids["P-521"], "P-521"],
]);

/** A right signature in the plain form of a device. */
export async function signPlain(signer: Signer, input: Uint8Array): Promise<Uint8Array> {
  const { algorithm } = signer;
  const signature = await signer.sign(
    digestRows.includes(algorithm) ? { digest: input } : { message: input },
  );
  const { kind, curveOid } = signatureAlgorithms[algorithm];
  if (kind === "sm2") return rawOfDerSignature(signature);
  const curve = ecdsaCurves.get(curveOid);
  return curve === undefined ? signature : (rawEcdsaSignature(curve, signature) ?? signature);
}

/** The order of the SM2 curve (GB/T 32918.5-2017). */
const order = BigInt("0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");

/** ECDSA with an SM2 key over what should have been signed by SM2, as a token answers that only knows the curve. */
export function signEcdsaWithSm2Key(pkcs8: Uint8Array, input: Uint8Array): Uint8Array {
  // A fresh key pair is a random number with its point: all that ECDSA needs of the curve.
  const once = generateKey("SM2");
  const k = numberOf(readEcPrivateKey(once.pkcs8).d);
  const r = numberOf(sm2Point(once.spki).subarray(0, 32)) % order;
  const d = numberOf(readEcPrivateKey(pkcs8).d);
  const s = (inverse(k) * (numberOf(input) + r * d)) % order;
  return bytesOfHex([r, s].map((number) => number.toString(16).padStart(64, "0")).join(""));
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${hexOf(bytes)}`);
}

/** By Fermat, since the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let power = value % order;
  for (let exponent = order - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * power) % order;
    power = (power * power) % order;
  }
  return result;
}
