/**
 * The verifying half of the core, for browsers: everything that judges what others signed, and nothing that signs.
 *
 * `scripts/build-browser.ts` bundles this module, with {@link "../platform/browser.ts"} in the place of node:crypto. Call
 * {@link ready} once and wait for it; from then on all functions are synchronous, as everywhere in the core.
 */
export { ready } from "./ready.ts";
export type { BrowserEngine, ReadyOptions } from "./ready.ts";
export { verifyDocument } from "../verification/index.ts";
export type { DocumentToVerify, VerificationContext, VerificationReport } from "../verification/index.ts";
export { parseCertificate, parseCertificatesPem, parseTrustList, validatePath } from "../x509/index.ts";
export {
  judgeCertificate,
  judgeOcspResponse,
  parseCertificateList,
  parseOcspResponse,
} from "../revocation/index.ts";
export { verifySignedData } from "../cades/index.ts";
export { judgeTimeStampToken, parseTimeStampToken } from "../timestamp/index.ts";
export { parseSeal, parseSealSignature } from "../seal/index.ts";
export {
  judgeCheckpoint,
  leafHash,
  parseCheckpoint,
  parseLogPolicy,
  parseLogProof,
  parseNote,
  parseNoteKey,
  verifyConsistency,
  verifyInclusion,
  verifyLogProof,
  verifyNote,
} from "../tlog/index.ts";
export { readSignatureScheme, schemeOf } from "../algorithms/index.ts";
export { parseDer } from "../der/index.ts";
export { createDigest, digest, digestText, hmac } from "../digest/index.ts";
export { derEcdsaSignature, verifyDigestSignature, verifyScheme, verifySignature } from "../signer/index.ts";
export { bytesOfBase64, bytesOfHex, hexOf, utf8Of } from "../bytes/index.ts";
