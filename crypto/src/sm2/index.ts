/**
 * SM2 (GB/T 32918-2016): signatures with SM3 and the user id Z, and encryption.
 *
 * Everything is computed by the engine of this process (`engine/`), never by `crypto.sign("sm3", …)`, which makes either
 * ECDSA on the SM2 curve or SM2 with an empty user id. Over a digest that is ready, call the engine itself; "an SM2 digest"
 * always means e = SM3(Z ‖ M).
 */
export { defaultUserId, sm2Point, sm2Z } from "./z.ts";
export { generateSm2Key, sm2Sign, sm2Verify } from "./sign.ts";
export {
  derOfRawSignature,
  parseSignatureValue,
  rawOfDerSignature,
  SignatureEncodingError,
} from "./encoding.ts";
export { cipherOfRaw, rawOfCipher, Sm2CipherError } from "./cipher-encoding.ts";
export { sm2Decrypt, sm2Encrypt } from "./encrypt.ts";
export { pooledRandom } from "./pooled-random.ts";
export { readEcPrivateKey } from "./private-key.ts";
export type { EcPrivateNumber } from "./private-key.ts";
