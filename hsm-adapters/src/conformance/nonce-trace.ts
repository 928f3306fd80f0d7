import { signatureAlgorithms } from "@yinxin/crypto/algorithms";
import type { SignatureAlgorithmName } from "@yinxin/crypto/algorithms";
import { hexOf } from "@yinxin/crypto/bytes";
import { digest } from "@yinxin/crypto/digest";
import { rawEcdsaSignature } from "@yinxin/crypto/signer";
import { sm2Z } from "@yinxin/crypto/sm2";

/** n of the SM2 curve (GB/T 32918.5-2017). */
const sm2Order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

const curves = { ES256: "P-256", ES384: "P-384", ES512: "P-521" } as const;

/**
 * What two signatures of one key have in common if they were made with the same random number, from which anybody computes the
 * private key (FIPS 186-5 §6.3; GB/T 32918.2-2016 §6.1). Undefined where no such number shows.
 *
 * @param signature one that verifies.
 */
export function nonceTrace(signed: {
  readonly algorithm: SignatureAlgorithmName;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}): string | undefined {
  const { algorithm, publicKey, message, signature } = signed;
  if (algorithm === "ES256" || algorithm === "ES384" || algorithm === "ES512") {
    const raw = rawEcdsaSignature(curves[algorithm], signature);
    // r is the x of the random number's point.
    return raw && hexOf(raw.subarray(0, raw.length / 2));
  }
  if (signatureAlgorithms[algorithm].kind !== "sm2") return undefined;
  // Both numbers have 256 bits and the same encoding as on P-256; r there may be larger than that curve's order.
  const r = firstInteger(signature);
  const e = BigInt(`0x${hexOf(digest("SM3", sm2Z(publicKey), message))}`);
  // r = (e + x) mod n.
  return r === undefined ? undefined : ((((r - e) % sm2Order) + sm2Order) % sm2Order).toString(16);
}

/** Of SEQUENCE { r, s }, which was verified and so is strict DER of less than 128 octets. */
function firstInteger(signature: Uint8Array): bigint | undefined {
  const [, , tag, length = 0] = signature;
  return tag === 2 && length > 0 ? BigInt(`0x${hexOf(signature.subarray(4, 4 + length))}`) : undefined;
}
