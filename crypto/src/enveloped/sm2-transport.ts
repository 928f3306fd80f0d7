import type { RandomBytes } from "../pkcs8/index.ts";
import { sm2Decrypt, sm2Encrypt, Sm2CipherError } from "../sm2/index.ts";
import { EnvelopeError } from "./error.ts";

/** A symmetric key as an SM2Cipher, DER. @throws EnvelopeError `recipient-unfit` if the key is not on the curve. */
export function encryptSm2(publicKey: Uint8Array, key: Uint8Array, random: RandomBytes): Uint8Array {
  try {
    return sm2Encrypt(publicKey, key, random);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new EnvelopeError("recipient-unfit", `nothing is encrypted to this SM2 key: ${cause.message}`, {
      cause,
    });
  }
}

/** Undefined if the SM2Cipher does not decrypt. */
export function decryptSm2(pkcs8: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
  try {
    return sm2Decrypt(pkcs8, ciphertext);
  } catch (cause) {
    if (cause instanceof Sm2CipherError) return undefined;
    throw cause;
  }
}
