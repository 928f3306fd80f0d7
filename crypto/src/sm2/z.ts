import { parsePublicKey } from "../algorithms/index.ts";
import type { PublicKeyInfo } from "../algorithms/index.ts";
import { bytesOfHex, utf8Of } from "../bytes/index.ts";
import { DerError } from "../der/index.ts";
import { digest } from "../digest/index.ts";

/** "1234567812345678": the id used when the parties agreed on none (GM/T 0009-2012 §10). */
export const defaultUserId: Uint8Array = utf8Of("1234567812345678");

// a ‖ b ‖ xG ‖ yG of sm2p256v1, GB/T 32918.5-2017.
const curveParameters = bytesOfHex(
  "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc" +
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93" +
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7" +
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
);

/**
 * Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA), GB/T 32918.2-2016 §5.5.
 *
 * @param publicKey SubjectPublicKeyInfo DER with an uncompressed point.
 * @throws RangeError if the key is not an uncompressed SM2 point, or the id is longer than 8191 bytes.
 */
export function sm2Z(publicKey: Uint8Array, userId: Uint8Array = defaultUserId): Uint8Array {
  if (userId.length > 8191) throw new RangeError("an SM2 user id has at most 8191 bytes");
  const point = sm2Point(publicKey);
  const bitLength = userId.length * 8;
  return digest("SM3", Uint8Array.of(bitLength >> 8, bitLength & 0xff), userId, curveParameters, point);
}

/** x ‖ y of an SM2 key. @throws RangeError as {@link sm2Z} does. */
export function sm2Point(publicKey: Uint8Array): Uint8Array {
  const { algorithm, key } = readKey(publicKey);
  if (algorithm !== "SM2" || key.length !== 65 || key[0] !== 0x04) {
    throw new RangeError("not an uncompressed SM2 point");
  }
  return key.subarray(1);
}

function readKey(publicKey: Uint8Array): PublicKeyInfo {
  try {
    return parsePublicKey(publicKey);
  } catch (cause) {
    if (cause instanceof DerError) throw new RangeError("not a SubjectPublicKeyInfo", { cause });
    throw cause;
  }
}
