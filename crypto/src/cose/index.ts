/**
 * COSE: signatures over CBOR, for what must be small, like a receipt in a QR code.
 *
 * A {@link CoseSign1} is one signature over one payload, often left out because the receiver has it. A *receipt* is such a
 * message whose payload is the root of a log's tree and whose header carries the proof that leads there, so that it says in
 * some 200 bytes what a checkpoint and an inclusion proof say in a text. CBOR is read strictly and written
 * deterministically; the header's algorithm must be the one its reader expects, and no key is taken from a message.
 */
export { cwtTag, decodeCbor, encodeCbor, maximumCborBytes } from "./cbor.ts";
export type { CborMap, CborTagged, CborValue } from "./cbor.ts";
export type { CoseAlgorithmName } from "./cose-algorithm.ts";
export { CoseError } from "./cose-error.ts";
export type { CoseErrorCode } from "./cose-error.ts";
export {
  issueConsistencyReceipt,
  issueInclusionReceipt,
  parseReceipt,
  verifyConsistencyReceipt,
  verifyInclusionReceipt,
} from "./receipt.ts";
export type {
  ConsistencyPath,
  InclusionPath,
  Receipt,
  ReceiptIssuer,
  ReceiptProblem,
  ReceiptVerification,
} from "./receipt.ts";
export { coseLabels, parseCoseSign1, problemOfCoseSign1, signCoseSign1 } from "./sign1.ts";
export type { CoseProblem, CoseSign1, CoseSign1Checks, CoseSign1Input } from "./sign1.ts";
