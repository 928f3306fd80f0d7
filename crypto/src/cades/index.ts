/**
 * Advanced signatures over CMS: CAdES of ETSI EN 319 122-1, verified after ETSI EN 319 102-1.
 *
 * A signature of level B-B comes from `cms` (flavour `cades`). {@link extendToT} adds a time stamp over it,
 * {@link extendToLT} the certificates and revocation values that a later reader will need, {@link extendToLTA} a time
 * stamp over all of that, to be renewed. {@link verifySignedData} judges signers, time stamps and counter-signatures, and
 * gives every check as data. It knows CMS signatures of any kind; the level is what a signature has, not what it needs.
 */
export { createAllowance, mostSignaturesOfDocument, mostSignaturesOfMessage } from "./allowance.ts";
export type { Allowance } from "./allowance.ts";
export {
  archiveImprintInput,
  encodeAtsHashIndex,
  indexedMembers,
  readAtsHashIndex,
} from "./ats-hash-index.ts";
export type { AtsHashIndex, IndexedMember } from "./ats-hash-index.ts";
export { extendToLT, extendToLTA, extendToT } from "./extend.ts";
export type { LongTermValues, SignatureToExtend, TimeStamper } from "./extend.ts";
export { levelOf } from "./level.ts";
export { isProofOnly } from "./report.ts";
export type { CadesLevel, SignedDataReport, SignerReport, TimeStampReport } from "./report.ts";
export type { SignaturePolicy, SignedDataToVerify } from "./validation-context.ts";
export { verifySignedData } from "./verify-signed-data.ts";
