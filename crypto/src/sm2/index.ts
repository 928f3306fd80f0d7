/**
 * SM2 signatures (GB/T 32918.2-2016) with SM3 and the user id Z.
 *
 * Node knows the curve but not the whole scheme: `crypto.sign("sm3", …)` makes either ECDSA on the SM2 curve or SM2
 * with an empty user id. `createSign("sm3")` over a key imported from PKCS#8 signs e = SM3(input) as it is, so we feed
 * it Z ‖ M, and the result is exactly the standard's. Keys are therefore always imported, never used as generated.
 */
export { defaultUserId, sm2Z } from "./z.ts";
export { generateSm2Key, sm2Sign, sm2Verify } from "./sign.ts";
export {
  derOfRawSignature,
  parseSignatureValue,
  rawOfDerSignature,
  SignatureEncodingError,
} from "./encoding.ts";
