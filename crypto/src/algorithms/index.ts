/**
 * Every algorithm the suite knows, one row each. Nothing else in the code names an algorithm to decide something: it asks
 * a row.
 *
 * There are two tables. {@link signatureAlgorithms} has the algorithms that the suite signs with, by name. What it verifies
 * is more, because others chose it: {@link readSignatureScheme} tells how a signature was made from its
 * AlgorithmIdentifier, {@link schemeOfSignerInfo} from a CMS SignerInfo, and {@link parsePublicKey} what a key can do.
 * Whether that was good enough at a time is {@link judgeAlgorithm}'s question and no reader's.
 */
export { digestAlgorithmOfOid, digestAlgorithms } from "./digest-table.ts";
export type { DigestAlgorithm, DigestName } from "./digest-table.ts";
export {
  curveOids,
  keyOids,
  signatureAlgorithmNames,
  signatureAlgorithmOfKey,
  signatureAlgorithms,
} from "./signature-table.ts";
export type {
  MlDsaParameterSet,
  SignatureAlgorithm,
  SignatureAlgorithmName,
  SignatureKind,
} from "./signature-table.ts";
export { readPssParameters, writePssParameters } from "./pss-parameters.ts";
export type { PssParameters } from "./pss-parameters.ts";
export { readSignatureScheme, schemeOf } from "./signature-scheme.ts";
export type { SignatureScheme } from "./signature-scheme.ts";
export { schemeOfSignerInfo } from "./signer-info-scheme.ts";
export { readSignatureAlgorithm } from "./signature-identifier.ts";
export { writeSignatureAlgorithm } from "./write-identifier.ts";
export { parsePublicKey } from "./public-key.ts";
export type { PublicKeyInfo, PublicKeyKind } from "./public-key.ts";
export { bitLength, readRsaPublicKey, rsaModulusBits } from "./rsa-key.ts";
export type { RsaPublicKey } from "./rsa-key.ts";
export { judgeAlgorithm } from "./judge-algorithm.ts";
export type {
  AlgorithmJudgement,
  AlgorithmPolicy,
  AlgorithmProblemCode,
  AlgorithmUse,
} from "./judge-algorithm.ts";
