/**
 * Every algorithm the suite knows, one row each. Nothing else in the code names an algorithm to decide something:
 * it asks a row, and a row says until when it is accepted. {@link parsePublicKey} finds the row of a key.
 */
export {
  digestAlgorithmOfOid,
  digestAlgorithms,
  signatureAlgorithmOfKey,
  signatureAlgorithmOfOid,
  signatureAlgorithms,
} from "./table.ts";
export type { DigestAlgorithm, DigestName, SignatureAlgorithm, SignatureAlgorithmName } from "./table.ts";
export { parsePublicKey } from "./public-key.ts";
export type { PublicKeyInfo } from "./public-key.ts";
export { readSignatureAlgorithm } from "./signature-identifier.ts";
